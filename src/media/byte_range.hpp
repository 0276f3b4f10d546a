#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace glinda::media {

/// A part of a file, in bytes.
struct ByteRange {
    std::uint64_t first = 0;
    std::uint64_t length = 0;
};

/// The one range that an HTTP Range header asks for of a file of `size` bytes; nothing for what is
/// not served in parts: several ranges, or one outside of the file (RFC 9110, 14.2, lets a server
/// send all instead).
[[nodiscard]] std::optional<ByteRange> read_byte_range(std::string_view header, std::uint64_t size);

/// The same as a Content-Range header says it.
[[nodiscard]] std::string to_text(const ByteRange& range, std::uint64_t size);

}  // namespace glinda::media
