#pragma once

#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "glinda/media/fetch.hpp"

namespace glinda::media {

/// The checksum of the file `name` in a list as md5sum(1) and its like write it, in the GNU form
/// ("hex  name") or the BSD form ("SHA256 (name) = hex"); in lower case.
[[nodiscard]] std::optional<std::string> find_checksum(std::string_view list,
                                                       std::string_view algorithm,
                                                       std::string_view name);

/// Reads a file and compares its digest.
/// @throws Error (environment) that says both values if they differ, (usage) if the file cannot be
///         read, (cancelled).
void check_file(const std::filesystem::path& file, const Digest& expected,
                const std::stop_token& stop = {});

}  // namespace glinda::media
