#pragma once

#include <filesystem>
#include <string>

namespace glinda::report {

/// The folder of a build: `build` itself, or the newest one in `builds` of that name.
/// @throws Error (usage) if there is none.
[[nodiscard]] std::filesystem::path find_build(const std::filesystem::path& builds,
                                               const std::filesystem::path& build);

/// What a build's folder tells, for a terminal: how it ended and why, its phases with their times,
/// the text of the last screen, and its files.
/// @throws Error (usage) if build.json or events.jsonl cannot be understood.
[[nodiscard]] std::string gist(const std::filesystem::path& build);

}  // namespace glinda::report
