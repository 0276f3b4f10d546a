#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace glinda::media {

/// What firmware finds on an image that it could start.
struct BootRecords {
    bool optical_bios = false;  ///< in the El Torito catalogue of an optical disc
    bool optical_uefi = false;
    bool disk_bios = false;  ///< in the master boot record, where the image is written to a disk
    bool disk_uefi = false;  ///< an EFI system partition, of the MBR or of a GPT
};

/// Reads the boot records of an ISO 9660 image, of which `head` are the first bytes (volume_head);
/// `block` gives 2048 bytes of the image by their number, or nothing. What makes no sense is no
/// boot record. Sources: "El Torito" Bootable CD-ROM Format 1.0; UEFI 2.10, 5 and 13.3.2. libisofs
/// can tell this only after it has loaded every folder of the image.
[[nodiscard]] BootRecords read_boot_records(std::string_view head,
                                            const std::function<std::string(std::uint32_t)>& block);

}  // namespace glinda::media
