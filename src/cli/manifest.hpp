#pragma once

#include <filesystem>
#include <optional>

#include "glinda/cli/main.hpp"
#include "options.hpp"

namespace glinda::cli {

/// Prints or writes what is installed in an image, or what differs between two; the exit status.
/// @throws Error.
int manifest(const ManifestCommand& command, const Engine& engine,
             const pipeline::Context& context);

/// Writes a manifest in Oz's format to a file, as Oz's users are told, or to standard output.
/// @throws Error (environment).
void show_icicle(const inventory::Manifest& manifest,
                 const std::optional<std::filesystem::path>& file);

}  // namespace glinda::cli
