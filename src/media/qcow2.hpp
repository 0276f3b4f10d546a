#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace glinda::media {

/// Writes a qcow2 image (version 3, docs/interop/qcow2.txt in QEMU) of a few clusters over a raw
/// backing file. qemu-img and qemu-io could, but to start both takes longer than all the rest of a
/// remaster, and they would want what is written as files first.
class OverlayWriter {
public:
    static constexpr std::uint64_t cluster = 65536;  // bytes

    /// Into an empty file that is open and stays so; `name` is for messages.
    OverlayWriter(int file, std::string name) : file_{file}, name_{std::move(name)} {}

    /// Puts at most a cluster to `at`, a multiple of its size; what is left of it reads as zeros.
    /// @throws Error (environment).
    void write(std::uint64_t at, std::string_view bytes);

    /// Writes what makes an image of it: of `size` bytes, over `backing`, an absolute path.
    /// @throws Error (environment); (usage) if the format cannot say one of them.
    void finish(const std::filesystem::path& backing, std::uint64_t size);

private:
    std::uint64_t add(std::string_view bytes);
    std::uint64_t add_mapping();
    std::uint64_t add_reference_counts();

    int file_;
    std::string name_;
    std::uint64_t end_ = 1;                         ///< in clusters; the first one is the header's
    std::map<std::uint64_t, std::uint64_t> place_;  ///< cluster of the image → of the file
};

}  // namespace glinda::media
