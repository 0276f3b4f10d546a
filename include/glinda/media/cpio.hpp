#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace glinda::media {

/// A regular file in a cpio archive.
struct CpioEntry {
    std::string name;  ///< path from the root; a leading slash says nothing
    std::string content;
    unsigned mode = 0644;  ///< permission bits
};

/// A cpio archive in the "newc" format, the one that Linux reads as an initramfs. The folders above
/// each file are in it, owner and times are 0: the same entries make the same bytes.
/// @throws Error (usage) for a name that is empty or holds "..", "." or a NUL, and for a content of
///         4 GiB or more, which the format cannot say.
[[nodiscard]] std::string cpio(const std::vector<CpioEntry>& entries);

/// Appends `segment` to an initrd, in place: Linux unpacks it over what the initrd holds
/// (Documentation/driver-api/early-userspace/buffer-format.rst).
/// @throws Error (environment).
void append_to_initrd(const std::filesystem::path& initrd, std::string_view segment);

}  // namespace glinda::media
