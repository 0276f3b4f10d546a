#include "glinda/answer/merge.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>

#include "glinda/answer/kickstart.hpp"
#include "glinda/util/text.hpp"

namespace glinda::answer {
namespace {

/// What the families' success patterns wait for. It begins a line, whatever stands there.
constexpr std::string_view marker = R"(printf '\nglinda: installation finished\n')";
constexpr const char* adds_marker =
    "the installer says when it has finished, on the second serial port";

std::string say_finished(std::string_view device) {
    return format("sync; {} >{}", marker, device);
}

/// Kickstart documentation: without one of these the installer waits for a key in the end.
bool is_ending(const KickstartItem& item) {
    constexpr std::array endings{"poweroff", "reboot", "halt", "shutdown", "%include", "%ksappend"};
    return std::ranges::find(endings, item.name()) != endings.end();
}

Merged into_kickstart(std::string_view text) {
    Kickstart file = read_kickstart(text);
    Merged merged;
    if (std::ranges::none_of(file.items, is_ending)) {
        const auto first_section = std::ranges::find_if(file.items, &KickstartItem::is_section);
        file.items.insert(first_section, KickstartItem{.line = kickstart_line("poweroff\n")});
        merged.additions.emplace_back("poweroff: without an ending the installer waits for a key");
    }
    file.items.push_back(kickstart_section("%post", say_finished("/dev/ttyS1") + "\n"));
    merged.additions.emplace_back(format("%post: {}", adds_marker));
    merged.text = to_text(file);
    return merged;
}

/// The marker comes from a file of the family in the installer's initrd.
Merged into_preseed(std::string_view text) {
    constexpr std::string_view question = "finish-install/reboot_in_progress";
    const auto answers = [&](std::string_view line) {
        const auto parts = words(line);
        return parts.size() > 1 && parts[1] == question;
    };
    if (std::ranges::any_of(split(text, '\n'), answers))
        return {std::string{text}, {}, ""};
    // At the beginning: the last line may be continued.
    const std::size_t head = text.starts_with("#_preseed") ? text.find('\n') + 1 : 0;
    return {format("{}d-i {} note\n{}", text.substr(0, head), question, text.substr(head)),
            {format("{}: else the installer asks before it restarts", question)},
            ""};
}

/// The text with comments and CDATA sections blanked out: what is left of markup is markup.
std::string markup_of(std::string_view text) {
    std::string masked{text};
    constexpr std::array hiding{std::pair{"<!--", "-->"}, std::pair{"<![CDATA[", "]]>"}};
    for (const auto& [begin, end] : hiding)
        for (std::size_t at = 0; (at = masked.find(begin, at)) != std::string::npos;) {
            const std::size_t stop = std::min(masked.find(end, at), masked.size());
            std::fill(masked.begin() + static_cast<std::ptrdiff_t>(at),
                      masked.begin() + static_cast<std::ptrdiff_t>(stop), ' ');
            at = stop;
        }
    return masked;
}

Merged into_autoyast(std::string_view text) {
    const std::string script = format(
        "<script><filename>glinda-finish.sh</filename><chrooted config:type=\"boolean\">true"
        "</chrooted><source>#!/bin/sh\n{} &gt;/dev/ttyS1\n</source></script>\n",
        marker);
    const std::string list =
        format("<chroot-scripts config:type=\"list\">\n{}</chroot-scripts>\n", script);
    const std::array places{std::pair{"</chroot-scripts>", script}, std::pair{"</scripts>", list},
                            std::pair{"</profile>", format("<scripts>\n{}</scripts>\n", list)}};
    const std::string markup = markup_of(text);
    for (const auto& [before, what] : places)
        if (const std::size_t at = markup.rfind(before); at != std::string::npos)
            return {std::string{text.substr(0, at)} + what + std::string{text.substr(at)},
                    {format("a chroot script: {}", adds_marker)},
                    ""};
    return {std::string{text}, {}, "it has no </profile>"};
}

Merged into_agama(std::string_view text) {
    auto profile = nlohmann::ordered_json::parse(text, nullptr, false);
    if (!profile.is_object())
        return {std::string{text}, {}, "it is no JSON object (Jsonnet is not evaluated)"};
    auto& scripts = profile["scripts"];
    if (!(scripts.is_null() || scripts.is_object()) ||
        !(scripts["post"].is_null() || scripts["post"].is_array()))
        return {std::string{text}, {}, "\"scripts\" is not an object with lists"};
    scripts["post"].push_back({{"name", "glinda-finish.sh"},
                               {"chroot", true},
                               {"content", "#!/bin/sh\n" + say_finished("/dev/ttyS1") + "\n"}});
    return {profile.dump(2) + "\n", {format("scripts.post: {}", adds_marker)}, ""};
}

std::size_t indentation(std::string_view line) {
    return std::min(line.find_first_not_of(' '), line.size());
}

/// Whether a line holds neither a key nor an item.
bool is_blank(std::string_view line) {
    const std::string_view rest = trim(line);
    return rest.empty() || rest.starts_with('#');
}

/// A line of YAML that opens a block: "key:", perhaps with a comment.
bool opens(std::string_view line, std::string_view key) {
    const std::string_view rest = trim(line);
    return rest.starts_with(key) && rest.substr(key.size()).starts_with(':') &&
           is_blank(rest.substr(key.size() + 1));
}

/// The number of the line behind the block that the line `number` opens. Items of a list may stand
/// below its key as well as to the right of that.
std::size_t end_of_block(const std::vector<std::string_view>& lines, std::size_t number) {
    const std::size_t own = indentation(lines[number]);
    std::size_t end = number + 1;
    for (std::size_t i = number + 1; i < lines.size(); ++i) {
        if (is_blank(lines[i]))
            continue;
        const std::size_t column = indentation(lines[i]);
        if (column < own || (column == own && !trim(lines[i]).starts_with('-')))
            break;
        end = i + 1;
    }
    return end;
}

std::optional<std::size_t> find_block(const std::vector<std::string_view>& lines,
                                      std::string_view key) {
    const auto found =
        std::ranges::find_if(lines, [&](std::string_view line) { return opens(line, key); });
    if (found == lines.end())
        return std::nullopt;
    return static_cast<std::size_t>(found - lines.begin());
}

/// The column of the first line in the block that the line `number` opens.
std::size_t inner_column(const std::vector<std::string_view>& lines, std::size_t number) {
    for (std::size_t i = number + 1; i < lines.size(); ++i)
        if (!is_blank(lines[i]))
            return indentation(lines[i]);
    return indentation(lines[number]) + 2;
}

Merged into_autoinstall(std::string_view text) {
    std::vector<std::string_view> lines = split(text, '\n');
    const std::string item =
        R"(- "sync; printf '\\nglinda: installation finished\\n' >/dev/ttyS1")";
    const auto late = find_block(lines, "late-commands");
    const auto top = find_block(lines, "autoinstall");
    std::string added;
    std::size_t at = 0;
    if (late) {
        at = end_of_block(lines, *late);
        added = std::string(inner_column(lines, *late), ' ') + item;
    } else if (text.find("late-commands") != std::string_view::npos || !top) {
        return {std::string{text}, {}, "its late-commands are no list with an item on each line"};
    } else {
        at = *top + 1;
        const std::string margin(inner_column(lines, *top), ' ');
        added = format("{0}late-commands:\n{0}  {1}", margin, item);
    }
    lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(at), added);
    return {
        join({lines.begin(), lines.end()}, "\n"), {format("late-commands: {}", adds_marker)}, ""};
}

/// bsdinstall(8): the script begins at the "#!" behind the settings.
Merged into_installerconfig(std::string_view text) {
    const std::size_t start = text.starts_with("#!") ? 0 : text.find("\n#!");
    const std::size_t end = start == std::string_view::npos ? start : text.find('\n', start + 1);
    if (end == std::string_view::npos)
        return {std::string{text} + format("\n#!/bin/sh\n{}\n", say_finished("/dev/cuau1")),
                {format("a script: {}", adds_marker)},
                ""};
    const std::string trap =
        "trap '[ $? = 0 ] && sync && echo \"glinda: installation finished\" >/dev/cuau1' EXIT\n";
    return {std::string{text.substr(0, end + 1)} + trap + std::string{text.substr(end + 1)},
            {format("a trap at the script's exit: {}", adds_marker)},
            ""};
}

/// The marker comes from a script of the family that runs the installer.
Merged as_it_is(std::string_view text) {
    return {std::string{text}, {}, ""};
}

struct Dialect {
    std::string_view name;
    Merged (*merge)(std::string_view);
};
constexpr std::array dialects{
    Dialect{"agama", into_agama},
    Dialect{"archinstall", as_it_is},
    Dialect{"autoinstall", into_autoinstall},
    Dialect{"autoyast", into_autoyast},
    Dialect{"installerconfig", into_installerconfig},
    Dialect{"kickstart", into_kickstart},
    Dialect{"preseed", into_preseed},
    Dialect{"shell", as_it_is},
};

}  // namespace

Merged merge_needs(std::string_view text, std::string_view dialect) {
    const auto* const known = std::ranges::find(dialects, dialect, &Dialect::name);
    if (known == dialects.end())
        return {
            std::string{text}, {}, format("glinda does not know where in files of {}", dialect)};
    return known->merge(text);
}

}  // namespace glinda::answer
