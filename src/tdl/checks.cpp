// What must be true of a finished image: <tests>.
#include <glib.h>

#include <array>
#include <utility>

#include "glinda/util/files.hpp"
#include "glinda/util/handle.hpp"
#include "glinda/util/text.hpp"
#include "reading.hpp"

namespace glinda::tdl {
namespace {

constexpr std::uint64_t largest_status = 255;
constexpr std::uint64_t largest_port = 65535;

bool flag(const Document& document, const xmlNode& element, std::string_view name) {
    return to_bool(document, element, attribute(element, name).value_or("yes"));
}

void check_pattern(const Document& document, const xmlNode& element, const std::string& pattern) {
    GError* error = nullptr;
    const Handle<GRegex, &g_regex_unref> regex{g_regex_new(
        pattern.c_str(), static_cast<GRegexCompileFlags>(G_REGEX_RAW | G_REGEX_MULTILINE),
        static_cast<GRegexMatchFlags>(0), &error)};
    const Handle<GError, &g_error_free> owned{error};
    if (!regex)
        throw document.wrong(element, format("has the pattern {}, which is none: {}",
                                             quote(pattern), error->message));
}

/// At most one of three: the whole text, a part of it, a pattern. `whole` is what the element
/// itself gives for the first.
std::optional<Expectation> read_expectation(const Document& document, const xmlNode& element,
                                            std::optional<std::string> whole) {
    using Match = Expectation::Match;
    const std::array given{std::pair{Match::exact, std::move(whole)},
                           std::pair{Match::contains, attribute(element, "contains")},
                           std::pair{Match::pattern, attribute(element, "matches")}};
    std::optional<Expectation> expected;
    for (const auto& [match, text] : given) {
        if (text && expected)
            throw document.wrong(element,
                                 "expects its text in more than one way: it may be given as a "
                                 "whole, by contains or by matches");
        if (text)
            expected = {match, std::string{trim(*text)}};
    }
    if (expected && expected->match == Match::pattern)
        check_pattern(document, element, expected->text);
    return expected;
}

CommandCheck read_command(const Document& document, const xmlNode& element) {
    const std::string status = attribute(element, "status").value_or("0");
    const auto number = to_number(trim(status));
    if (!number || *number > largest_status)
        throw document.wrong(
            element, format("has the status {}, which is no number from 0 to 255", quote(status)));
    return {.name = filled_attribute(document, element, "name"),
            .script = filled_text(document, element),
            .status = static_cast<int>(*number),
            .output = read_expectation(document, element, attribute(element, "output"))};
}

FileCheck read_file_check(const Document& document, const xmlNode& element) {
    FileCheck check{.name = filled_attribute(document, element, "name"),
                    .present = flag(document, element, "present"),
                    .mode = read_mode(document, element),
                    .owner = attribute(element, "owner")};
    std::string text = text_of(element);
    check.content = read_expectation(document, element,
                                     text.empty() ? std::nullopt : std::optional{std::move(text)});
    if (!check.name.starts_with('/'))
        throw document.wrong(
            element, format("has the name {}, which is no absolute path", quote(check.name)));
    if (!check.present && (check.mode || check.owner || check.content))
        throw document.wrong(element, "says more of a file that must not be there");
    return check;
}

PortCheck read_port(const Document& document, const xmlNode& element) {
    const std::string text = filled_attribute(document, element, "number");
    const auto number = to_number(trim(text));
    if (!number || *number == 0 || *number > largest_port)
        throw document.wrong(
            element, format("has the number {}, which is none from 1 to 65535", quote(text)));
    return {static_cast<std::uint16_t>(*number), flag(document, element, "open")};
}

Check read_check(const Document& document, const xmlNode& element) {
    const std::string_view kind = name_of(element);
    if (kind == "command")
        return read_command(document, element);
    if (kind == "file")
        return read_file_check(document, element);
    if (kind == "port")
        return read_port(document, element);
    const std::string name = filled_attribute(document, element, "name");
    if (kind == "package")
        return PackageCheck{name, flag(document, element, "present")};
    return ServiceCheck{name, flag(document, element, "active")};
}

}  // namespace

std::optional<unsigned> read_mode(const Document& document, const xmlNode& element) {
    const auto text = attribute(element, "mode");
    if (!text)
        return std::nullopt;
    constexpr unsigned largest_mode = 07777;
    unsigned mode = 0;
    for (const char digit : trim(*text))
        mode = digit < '0' || digit > '7' || mode > largest_mode
                   ? largest_mode + 1
                   : mode * 8 + static_cast<unsigned>(digit - '0');
    if (mode > largest_mode || trim(*text).empty())
        throw document.wrong(element,
                             format("has the mode {}, which is none such as 0644", quote(*text)));
    return mode;
}

std::vector<Check> read_checks(const Document& document, const xmlNode& section) {
    std::vector<Check> checks;
    for (const xmlNode* node = section.children; node != nullptr; node = node->next)
        if (is_element(*node))
            checks.push_back(read_check(document, *node));
    if (checks.empty())
        throw document.wrong(section, "is empty");
    return checks;
}

std::vector<Check> read_checks(const std::filesystem::path& file,
                               const std::filesystem::path& schema) {
    const Document document{
        read_file(file, Fault::usage, template_limit), file, Schema{schema}, {}};
    if (name_of(document.root()) != "tests")
        throw document.wrong(document.root(), "is no <tests>");
    return read_checks(document, document.root());
}

}  // namespace glinda::tdl
