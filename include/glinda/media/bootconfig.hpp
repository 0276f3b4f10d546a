#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace glinda::media {

/// What a boot loader is to start without asking anybody. Paths are the medium's own.
struct BootEntry {
    std::string kernel;
    std::vector<std::string> initrds;  ///< Linux unpacks them one over the other, in this order
    std::string arguments;             ///< of the kernel, as they stand on its command line
};

/// An ISOLINUX or SYSLINUX configuration that boots `entry` at once. The labels of `original` stay
/// and can be typed at the prompt that a held Shift key brings; its menu does not.
/// @throws Error (usage) if a part of `entry` cannot be written in this format.
[[nodiscard]] std::string boot_by_isolinux(std::string_view original, const BootEntry& entry);

/// A GRUB 2 configuration that boots `entry` at once; all of `original` stays, with its menu.
/// @throws Error (usage) if a part of `entry` cannot be written in this format.
[[nodiscard]] std::string boot_by_grub(std::string_view original, const BootEntry& entry);

}  // namespace glinda::media
