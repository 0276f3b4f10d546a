#include "glinda/answer/render.hpp"

#include <algorithm>

#include "glinda/util/error.hpp"
#include "glinda/util/text.hpp"

namespace glinda::answer {
namespace {

/// Walks once through a template.
class Renderer {
public:
    Renderer(std::string_view text, const Values& values, std::string_view source)
        : text_{text}, values_{values}, source_{source} {}

    std::string run() { return section("", Shown::yes); }

private:
    enum class Shown { yes, no };

    /// The text up to the end mark of the section `name`; the empty name is the whole text.
    std::string section(std::string_view name, Shown shown) {
        std::string result;
        while (true) {
            const std::size_t mark = text_.find("{{", position_);
            result += text_.substr(position_, mark - position_);
            if (mark == std::string_view::npos || ends_section(mark, name)) {
                if (mark == std::string_view::npos && !name.empty())
                    throw wrong(format("the section {} is not closed", name));
                return shown == Shown::yes ? result : "";
            }
            result += expand(mark);
        }
    }

    /// Whether the tag at `mark` ends a section, which it must then do with `name`; goes behind it.
    bool ends_section(std::size_t mark, std::string_view name) {
        const std::string_view tag = read_tag(mark);
        if (!tag.starts_with('/'))
            return false;
        if (tag.substr(1) != name)
            throw wrong(format("{{{{{}}}}} closes no open section", tag));
        skip_line_of_mark(mark);
        return true;
    }

    /// What the tag at `mark`, a value or a section, becomes; goes behind it.
    std::string expand(std::size_t mark) {
        const std::string_view tag = read_tag(mark);
        if (!tag.starts_with('#') && !tag.starts_with('^'))
            return std::string{value_of(tag)};
        skip_line_of_mark(mark);
        const bool wanted = value_of(tag.substr(1)).empty() == tag.starts_with('^');
        return section(tag.substr(1), wanted ? Shown::yes : Shown::no);
    }

    std::string_view read_tag(std::size_t mark) {
        const std::size_t end = text_.find("}}", mark);
        position_ = mark;
        if (end == std::string_view::npos)
            throw wrong("{{ without }}");
        position_ = end + 2;
        return trim(text_.substr(mark + 2, end - mark - 2));
    }

    /// A section's mark alone on its line takes the line break with it.
    void skip_line_of_mark(std::size_t mark) {
        const bool starts = mark == 0 || text_[mark - 1] == '\n';
        if (starts && position_ < text_.size() && text_[position_] == '\n')
            ++position_;
    }

    [[nodiscard]] std::string_view value_of(std::string_view name) const {
        const auto found = values_.find(name);
        if (found == values_.end())
            throw wrong(format("there is no value named \"{}\"", name));
        const bool plain = std::ranges::all_of(found->second, [](char c) {
            return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f;
        });
        if (!plain)
            throw Error{Fault::usage,
                        format("the value of {} holds a line break or a control character, which "
                               "an answer file cannot take",
                               name)};
        return found->second;
    }

    [[nodiscard]] Error wrong(std::string_view what) const {
        const std::string_view before = text_.substr(0, position_);
        return {Fault::environment,
                format("{}:{}: {}", source_, 1 + std::ranges::count(before, '\n'), what)};
    }

    std::string_view text_;
    const Values& values_;
    std::string_view source_;
    std::size_t position_ = 0;
};

}  // namespace

std::string render(std::string_view text, const Values& values, std::string_view source) {
    return Renderer{text, values, source}.run();
}

}  // namespace glinda::answer
