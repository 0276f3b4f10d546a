#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace glinda::pipeline {

/// A folder whose content can be fetched or made again, and what clearing it would free.
struct CacheFolder {
    std::filesystem::path path;
    std::uint64_t files = 0;   ///< without those in use
    std::uint64_t in_use = 0;  ///< files that a build works with, which stay
    std::uint64_t bytes = 0;   ///< on the disk: a hole in a file takes none
};

/// What clearing the caches would do.
struct Caches {
    std::vector<CacheFolder> folders;
    std::vector<std::filesystem::path> links;  ///< stand where a folder would; never followed
};

/// The cache folders of Oz and glinda that are in `data_dir`. The folders of builds are no cache:
/// they are the evidence of what happened.
/// @throws Error (environment) if one cannot be read.
[[nodiscard]] Caches find_caches(const std::filesystem::path& data_dir);

/// Removes what is in a folder and nobody uses, and the folder stays; whether it is empty now. A
/// link in it is removed, never followed.
/// @throws Error (environment) that names what could not be removed.
bool empty(const CacheFolder& folder);

}  // namespace glinda::pipeline
