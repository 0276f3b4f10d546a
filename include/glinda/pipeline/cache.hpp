#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "glinda/util/files.hpp"

namespace glinda::pipeline {

/// A folder whose content can be fetched or made again, and what it takes.
struct CacheFolder {
    std::filesystem::path path;
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;  ///< on the disk: a hole in a file takes none
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

/// Removes what is in a folder, and the folder stays. A link in it is removed, never followed.
/// @throws Error (environment) that names what could not be removed.
void empty(const CacheFolder& folder);

/// Keeps builds that use `data_dir` from starting, as long as the result lives.
/// @throws Error (environment) that names a build that runs.
[[nodiscard]] std::vector<Lock> hold_builds(const std::filesystem::path& data_dir);

}  // namespace glinda::pipeline
