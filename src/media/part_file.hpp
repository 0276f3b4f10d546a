#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
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

/// Writes all bytes to a place in a file.
/// @throws Error (environment) with `name` in its message.
void write_at(int file, std::string_view bytes, std::uint64_t at, std::string_view name);

/// Hands the content of a file on, piece by piece.
/// @throws Error (usage) if it cannot be read; (cancelled) on a stop.
void read_pieces(const std::filesystem::path& from, const std::function<void(std::string_view)>& to,
                 const std::stop_token& stop);

/// Copies a file to the current place of another; where the file system can, blocks are shared.
/// @throws Error (environment) with `name` in its message; (cancelled) on a stop.
void copy_content(const std::filesystem::path& from, int to, std::string_view name,
                  const std::stop_token& stop = {});

}  // namespace glinda::media
