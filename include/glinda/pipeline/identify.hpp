#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "glinda/media/boot_records.hpp"
#include "glinda/pipeline/install.hpp"

namespace glinda::pipeline {

/// What a medium is. Empty text and 0 stand for what is not known; all text is fit for a terminal.
struct Identity {
    enum class Kind { image, tree };
    Kind kind = Kind::image;
    std::string family;   ///< the installer's: a folder of auto/
    std::string release;  ///< for people, with the version if that is known
    std::string id;       ///< libosinfo's short id of the release
    std::string version;  ///< as the medium says it, else as libosinfo does
    std::string arch;     ///< libosinfo's word
    std::string label;    ///< of the volume
    std::string kernel;   ///< path on the medium
    std::string initrd;
    std::optional<media::BootRecords> boot;  ///< of an image
    std::uint64_t minimum_memory = 0;        ///< bytes, as all three
    std::uint64_t minimum_disk = 0;
    std::uint64_t size = 0;  ///< of an image
    std::optional<bool> is_live;
    std::vector<std::string> editions;   ///< the images to choose from, where there are such
    std::vector<std::string> languages;  ///< of those
    std::vector<std::string> known_by;   ///< libosinfo, files of the medium, the volume label
};

/// Finds out what is on a medium: an ISO image or a tree, in a file or folder or behind a URL, of
/// which the path of an image ends in ".iso". Of an image behind a URL only parts are fetched.
/// @throws Error (usage) if it is no medium, with what was looked for in its notes; (environment)
///         if it cannot be read; (timeout); (cancelled).
[[nodiscard]] Identity identify(const std::string& where, const Context& context);

}  // namespace glinda::pipeline
