#pragma once

#include <map>
#include <string>
#include <string_view>

namespace glinda::answer {

/// The values that templates of the family may use, by name.
using Values = std::map<std::string, std::string, std::less<>>;

/// Fills a template: {{name}} becomes the value; {{#name}}…{{/name}} stays if the value is not
/// empty, {{^name}}…{{/name}} if it is. A line that holds only a section's mark goes with it.
/// @throws Error (environment) that names `source` and the line, if a name is unknown or a section
///         is not closed: the templates are glinda's own; (usage) if a value holds a line break or
///         another control character, which would end a line of the answer file.
[[nodiscard]] std::string render(std::string_view text, const Values& values,
                                 std::string_view source);

}  // namespace glinda::answer
