#pragma once

#include <glib.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "glinda/util/handle.hpp"

namespace glinda::answer {

/// A regular expression (PCRE, by GLib; ^ and $ at every line) of a data file, compiled once. A
/// text that takes the library too much time or memory does not match.
class Pattern {
public:
    /// Matches nowhere.
    Pattern() = default;
    /// @throws Error (environment) with the library's words.
    explicit Pattern(const std::string& expression);

    [[nodiscard]] explicit operator bool() const noexcept { return regex_ != nullptr; }
    [[nodiscard]] bool matches(std::string_view text) const;

    /// One match: what the named group of it holds, "" if nothing; "0" is the whole.
    using Group = std::function<std::string(const char* name)>;
    /// Calls `found` for each match, in their order, until it says false.
    void each(std::string_view text, const std::function<bool(const Group& group)>& found) const;

    /// The text with `by` in the place of what the group `secret` holds, in all matches.
    [[nodiscard]] std::string hide(const std::string& text, std::string_view by) const;

private:
    using Visit = std::function<bool(GMatchInfo* match)>;
    void visit(std::string_view text, const Visit& visitor) const;

    Handle<GRegex, &g_regex_unref> regex_;
};

}  // namespace glinda::answer
