#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace glinda::answer {

/// The values that templates of the family may use, by name.
using Values = std::map<std::string, std::string, std::less<>>;

/// Values, and lists of things that have values (and lists) of their own.
struct Scope {
    Values values;
    std::map<std::string, std::vector<Scope>, std::less<>> lists{};
};

/// Fills a template: {{name}} becomes the value, escaped for `dialect` (see escape()), and
/// {{name|shell}} a word of a shell script in it; {{#name}}…{{/name}} stays if the value is not
/// empty, {{^name}}…{{/name}} if it is. Of a list, {{#name}}…{{/name}} stays once for each of its
/// things, whose values go before those around it. A line that holds only a section's mark goes
/// with it.
/// @throws Error (environment) that names `source` and the line, if a name is unknown or a section
///         is not closed: the templates are glinda's own; (usage) if a value holds a line break or
///         another control character, which would end a line of the answer file.
[[nodiscard]] std::string render(std::string_view text, const Scope& scope, std::string_view source,
                                 std::string_view dialect = "");
[[nodiscard]] std::string render(std::string_view text, const Values& values,
                                 std::string_view source);

}  // namespace glinda::answer
