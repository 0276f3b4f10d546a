#pragma once

#include <filesystem>
#include <stop_token>

#include "options.hpp"

namespace glinda::cli {

/// Says of each template on a line of its own on stdout whether it is valid, and why not, and then,
/// if there is an answer file, a line for each thing that is wrong with that; as JSON also what was
/// understood. `families` is the folder of what is known of installers.
/// @returns the exit status. @throws Error (environment) if the schema or what is known of the
///          installers cannot be read, (cancelled).
int validate(const ValidateCommand& command, const std::filesystem::path& schema,
             const std::filesystem::path& families, const std::stop_token& stop);

}  // namespace glinda::cli
