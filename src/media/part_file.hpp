#pragma once

#include <filesystem>
#include <string_view>

#include "glinda/util/files.hpp"

namespace glinda::media {

/// A file that is being written beside the place where it is to appear whole.
struct PartFile {
    TemporaryFile file;
    FileDescriptor descriptor;
};

/// @throws Error (environment).
[[nodiscard]] PartFile make_part_file(const std::filesystem::path& target, mode_t mode = 0600);

/// Takes all content from a file that is being written; the next byte is its first.
/// @throws Error (environment) with `name` in its message.
void empty_file(int file, std::string_view name);

/// Copies a file to the current place of another; where the file system can, blocks are shared.
/// @throws Error (environment) with `name` in its message.
void copy_content(const std::filesystem::path& from, int to, std::string_view name);

}  // namespace glinda::media
