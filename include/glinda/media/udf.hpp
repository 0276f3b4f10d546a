#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "glinda/media/byte_source.hpp"

namespace glinda::media {

/// Whether an image that begins with `head`, of which volume_head bytes are enough, has a UDF file
/// system (ECMA-167, 2/8 and 3/9.1); it may have an ISO 9660 one as well.
[[nodiscard]] bool has_udf(std::string_view head);

/// The UDF file system of an image (OSTA UDF), read in process. Media larger than ISO 9660 likes
/// have all in it, and in the ISO 9660 one beside it at most a text that says so. Paths start at
/// the root, with or without a slash. Not for use by two threads at once.
class Udf {
public:
    /// `name` is how messages call it. What `bytes` throws leaves the member that asked for them.
    /// @throws Error (usage) if it has none that can be read.
    Udf(std::unique_ptr<ByteSource> bytes, std::string name);
    Udf(Udf&&) noexcept;
    ~Udf();

    /// The volume identifier.
    [[nodiscard]] const std::string& label() const noexcept;
    /// Of the image, in bytes.
    [[nodiscard]] std::uint64_t image_size() const noexcept;

    /// The size of a file in bytes; nothing if there is no such file.
    [[nodiscard]] std::optional<std::uint64_t> size_of(std::string_view path) const;

    /// `length` bytes of a file from `at` on, or as many as there are.
    /// @throws Error (usage) if it is missing or broken.
    [[nodiscard]] std::string read(std::string_view path, std::uint64_t at,
                                   std::size_t length) const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace glinda::media
