#include "glinda/answer/merge.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>

#include "glinda/answer/escape.hpp"
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

constexpr const char* adds_log = "the installer's log comes to the host";

/// A command that sends a log from its first line on, until the installer is gone.
std::string send_log(std::string_view command, std::string_view device) {
    return format("(trap '' HUP; exec {} >{} 2>/dev/null </dev/null) &", command, device);
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

/// The text with one more script of a kind; nothing if it has no place for that.
std::optional<std::string> with_script(std::string_view text, std::string_view kind,
                                       const std::string& script) {
    const std::string list = format("<{0} config:type=\"list\">\n{1}</{0}>\n", kind, script);
    const std::array places{
        std::pair{format("</{}>", kind), script}, std::pair{std::string{"</scripts>"}, list},
        std::pair{std::string{"</profile>"}, format("<scripts>\n{}</scripts>\n", list)}};
    const std::string markup = markup_of(text);
    if (markup.find(format("<{}/>", kind)) != std::string::npos)
        return std::nullopt;
    for (const auto& [before, what] : places)
        if (const std::size_t at = markup.rfind(before); at != std::string::npos)
            return std::string{text.substr(0, at)} + what + std::string{text.substr(at)};
    return std::nullopt;
}

Merged into_autoyast(std::string_view text) {
    constexpr std::string_view log = "/var/log/YaST2/y2log";
    auto marked = with_script(
        text, "chroot-scripts",
        format("<script><filename>glinda-finish.sh</filename><chrooted config:type=\"boolean\">true"
               "</chrooted><source>#!/bin/sh\n{} &gt;/dev/ttyS1\n</source></script>\n",
               marker));
    if (!marked)
        return {std::string{text}, {}, "it has no </profile>, or an empty <chroot-scripts/>"};
    Merged merged{std::move(*marked), {format("a chroot script: {}", adds_marker)}, ""};
    if (text.find(log) != std::string_view::npos)  // it has its own way to the log
        return merged;
    const std::string command = send_log(format("tail -n +1 -F {}", log), "/dev/ttyS1");
    if (auto logged = with_script(
            merged.text, "pre-scripts",
            format("<script><filename>glinda-log.sh</filename><source>#!/bin/sh\n{}\n</source>"
                   "</script>\n",
                   escape(command, "autoyast")))) {
        merged.text = std::move(*logged);
        merged.additions.push_back(format("a pre-script: {}", adds_log));
    }
    return merged;
}

Merged into_agama(std::string_view text) {
    auto profile = nlohmann::ordered_json::parse(text, nullptr, false);
    if (!profile.is_object())
        return {std::string{text}, {}, "it is no JSON object (Jsonnet is not evaluated)"};
    auto& scripts = profile["scripts"];
    const auto is_list = [&](const char* kind) {
        return !scripts.contains(kind) || scripts[kind].is_array();
    };
    if (!(scripts.is_null() || scripts.is_object()) || !is_list("pre") || !is_list("post"))
        return {std::string{text}, {}, "\"scripts\" is not an object with lists"};
    scripts["post"].push_back({{"name", "glinda-finish.sh"},
                               {"chroot", true},
                               {"content", "#!/bin/sh\n" + say_finished("/dev/ttyS1") + "\n"}});
    constexpr std::string_view journal = "journalctl --lines=all --follow --output=short";
    scripts["pre"].push_back(
        {{"name", "glinda-log.sh"},
         {"content", format("#!/bin/sh\n{}\n", send_log(journal, "/dev/ttyS1"))}});
    return {profile.dump(2) + "\n",
            {format("scripts.post: {}", adds_marker), format("scripts.pre: {}", adds_log)},
            ""};
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

/// The text with one more item in a list of commands, the last one.
std::optional<std::string> with_command(std::string_view text, std::string_view list,
                                        const std::string& command) {
    std::vector<std::string_view> lines = split(text, '\n');
    const auto present = find_block(lines, list);
    const auto top = find_block(lines, "autoinstall");
    std::string added;
    std::size_t at = 0;
    if (present) {
        at = end_of_block(lines, *present);
        added = format("{}- \"{}\"", std::string(inner_column(lines, *present), ' '), command);
    } else if (text.find(list) != std::string_view::npos || !top) {
        return std::nullopt;
    } else {
        at = *top + 1;
        const std::string margin(inner_column(lines, *top), ' ');
        added = format("{0}{1}:\n{0}  - \"{2}\"", margin, list, command);
    }
    lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(at), added);
    return join({lines.begin(), lines.end()}, "\n");
}

Merged into_autoinstall(std::string_view text) {
    constexpr std::string_view log = "/var/log/installer/subiquity-server-debug.log";
    auto marked = with_command(text, "late-commands",
                               R"(sync; printf '\\nglinda: installation finished\\n' >/dev/ttyS1)");
    if (!marked)
        return {std::string{text}, {}, "its late-commands are no list with an item on each line"};
    Merged merged{std::move(*marked), {format("late-commands: {}", adds_marker)}, ""};
    if (text.find(log) != std::string_view::npos)  // it has its own way to the log
        return merged;
    const std::string command = send_log(format("tail -n +1 -F {}", log), "/dev/ttyS1");
    if (auto logged = with_command(merged.text, "early-commands", command)) {
        merged.text = std::move(*logged);
        merged.additions.push_back(format("early-commands: {}", adds_log));
    }
    return merged;
}

/// bsdinstall(8): the script begins at the "#!" behind the settings, which are a script, too.
Merged into_installerconfig(std::string_view text) {
    const std::size_t start = text.starts_with("#!") ? 0 : text.find("\n#!");
    const std::size_t end = start == std::string_view::npos ? start : text.find('\n', start + 1);
    Merged merged;
    if (start != 0) {
        merged.text = send_log("tail -n +1 -F /tmp/bsdinstall_log", "/dev/cuau1") + "\n";
        merged.additions.push_back(format("a command before the settings: {}", adds_log));
    }
    if (end == std::string_view::npos) {
        merged.text += std::string{text} + format("\n#!/bin/sh\n{}\n", say_finished("/dev/cuau1"));
        merged.additions.push_back(format("a script: {}", adds_marker));
        return merged;
    }
    const std::string trap =
        "trap '[ $? = 0 ] && sync && echo \"glinda: installation finished\" >/dev/cuau1' EXIT\n";
    merged.text += std::string{text.substr(0, end + 1)} + trap + std::string{text.substr(end + 1)};
    merged.additions.push_back(format("a trap at the script's exit: {}", adds_marker));
    return merged;
}

/// The marker comes from a script of the family that runs the installer.
Merged as_it_is(std::string_view text) {
    return {std::string{text}, {}, ""};
}

struct Merger {
    std::string_view name;
    Merged (*merge)(std::string_view);
};
constexpr std::array mergers{
    Merger{"agama", into_agama},
    Merger{"archinstall", as_it_is},
    Merger{"autoinstall", into_autoinstall},
    Merger{"autoyast", into_autoyast},
    Merger{"installerconfig", into_installerconfig},
    Merger{"kickstart", into_kickstart},
    Merger{"preseed", into_preseed},
    Merger{"shell", as_it_is},
};

}  // namespace

Merged merge_needs(std::string_view text, std::string_view dialect) {
    const auto* const known = std::ranges::find(mergers, dialect, &Merger::name);
    if (known == mergers.end())
        return {
            std::string{text}, {}, format("glinda does not know where in files of {}", dialect)};
    return known->merge(text);
}

}  // namespace glinda::answer
