#pragma once

#include <filesystem>

#include "options.hpp"

namespace glinda::cli {

/// Says of each template on a line of its own on stdout whether it is valid, and why not; as JSON
/// also what was understood.
/// @returns the exit status. @throws Error (environment) if the schema cannot be read.
int validate(const ValidateCommand& command, const std::filesystem::path& schema);

}  // namespace glinda::cli
