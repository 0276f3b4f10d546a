#pragma once

#include <pugixml.hpp>
#include <string_view>
#include <vector>

#include "glinda/answer/lint.hpp"

namespace glinda::answer {

/// The attribute that says in which line an element of a text's tree begins.
inline constexpr const char* line_mark = "glinda-line";

/// The line that an element begins in; 0 if it is the text as a whole.
[[nodiscard]] std::size_t line_of(const pugi::xml_node& node);

/// The number of a version by which releases are compared: "24.04" is 24.04, "15-SP3" is 15.3;
/// anything else is newer than all.
[[nodiscard]] double version_number(std::string_view version);

/// Reads the knowledge of a dialect, a file after config/lint.rng; nothing if there is none.
/// @throws Error (environment) that names the file.
[[nodiscard]] pugi::xml_document load_rules(const LintTarget& target);

/// Holds a text, read into a tree, against the rules of `rules`. A rule's XPath expression finds
/// what is wrong; $system, $version and $disks tell it what the text is for.
/// @throws Error (environment) that names the file, if an expression is none.
[[nodiscard]] std::vector<Finding> apply_rules(const pugi::xml_document& rules,
                                               const pugi::xml_node& text,
                                               const LintTarget& target);

/// The evaluation of an XPath condition of a rule file on what a text is for; empty: true.
[[nodiscard]] bool holds(const char* condition, const LintTarget& target);

}  // namespace glinda::answer
