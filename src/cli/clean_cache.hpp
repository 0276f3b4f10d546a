#pragma once

#include <filesystem>

#include "glinda/util/progress.hpp"
#include "options.hpp"

namespace glinda::cli {

/// Empties the caches in `data_dir` after a person agreed to it; returns the exit status.
/// @throws Error (usage) if nobody is there to agree, (environment) if a build runs or something
///         cannot be removed.
int clean_cache(const CleanCacheCommand& command, const std::filesystem::path& data_dir,
                Progress& progress);

}  // namespace glinda::cli
