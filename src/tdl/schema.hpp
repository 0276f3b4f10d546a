#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace glinda::tdl {

/// What is wrong with a document, and where.
struct Complaint {
    int line = 0;
    std::string message;
};

/// Checks an XML text against a RELAX NG schema. External entities and the network are never used.
/// @returns nothing if it is valid. @throws Error (environment) if the schema cannot be read.
[[nodiscard]] std::optional<Complaint> check_schema(std::string_view xml,
                                                    const std::filesystem::path& schema);

}  // namespace glinda::tdl
