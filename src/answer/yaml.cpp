#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <map>
#include <sstream>

#include "glinda/util/error.hpp"
#include "glinda/util/text.hpp"
#include "tree.hpp"

namespace glinda::answer {
namespace {

constexpr std::size_t largest = std::size_t{1} << 20U;

std::size_t line_of(const YAML::Mark& mark) {
    return mark.line < 0 ? 0 : static_cast<std::size_t>(mark.line) + 1;
}

bool consists_of(std::string_view text, std::string_view letters) {
    return !text.empty() && text.find_first_not_of(letters) == std::string_view::npos;
}

/// YAML 1.1, https://yaml.org/type/int.html: with a base, or groups of sixty.
bool is_int(std::string_view text) {
    if (text.starts_with('-') || text.starts_with('+'))
        text.remove_prefix(1);
    if (text.starts_with("0x"))
        return consists_of(text.substr(2), "0123456789abcdefABCDEF_");
    if (text.starts_with("0b"))
        return consists_of(text.substr(2), "01_");
    if (text.size() > 1 && text.starts_with('0'))
        return consists_of(text, "01234567_");
    return consists_of(text, "0123456789_:") && text.find_first_of("_:") != 0 &&
           !text.ends_with(':');
}

/// https://yaml.org/type/float.html; an exponent has a sign.
bool is_float(std::string_view text) {
    if (text.starts_with('-') || text.starts_with('+'))
        text.remove_prefix(1);
    if (text == ".inf" || text == ".nan")
        return true;
    const std::size_t exponent = text.find_first_of("eE");
    const std::string_view tail =
        exponent == std::string_view::npos ? "" : text.substr(exponent + 1);
    if (exponent != std::string_view::npos && (tail.size() < 2 || tail.find_first_of("+-") != 0 ||
                                               !consists_of(tail.substr(1), "0123456789")))
        return false;
    const std::string_view mantissa = text.substr(0, exponent);
    return std::ranges::count(mantissa, '.') == 1 && mantissa.size() > 1 &&
           consists_of(mantissa, "0123456789_.");
}

/// The type and the normal form of a scalar without quotes.
struct Scalar {
    const char* kind;
    std::string_view text;
};
Scalar resolve(std::string_view text) {
    constexpr auto yes = std::to_array<std::string_view>(
        {"yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"});
    constexpr auto no = std::to_array<std::string_view>(
        {"no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"});
    if (std::ranges::find(yes, text) != yes.end())
        return {"bool", "true"};
    if (std::ranges::find(no, text) != no.end())
        return {"bool", "false"};
    if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL")
        return {"null", ""};
    if (is_int(text))
        return {"int", text};
    return {is_float(text) ? "float" : "string", text};
}

/// Makes a tree of what the parser finds.
class Events : public YAML::EventHandler {
public:
    explicit Events(Tree& tree) : builder_{tree} {}

    void OnDocumentStart(const YAML::Mark&) override {}
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        scalar(mark, {"null", ""}, anchor);
    }
    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  const std::string& value) override {
        const bool is_plain = tag == "?";  // so the parser marks it
        scalar(mark, is_plain ? resolve(value) : Scalar{"string", value}, anchor, value);
    }
    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        const auto found = anchors_.find(anchor);
        if (found == anchors_.end())
            throw Error{Fault::usage, format("line {}: a part contains itself", line_of(mark))};
        if (builder_.wants_key())
            builder_.key(found->second.text().get(), line_of(mark));
        else
            builder_.copy(found->second, line_of(mark));
    }
    void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value) override {
        enter("list", mark, anchor);
    }
    void OnSequenceEnd() override { leave(); }
    void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value) override {
        enter("map", mark, anchor);
    }
    void OnMapEnd() override { leave(); }

private:
    void scalar(const YAML::Mark& mark, const Scalar& scalar, YAML::anchor_t anchor,
                std::string_view written = "") {
        if (builder_.wants_key())
            return builder_.key(written, line_of(mark));
        const pugi::xml_node node = builder_.scalar(scalar.kind, scalar.text, line_of(mark));
        if (anchor != 0)
            anchors_[anchor] = node;
    }
    void enter(const char* kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
        if (builder_.wants_key())
            throw Error{Fault::usage,
                        format("line {}: a key is a word, no {}", line_of(mark), kind)};
        builder_.enter(kind, line_of(mark));
        open_.push_back(anchor);
    }
    void leave() {
        const pugi::xml_node node = builder_.leave();
        if (open_.back() != 0)
            anchors_[open_.back()] = node;
        open_.pop_back();
    }

    TreeBuilder builder_;
    std::map<YAML::anchor_t, pugi::xml_node> anchors_;
    std::vector<YAML::anchor_t> open_;
};

/// The first line that a tab indents, which YAML does not take; 0 if there is none.
std::size_t tabbed_line(std::string_view text) {
    std::size_t line = 0;
    for (const std::string_view one : split(text, '\n')) {
        ++line;
        if (one.substr(0, one.find_first_not_of(" \t")).find('\t') != std::string_view::npos)
            return line;
    }
    return 0;
}

Finding syntax_fault(std::string_view text, const YAML::Exception& failure) {
    if (const std::size_t line = tabbed_line(text); line != 0)
        return {Finding::Severity::error, line, "a tab in the indentation", "", "write spaces"};
    return {Finding::Severity::error, line_of(failure.mark),
            "it is no YAML: " + printable(failure.msg), "",
            "look at the indentation and the quotes here and in the line before"};
}

}  // namespace

Tree read_yaml(std::string_view text) {
    Tree tree;
    if (text.size() > largest) {
        tree.faults.push_back({Finding::Severity::error, 0, "it has more than 1 MiB", "",
                               "put large contents where the installer can fetch them"});
        return tree;
    }
    try {
        std::istringstream stream{std::string{text}};
        YAML::Parser parser{stream};
        Events events{tree};
        tree.is_whole = parser.HandleNextDocument(events) && tree.root();
        if (!tree.is_whole)
            tree.faults.push_back({Finding::Severity::error, 0, "it has no content", "", ""});
        Tree next;
        Events ignored{next};
        if (parser.HandleNextDocument(ignored))
            tree.faults.push_back({Finding::Severity::error, 0, "a second document begins in it",
                                   "", "take the line --- away"});
    } catch (const YAML::Exception& failure) {
        tree.is_whole = false;
        tree.faults.push_back(syntax_fault(text, failure));
    } catch (const Error& failure) {
        tree.is_whole = false;
        tree.faults.push_back({Finding::Severity::error, 0, failure.what(), "",
                               "write it with fewer levels and references"});
    }
    return tree;
}

}  // namespace glinda::answer
