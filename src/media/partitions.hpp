#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace glinda::media {

/// How many bytes at the end of an image that begins with `head` belong to the backup of its GUID
/// partition table; 0 if it has no whole one.
[[nodiscard]] std::uint64_t gpt_backup_size(std::string_view head);

/// Lets the partition tables in `head`, the first 32 KiB of an image or more, fit an image of
/// `size` bytes, which grew: a partition for the whole medium ends where it does, and so does the
/// GUID partition table. All other partitions stay. Returns the backup of that table, for the last
/// gpt_backup_size() bytes. Sources: UEFI 2.10, 5.2.3 (protective MBR), 5.3 (GPT); isohybrid's
/// partition begins with sector 0, in both tables.
[[nodiscard]] std::string grow_partitions(std::string& head, std::uint64_t size);

}  // namespace glinda::media
