#include "glinda/answer/preseed.hpp"

#include <algorithm>
#include <utility>

#include "glinda/util/text.hpp"

namespace glinda::answer {
namespace {

constexpr std::string_view blanks = " \t\r\f\v";

/// Takes the first word off a text, and the white space behind it.
std::string_view take_word(std::string_view& text) {
    const std::string_view word = text.substr(0, text.find_first_of(blanks));
    text.remove_prefix(word.size());
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
    return word;
}

/// Walks once through the lines.
class Reader {
public:
    Preseed read(std::string_view text) {
        for (const std::string_view line : split(text, '\n')) {
            ++line_;
            take(line.substr(0, line.find_last_not_of('\r') + 1));
        }
        if (!pending_.empty())
            complain(first_line_, "the file ends inside of a continued line, which is dropped",
                     "take away the backslash at the end of its last line");
        return std::move(result_);
    }

private:
    void take(std::string_view line) {
        const std::string_view content = trim(line);
        if (content.empty() || line.starts_with('#')) {
            if (!pending_.empty() && content.empty())
                swallowed_ = line_;
            return;
        }
        if (swallowed_ != 0)
            complain(swallowed_,
                     format("an empty line does not end the line that is continued here: line {} "
                            "becomes a part of it",
                            line_),
                     "take away the backslash before the empty line");
        swallowed_ = 0;
        if (pending_.empty())
            first_line_ = line_;
        if (line.ends_with('\\')) {
            add(trim(line.substr(0, line.size() - 1)));
            pending_ += ' ';
            return;
        }
        if (content.ends_with('\\'))
            complain(line_, "there is white space behind the backslash, so it continues no line",
                     "take the white space away");
        add(content);
        const std::string whole = std::exchange(pending_, {});
        finish(trim(whole));
    }

    void add(std::string_view part) { pending_ += part; }

    /// A line with all its parts.
    void finish(std::string_view line) {
        if (line.starts_with('#'))
            return complain(first_line_,
                            "a comment starts in the first column only: this is read "
                            "as an answer",
                            "take away the white space before the #");
        const std::string_view owner = take_word(line);
        const std::string_view question = take_word(line);
        const std::string_view type = take_word(line);
        if (type.empty())
            return complain(first_line_,
                            "this is no answer: it needs an owner, a question and a "
                            "type before the value",
                            "write: d-i QUESTION TYPE VALUE");
        result_.entries.push_back({first_line_, line_, std::string{owner}, std::string{question},
                                   std::string{type}, std::string{line}});
    }

    void complain(std::size_t line, std::string what, std::string mend) {
        result_.faults.push_back(
            {Finding::Severity::error, line, std::move(what), "", std::move(mend)});
    }

    Preseed result_;
    std::string pending_;  ///< of a continued line
    std::size_t line_ = 0;
    std::size_t first_line_ = 0;
    std::size_t swallowed_ = 0;  ///< an empty line inside of a continued one
};

}  // namespace

Preseed read_preseed(std::string_view text) {
    return Reader{}.read(text);
}

}  // namespace glinda::answer
