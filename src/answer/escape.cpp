#include "glinda/answer/escape.hpp"

#include <algorithm>
#include <array>

namespace glinda::answer {
namespace {

/// One word for a POSIX shell, and for Python's shlex, which reads kickstart files.
std::string shell_word(std::string_view value) {
    constexpr std::string_view plain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-";
    if (!value.empty() && value.find_first_not_of(plain) == std::string_view::npos)
        return std::string{value};
    std::string word = "'";
    for (const char c : value)
        word += c == '\'' ? std::string{"'\\''"} : std::string{c};
    return word + "'";
}

/// Puts a backslash before some characters.
std::string with_backslashes(std::string_view value, std::string_view special) {
    std::string text;
    for (const char c : value) {
        if (special.find(c) != std::string_view::npos)
            text += '\\';
        text += c;
    }
    return text;
}

/// Between double quotation marks; YAML's are a superset of JSON's (YAML 1.2, 7.3.1; RFC 8259, 7).
std::string in_double_quotes(std::string_view value) {
    return with_backslashes(value, "\"\\");
}

/// Between single quotation marks of Perl (perlop, "Quote and Quote-like Operators").
std::string in_single_quotes(std::string_view value) {
    return with_backslashes(value, "'\\");
}

/// Character data and attribute values (XML 1.0, 2.4).
std::string xml_text(std::string_view value) {
    std::string text;
    for (const char c : value)
        switch (c) {
            case '&':
                text += "&amp;";
                break;
            case '<':
                text += "&lt;";
                break;
            case '>':
                text += "&gt;";
                break;
            case '"':
                text += "&quot;";
                break;
            default:
                text += c;
        }
    return text;
}

/// What the template's quotation marks are around a value, if the dialect's values have any.
enum class Quotation { none, around };
struct Dialect {
    std::string_view name;
    std::string (*escape)(std::string_view);
    Quotation quotation;
};
constexpr std::array dialects{
    Dialect{"agama", in_double_quotes, Quotation::around},
    Dialect{"archinstall", in_double_quotes, Quotation::around},
    Dialect{"auto_inst", in_single_quotes, Quotation::around},
    Dialect{"autoinstall", in_double_quotes, Quotation::around},
    Dialect{"autoyast", xml_text, Quotation::around},
    Dialect{"installerconfig", shell_word, Quotation::none},
    Dialect{"kickstart", shell_word, Quotation::none},
    Dialect{"shell", shell_word, Quotation::none},
    Dialect{"unattend", xml_text, Quotation::around},
};

const Dialect* find(std::string_view name) {
    const auto* const found = std::ranges::find(dialects, name, &Dialect::name);
    return found == dialects.end() ? nullptr : found;
}

}  // namespace

std::string escape(std::string_view value, std::string_view dialect) {
    const Dialect* known = find(dialect);
    return known == nullptr ? std::string{value} : known->escape(value);
}

std::string escape_in_script(std::string_view value, std::string_view dialect) {
    const Dialect* known = find(dialect);
    std::string word = shell_word(value);
    return known != nullptr && known->quotation == Quotation::around ? known->escape(word) : word;
}

}  // namespace glinda::answer
