#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "glinda/util/process.hpp"

namespace glinda::image {

/// What a disk image is.
struct VolumeInfo {
    std::string format;              ///< as qemu-img names it: qcow2, raw, vmdk …
    std::uint64_t virtual_size = 0;  ///< what the guest sees, in bytes
    std::uint64_t actual_size = 0;   ///< what it takes on the host, in bytes
    bool is_whole = true;            ///< rests on no other file
};

/// Makes an empty disk image that takes no room until it is written to. `format` is qemu-img's
/// word.
/// @throws Error (environment) if it cannot be made, among others because there is one already.
void create(Runner& runner, const std::filesystem::path& path, const std::string& format,
            std::uint64_t bytes);

/// Makes a qcow2 image that holds what will differ from `base`, which stays as it is and where it
/// is.
/// @throws Error (environment) as create() does.
void overlay(Runner& runner, const std::filesystem::path& base, const std::string& base_format,
             const std::filesystem::path& path);

/// Writes all that an overlay and what it rests on hold to a new image.
/// @throws Error (environment) as create() does, (cancelled).
void flatten(Runner& runner, const std::filesystem::path& overlay,
             const std::filesystem::path& path, const std::string& format);

/// Writes a copy of an image that rests on no other one, sparse, in the same format or another; raw
/// to raw takes no time and no room where the host's file system can share blocks.
/// @throws Error (environment) as create() does, (cancelled).
void convert(Runner& runner, const std::filesystem::path& image, const std::string& from,
             const std::filesystem::path& path, const std::string& to);

/// @throws Error (environment) if it cannot be read.
[[nodiscard]] VolumeInfo info(Runner& runner, const std::filesystem::path& path);

}  // namespace glinda::image
