#pragma once

#include <filesystem>
#include <string>

namespace glinda::pipeline {

/// An installed image, as a domain XML tells of it.
struct FinishedImage {
    std::filesystem::path path;
    std::string format;  ///< in qemu-img's word
    unsigned memory_mib = 0;
};

/// The image that a domain XML names: its first disk that is a file.
/// @throws Error (usage) if there is none, or the file is no XML or too large.
[[nodiscard]] FinishedImage image_of(const std::filesystem::path& domain_xml);

}  // namespace glinda::pipeline
