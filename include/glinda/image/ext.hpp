#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "glinda/util/process.hpp"

namespace glinda::image {

/// Where ext2, ext3 and ext4 file systems begin in a raw disk image, in bytes: on its partitions
/// (MBR or GPT) or, without a partition table, on the whole of it.
/// @throws Error (environment) if the image cannot be read.
[[nodiscard]] std::vector<std::uint64_t> ext_file_systems(Runner& runner,
                                                          const std::filesystem::path& image);

/// Whether the journal of the file system that begins there has to be replayed first: its guest did
/// not end in order. e2fsck 1.47 cannot do that in an image, as it opens the file system again
/// without its offset. @throws Error (environment).
[[nodiscard]] bool needs_replay(const std::filesystem::path& image, std::uint64_t offset);

/// An ext2, ext3 or ext4 file system in a raw image, read and written without mounting it, by its
/// own tools (debugfs(8), e2fsck(8)). It needs no privilege. Nobody else may use the image. Paths
/// are absolute within the file system; symbolic links in them stay within it.
class ExtFiles {
public:
    struct Entry {
        enum class Kind { file, folder, link, other };
        std::string name;
        Kind kind = Kind::other;
        std::uint64_t size = 0;  ///< of a file, in bytes
    };

    /// One change.
    struct Edit {
        enum class Kind { remove_file, remove_folder, empty, write, make_folder };
        Kind kind = Kind::remove_file;
        std::string path;
        std::string content{};  ///< for a new file; it belongs to root and has the mode 0644
    };

    /// Checks the file system, whose journal must need no replay.
    /// @throws Error (environment) if the file system has faults that e2fsck does not mend by
    ///         itself.
    ExtFiles(Runner& runner, std::filesystem::path image, std::uint64_t offset);

    /// What a folder (no link to one) holds, without "." and ".."; nothing if there is no such
    /// folder.
    /// @throws Error (environment), among others for a name that has a line end in it.
    [[nodiscard]] std::vector<Entry> list(const std::string& folder) const;

    /// The content of a file; nothing if there is none.
    [[nodiscard]] std::optional<std::string> read(const std::string& file) const;

    /// Makes changes in their order. A folder must be empty to be removed, a file that is emptied
    /// keeps owner, mode and all else. `folder` is for copies of new files.
    /// @throws Error (environment) of the first that failed.
    void apply(const std::vector<Edit>& edits, const std::filesystem::path& folder);

    /// Checks the file system and lets go of the bytes of all that it does not use, in folders and
    /// its journal, too: they are zeros then, and no room is taken for them.
    /// @throws Error (environment).
    void trim();

private:
    [[nodiscard]] Result debugfs(std::vector<std::string> arguments, std::string input = "") const;
    void check(const std::vector<std::string>& options);
    void clear_journal();

    Runner& runner_;
    std::filesystem::path image_;
    std::uint64_t offset_;
    std::string place_;  ///< as e2fsprogs name it: FILE?offset=BYTES
};

}  // namespace glinda::image
