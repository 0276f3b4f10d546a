#pragma once

#include <glib.h>

#include <cstdint>
#include <optional>
#include <string>

#include "glinda/util/handle.hpp"

namespace glinda::watch {

/// A regular expression (PCRE, by GLib), compiled once.
class Pattern {
public:
    /// @throws Error (environment) with the library's words.
    explicit Pattern(const std::string& expression);

    [[nodiscard]] bool matches(const std::string& line) const;

    /// The first two groups of a match as numbers, which both may lack; nothing if `line` does not
    /// match.
    struct Numbers {
        std::optional<std::uint64_t> first;
        std::optional<std::uint64_t> second;
    };
    [[nodiscard]] std::optional<Numbers> numbers(const std::string& line) const;

    /// How the groups of a match stand in a text: as they are, or such that a pattern means just
    /// them.
    enum class Groups { as_text, as_pattern };

    /// `text` with $0 replaced by the match and $1 … $9 by its groups, if `line` matches.
    [[nodiscard]] std::optional<std::string> expand(const std::string& line,
                                                    const std::string& text,
                                                    Groups groups = Groups::as_text) const;

private:
    Handle<GRegex, &g_regex_unref> regex_;
};

}  // namespace glinda::watch
