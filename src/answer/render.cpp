#include "glinda/answer/render.hpp"

#include <algorithm>

#include "glinda/answer/escape.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/text.hpp"

namespace glinda::answer {
namespace {

/// Walks through a template, once but for the lists in it.
class Renderer {
public:
    Renderer(std::string_view text, const Scope& scope, std::string_view source,
             std::string_view dialect)
        : text_{text}, scopes_{&scope}, source_{source}, dialect_{dialect} {}

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
            return written(tag);
        skip_line_of_mark(mark);
        const std::string_view name = tag.substr(1);
        const std::vector<Scope>* list = list_of(name);
        if (list != nullptr && tag.starts_with('#'))
            return repeat(name, *list);
        const bool empty = list != nullptr ? list->empty() : value_of(name).empty();
        return section(name, empty == tag.starts_with('^') ? Shown::yes : Shown::no);
    }

    /// The section once for each thing of the list.
    std::string repeat(std::string_view name, const std::vector<Scope>& list) {
        if (list.empty()) {
            ++unknown_things_;
            std::ignore = section(name, Shown::no);
            --unknown_things_;
        }
        const std::size_t start = position_;
        std::string result;
        for (const Scope& thing : list) {
            position_ = start;
            scopes_.insert(scopes_.begin(), &thing);
            result += section(name, Shown::yes);
            scopes_.erase(scopes_.begin());
        }
        return result;
    }

    /// A value as the dialect wants it.
    [[nodiscard]] std::string written(std::string_view tag) const {
        constexpr std::string_view script = "|shell";
        return tag.ends_with(script)
                   ? escape_in_script(value_of(tag.substr(0, tag.size() - script.size())), dialect_)
                   : escape(value_of(tag), dialect_);
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

    [[nodiscard]] const std::vector<Scope>* list_of(std::string_view name) const {
        for (const Scope* scope : scopes_)
            if (const auto found = scope->lists.find(name); found != scope->lists.end())
                return &found->second;
        return nullptr;
    }

    [[nodiscard]] std::string_view value_of(std::string_view name) const {
        for (const Scope* scope : scopes_)
            if (const auto found = scope->values.find(name); found != scope->values.end())
                return checked(name, found->second);
        if (unknown_things_ > 0)  // most likely a value of those
            return "";
        throw wrong(format("there is no value named \"{}\"", name));
    }

    static std::string_view checked(std::string_view name, std::string_view value) {
        const bool plain = std::ranges::all_of(
            value, [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; });
        if (!plain)
            throw Error{Fault::usage,
                        format("the value of {} holds a line break or a control character, which "
                               "an answer file cannot take",
                               name)};
        return value;
    }

    [[nodiscard]] Error wrong(std::string_view what) const {
        const std::string_view before = text_.substr(0, position_);
        return {Fault::environment,
                format("{}:{}: {}", source_, 1 + std::ranges::count(before, '\n'), what)};
    }

    std::string_view text_;
    std::vector<const Scope*> scopes_;  ///< the innermost first
    std::string_view source_;
    std::string_view dialect_;
    int unknown_things_ = 0;  ///< how many empty lists the section is in
    std::size_t position_ = 0;
};

}  // namespace

std::string render(std::string_view text, const Scope& scope, std::string_view source,
                   std::string_view dialect) {
    return Renderer{text, scope, source, dialect}.run();
}

std::string render(std::string_view text, const Values& values, std::string_view source) {
    return render(text, Scope{values}, source);
}

}  // namespace glinda::answer
