#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "glinda/util/process.hpp"

namespace glinda::media {

/// A file on a small drive.
struct DriveFile {
    std::string path;              ///< on the drive; the folders above it are made
    std::string content{};         ///< unless there is a file
    std::filesystem::path file{};  ///< of this host, with the content
};

/// A small drive that an installer finds by its label, such as OEMDRV or cidata. A label is made of
/// letters, digits, '_' and '-', in either case.
struct Drive {
    std::string label;
    std::vector<DriveFile> files;
};

/// How many characters a label may have: ECMA-119, 8.4.7; Microsoft's FAT specification, BS_VolLab.
inline constexpr std::size_t longest_iso_label = 32;
inline constexpr std::size_t longest_fat_label = 11;

/// Writes an ISO 9660 image with Rock Ridge and Joliet names, for an optical drive. Replaces `to`
/// in one step; only its owner may read it.
/// @throws Error (usage) for a label or a path that cannot be, (environment).
void make_iso_drive(const Drive& drive, const std::filesystem::path& to);

/// The same as a FAT file system without a partition table, for a disk.
/// @throws Error (usage), (environment).
void make_fat_drive(Runner& runner, const Drive& drive, const std::filesystem::path& to);

}  // namespace glinda::media
