#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "glinda/pipeline/install.hpp"

namespace glinda::pipeline {

/// What a person asks when one image is to have many clones.
struct GeneraliseRequest {
    std::filesystem::path image;  ///< the image itself, or a domain XML that names it
    /// Of the image: with it, an image whose file system cannot be written offline is booted.
    std::optional<std::filesystem::path> template_file;
    tdl::Variables variables;  ///< of the template
    bool dry_run = false;      ///< only says what would go
};

/// What an image had of one concern.
struct Trace {
    std::string what;                ///< "SSH host keys"
    std::vector<std::string> paths;  ///< of what goes, is emptied or is made new
};

struct GeneraliseResult {
    std::filesystem::path image;
    std::vector<Trace> traces;
    std::chrono::milliseconds took{};
};

/// Takes from an image what its clones must not share, and what its installation left behind, as
/// auto/generalise.xml lists it; then looks again whether all of it is gone. Where the system is on
/// one ext2, ext3 or ext4 file system, nothing is booted, and what the file system does not use is
/// zeros afterwards. The image is replaced in one step, or stays as it was.
/// @throws Error (environment) if the image cannot be read or written, (usage) if it would have to
///         be booted but there is no template; as customise() does where it is booted; (cancelled).
[[nodiscard]] GeneraliseResult generalise(const GeneraliseRequest& request, const Context& context);

}  // namespace glinda::pipeline
