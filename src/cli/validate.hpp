#pragma once

#include <filesystem>
#include <stop_token>

#include "options.hpp"

namespace glinda::cli {

/// Says of each template on a line of its own on stdout whether it is valid, and why not; as JSON
/// also what was understood.
/// @returns the exit status. @throws Error (environment) if the schema cannot be read, (cancelled).
int validate(const ValidateCommand& command, const std::filesystem::path& schema,
             const std::stop_token& stop);

}  // namespace glinda::cli
