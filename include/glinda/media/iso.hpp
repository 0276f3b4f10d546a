#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "glinda/media/boot_records.hpp"
#include "glinda/media/byte_source.hpp"

struct iso_data_source;
struct iso_file_source;
struct iso_filesystem;

namespace glinda::media {

namespace isofs {
struct Image;
}

/// What the primary volume descriptor of an ISO 9660 image (ECMA-119, 8.4) says.
struct Volume {
    std::string label;  ///< the volume identifier
    std::string system;
    std::string publisher;
    std::string preparer;
    std::string application;
    std::uint64_t size = 0;  ///< of the volume, in bytes; the file may be longer
};

/// How many bytes of an image read_volume() looks at, at most.
inline constexpr std::size_t volume_head = 65536;

/// Whether an image that begins with `head`, volume_head bytes, has an ISO 9660 file system.
[[nodiscard]] bool has_iso9660(std::string_view head);

/// Reads the volume descriptors out of the first bytes of an image; `name` is the image's.
/// @throws Error (usage) if it is no ISO 9660 image.
[[nodiscard]] Volume read_volume(std::string_view head, std::string_view name);

/// An ISO 9660 image, read in process, by its Rock Ridge or Joliet names where it has them. Paths
/// start at the root of the image with or without a slash; links in it are followed and never leave
/// it. Not for use by two threads at once.
class Iso {
public:
    /// @throws Error (usage) if it is no whole ISO 9660 image, (environment) if it cannot be read.
    explicit Iso(const std::filesystem::path& path);

    /// An image whose bytes come from elsewhere; `name` is how messages call it. What `bytes`
    /// throws leaves the member that asked for them.
    Iso(std::unique_ptr<ByteSource> bytes, const std::string& name);

    [[nodiscard]] const Volume& volume() const noexcept { return volume_; }
    [[nodiscard]] const BootRecords& boot_records() const noexcept { return boot_records_; }
    /// Of the file, in bytes.
    [[nodiscard]] std::uint64_t file_size() const noexcept { return file_size_; }

    /// Whether there is a file or folder of that name.
    /// @throws Error (usage) if the image is broken at that place.
    [[nodiscard]] bool exists(std::string_view path) const;

    /// The content of a file of at most `limit` bytes.
    /// @throws Error (usage) if it is missing, no regular file, larger or unreadable.
    [[nodiscard]] std::string read(std::string_view path, std::size_t limit) const;

    /// `length` bytes of a file from `at` on, or as many as there are.
    /// @throws Error (usage) if it is missing, no regular file or unreadable.
    [[nodiscard]] std::string read(std::string_view path, std::uint64_t at,
                                   std::size_t length) const;

    /// Copies a file out of the image; replaces `to` in one step.
    /// @throws Error (usage) as read() does, (environment) if `to` cannot be written.
    void extract(std::string_view path, const std::filesystem::path& to) const;

    /// The names in a folder, sorted.
    /// @throws Error (usage) if it is missing or no folder.
    [[nodiscard]] std::vector<std::string> list(std::string_view folder) const;

    /// Reads all folders.
    /// @throws Error (usage) if one is broken, or they hold one another.
    void check_folders() const;

private:
    struct Release {
        void operator()(iso_filesystem* filesystem) const noexcept;
        void operator()(iso_file_source* source) const noexcept;
        void operator()(iso_data_source* source) const noexcept;
    };
    using Source = std::unique_ptr<iso_file_source, Release>;

    Iso(std::string name, isofs::Image image);
    [[nodiscard]] Source next_in(iso_file_source* folder, const std::string& what) const;
    [[nodiscard]] Source child(iso_file_source* folder, const std::string& name) const;
    void check_below(iso_file_source* folder, int levels) const;
    [[nodiscard]] Source find(std::string_view path) const;
    [[nodiscard]] std::pair<Source, std::uint64_t> file(std::string_view path) const;

    std::string name_;
    Volume volume_;
    std::uint64_t file_size_ = 0;
    BootRecords boot_records_;
    std::unique_ptr<iso_data_source, Release> source_;
    std::unique_ptr<iso_filesystem, Release> filesystem_;
};

}  // namespace glinda::media
