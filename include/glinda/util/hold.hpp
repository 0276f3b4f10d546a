#pragma once

#include <filesystem>
#include <optional>
#include <stop_token>

#include "glinda/util/files.hpp"

namespace glinda {

// Locks on the files themselves (flock(2)), so that nothing is left of them when a process dies.

/// A file that others may use, too, and that nobody removes as long as the result lives; nothing
/// if there is none. Waits for whoever is just putting it there. @throws Error (environment).
[[nodiscard]] std::optional<FileDescriptor> hold(const std::filesystem::path& path);

/// A file, made if it is missing, that nobody else uses as long as the result lives. Waits for
/// those who do.
/// @throws Error (cancelled) at once on a stop, (environment).
[[nodiscard]] FileDescriptor seize(const std::filesystem::path& path, const std::stop_token& stop);

/// Lets others use a file that was seized.
/// @throws Error (environment).
void share(const FileDescriptor& file);

/// Whether a descriptor is that of the file which has this name now.
[[nodiscard]] bool is_at(const FileDescriptor& file, const std::filesystem::path& path);

/// Whether somebody holds or has seized the file.
[[nodiscard]] bool is_held(const std::filesystem::path& path);

/// Removes a file that nobody holds; whether it is gone. A link is removed, never followed.
/// @throws Error (environment) if it cannot be removed.
bool remove_unless_held(const std::filesystem::path& path);

}  // namespace glinda
