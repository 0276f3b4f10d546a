#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "glinda/media/byte_source.hpp"

namespace glinda::media {

/// How many bytes at the end of an image that begins with `head` belong to the backup of its GUID
/// partition table; 0 if it has no whole one.
[[nodiscard]] std::uint64_t gpt_backup_size(std::string_view head);

/// A partition that can be mounted in place of the whole medium, and that others lie behind or that
/// does not begin with the medium: it then has volume descriptors of its own, which count from its
/// beginning. In bytes of the medium.
struct InnerVolume {
    std::uint64_t start = 0;
    std::uint64_t end = 0;      ///< 0 if there is none
    std::uint64_t all_end = 0;  ///< where that ends which is behind it
};

[[nodiscard]] InnerVolume find_inner_volume(ByteSource& image);

/// Lets the partition tables in `head`, the first 32 KiB of an image or more, fit an image of
/// `size` bytes, which grew: a partition for the whole medium ends where it does, and so does the
/// GUID partition table. The inner volume ends at `inner_end`, and what was behind it is so again.
/// All other partitions stay. Returns the backup of that table, for the last gpt_backup_size()
/// bytes. Sources: UEFI 2.10, 5.2.3 (protective MBR), 5.3 (GPT); isohybrid's partition begins with
/// sector 0, in both tables.
[[nodiscard]] std::string grow_partitions(std::string& head, std::uint64_t size,
                                          const InnerVolume& inner, std::uint64_t inner_end);

}  // namespace glinda::media
