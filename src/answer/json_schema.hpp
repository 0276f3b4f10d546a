#pragma once

#include <pugixml.hpp>
#include <vector>

#include "glinda/answer/lint.hpp"

namespace glinda::answer {

/// Holds the tree of a YAML or JSON text against a JSON schema in a file. Known of JSON Schema:
/// type, enum, minimum, maximum, properties, required, additionalProperties, items, anyOf,
/// deprecated and $ref into $defs; and of our own: x-since, the version that a property first
/// exists in, x-mend, what to write instead, and x-unknown "warning": a property that is not listed
/// is no error. The packaged validators name no lines and know no releases.
/// @throws Error (environment) that names the file, if it is no schema.
[[nodiscard]] std::vector<Finding> check_schema(const pugi::xml_node& node,
                                                const std::filesystem::path& file,
                                                const LintTarget& target);

}  // namespace glinda::answer
