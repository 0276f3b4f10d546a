#include "glinda/media/bootconfig.hpp"

#include <algorithm>
#include <array>

#include "glinda/util/error.hpp"
#include "glinda/util/text.hpp"

namespace glinda::media {
namespace {

/// Both formats end a word at white space and have no way to write a line break.
void check_path(std::string_view path) {
    constexpr std::string_view bad = " \t\r\n\f\v'\"\\,";
    if (path.empty() || path.find_first_of(bad) != std::string_view::npos)
        throw Error{Fault::usage, format("a boot loader cannot be given the path '{}'", path)};
}

void check(const BootEntry& entry) {
    check_path(entry.kernel);
    std::ranges::for_each(entry.initrds, check_path);
    if (entry.arguments.find_first_of(std::string_view{"\r\n\0", 3}) != std::string::npos)
        throw Error{Fault::usage, "the kernel's arguments are on more than one line"};
}

/// Whether an ISOLINUX line decides what boots, or may: an included file is not seen here.
bool decides(std::string_view line) {
    constexpr std::array deciding{"default", "ui",      "timeout",  "totaltimeout",
                                  "prompt",  "include", "ontimeout"};
    const std::vector<std::string_view> parts = words(line);
    if (parts.empty())
        return false;
    // "menu include" and "menu autoboot" are for the menu programs alone, which then do not run.
    return std::ranges::find(deciding, lower(parts.front())) != deciding.end();
}

}  // namespace

// ISOLINUX starts the default label at once if there is neither a UI nor a prompt; a timeout
// would come in only with one of them.
std::string boot_by_isolinux(std::string_view original, const BootEntry& entry) {
    check(entry);
    std::string text =
        "default glinda\nprompt 0\n\nlabel glinda\n  kernel " + entry.kernel + "\n  append";
    if (!entry.initrds.empty())
        text += " initrd=" + join(entry.initrds, ",");
    if (!entry.arguments.empty())
        text += " " + entry.arguments;
    text += "\n\n";
    for (const std::string_view line : split(original, '\n'))
        text += format("{}{}\n", decides(line) ? "# " : "", line);
    return text;
}

namespace {

/// One word of a GRUB script that stands for itself.
std::string grub_word(std::string_view word) {
    std::string quoted = "'";
    for (const char letter : word) {
        if (letter == '\'')
            quoted += R"('\'')";
        else
            quoted += letter;
    }
    return quoted + "'";
}

/// The arguments as Linux splits them: at white space that is not between double quotes. GRUB puts
/// the quotes back around a word that holds white space.
std::vector<std::string> arguments_of(std::string_view line) {
    std::vector<std::string> all;
    bool in_word = false;
    bool in_quotes = false;
    for (const char letter : line) {
        if (!in_quotes && (letter == ' ' || letter == '\t')) {
            in_word = false;
            continue;
        }
        if (!in_word)
            all.emplace_back();
        in_word = true;
        if (letter == '"')
            in_quotes = !in_quotes;
        else
            all.back() += letter;
    }
    if (in_quotes)
        throw Error{Fault::usage, format("a quote is open in the kernel's arguments: {}", line)};
    return all;
}

}  // namespace

// A GRUB script is run to its end before the menu comes: what is set last holds. The script may
// have looked for the medium only within its own entries, so ours looks for it, too.
std::string boot_by_grub(std::string_view original, const BootEntry& entry) {
    check(entry);
    // Builds for secure boot of the years 2013 to 2020 refuse "linux".
    const std::string_view suffix =
        original.find("linuxefi") != std::string_view::npos ? "efi" : "";
    const std::string& own = entry.initrds.empty() ? entry.kernel : entry.initrds.back();
    std::string text{original};
    text += format("\n\nmenuentry 'glinda' {{\n  search --no-floppy --set=root --file {}\n",
                   grub_word(own));
    text += format("  linux{} {}", suffix, grub_word(entry.kernel));
    for (const std::string& argument : arguments_of(entry.arguments))
        text += " " + grub_word(argument);
    if (!entry.initrds.empty()) {
        text += format("\n  initrd{}", suffix);
        for (const std::string& initrd : entry.initrds)
            text += " " + grub_word(initrd);
    }
    text += "\n}\nset default='glinda'\nset timeout=0\n";
    return text;
}

}  // namespace glinda::media
