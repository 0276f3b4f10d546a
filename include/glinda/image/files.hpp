#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "glinda/util/files.hpp"
#include "glinda/util/process.hpp"

namespace glinda::image {

/// The files of a disk image, read without booting or mounting it, by GRUB's own readers of
/// partitions, logical volumes and file systems (grub-fstest(1)): ext2-4, XFS, btrfs, ZFS, UFS and
/// more. It needs no privilege. A guest that uses the image has perhaps not written all yet.
class Files {
public:
    /// `format` is qemu-img's word. An image that is not raw is copied into a sparse raw file in
    /// `folder`, where it stays as long as this lives.
    /// @throws Error (environment) if the image or what reads it cannot be opened.
    Files(Runner& runner, const std::filesystem::path& image, const std::string& format,
          const std::filesystem::path& folder);

    /// The places of file systems, as GRUB names them: partitions and logical volumes, then whole
    /// disks.
    [[nodiscard]] const std::vector<std::string>& devices() const noexcept { return devices_; }

    /// The names in a folder, those of folders with a '/' behind; nothing if there is no such.
    /// `folder` is an absolute path within the file system.
    [[nodiscard]] std::vector<std::string> list(const std::string& device,
                                                const std::string& folder) const;

    /// The content of a file; nothing if there is none.
    /// @throws Error (environment) if it has more than `limit` bytes, among others.
    [[nodiscard]] std::optional<std::string> read(const std::string& device,
                                                  const std::string& file,
                                                  std::size_t limit = std::size_t{64} << 20U) const;

    /// Copies a file to a new one; whether there is one. @throws Error as read() does.
    [[nodiscard]] bool copy(const std::string& device, const std::string& file,
                            const std::filesystem::path& to, std::size_t limit) const;

private:
    [[nodiscard]] Result grub(std::vector<std::string> words) const;

    Runner& runner_;
    std::filesystem::path raw_;
    std::optional<TemporaryFile> copy_;
    std::vector<std::string> devices_;
};

}  // namespace glinda::image
