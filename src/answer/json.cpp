#include <iterator>
#include <nlohmann/json.hpp>

#include "glinda/util/error.hpp"
#include "glinda/util/text.hpp"
#include "tree.hpp"

namespace glinda::answer {
namespace {

using nlohmann::json;

/// Goes through a text and counts its lines: the parser tells no positions but those of errors.
struct Cursor {
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = char;

    const char* at;
    const char* begin;
    std::size_t* line;

    // Each character is looked at once. The parser looks one ahead of a number: a line break counts
    // only when what follows it is looked at.
    char operator*() const {
        if (at != begin && *std::prev(at) == '\n')
            ++*line;
        return *at;
    }
    Cursor& operator++() {
        ++at;
        return *this;
    }
    bool operator==(const Cursor& other) const { return at == other.at; }
};

/// Makes a tree of what the parser finds.
class Events : public nlohmann::json_sax<json> {
public:
    Events(Tree& tree, const std::size_t& line) : tree_{tree}, builder_{tree}, line_{line} {}

    bool null() override { return scalar("null", ""); }
    bool boolean(bool value) override { return scalar("bool", value ? "true" : "false"); }
    bool number_integer(number_integer_t value) override {
        return scalar("int", std::to_string(value));
    }
    bool number_unsigned(number_unsigned_t value) override {
        return scalar("int", std::to_string(value));
    }
    bool number_float(number_float_t, const string_t& text) override {
        return scalar("float", text);
    }
    bool string(string_t& value) override { return scalar("string", value); }
    bool binary(binary_t&) override { return false; }  // JSON has none
    bool start_object(std::size_t) override { return enter("map"); }
    bool start_array(std::size_t) override { return enter("list"); }
    bool end_object() override { return leave(); }
    bool end_array() override { return leave(); }
    bool key(string_t& name) override {
        builder_.key(name, line_);
        return true;
    }
    bool parse_error(std::size_t, const std::string&, const json::exception& failure) override {
        std::string_view what = failure.what();
        const std::size_t reason = what.find(": ");  // behind "[…] parse error at line …, column …"
        what.remove_prefix(reason == std::string_view::npos ? 0 : reason + 2);
        tree_.faults.push_back({Finding::Severity::error, line_,
                                "it is no JSON: " + printable(what), "",
                                "look at the commas and quotes here and in the line before"});
        return false;
    }

private:
    bool scalar(const char* kind, std::string_view text) {
        builder_.scalar(kind, text, line_);
        return true;
    }
    bool enter(const char* kind) {
        builder_.enter(kind, line_);
        return true;
    }
    bool leave() {
        builder_.leave();
        return true;
    }

    Tree& tree_;
    TreeBuilder builder_;
    const std::size_t& line_;
};

}  // namespace

Tree read_json(std::string_view text) {
    Tree tree;
    std::size_t line = 1;
    Events events{tree, line};
    const char* const begin = text.data();
    const char* const end = std::next(begin, static_cast<std::ptrdiff_t>(text.size()));
    try {
        tree.is_whole =
            json::sax_parse(Cursor{begin, begin, &line}, Cursor{end, begin, &line}, &events);
    } catch (const Error& failure) {
        tree.faults.push_back(
            {Finding::Severity::error, line, failure.what(), "", "write it with fewer levels"});
    }
    return tree;
}

}  // namespace glinda::answer
