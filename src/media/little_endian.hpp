#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace glinda::media {

/// A little-endian number of `length` bytes, of which `bytes` holds all.
inline std::uint64_t little_endian(std::string_view bytes, std::size_t at, std::size_t length) {
    std::uint64_t value = 0;
    for (std::size_t i = length; i-- > 0;)
        value = value << 8U | static_cast<unsigned char>(bytes[at + i]);
    return value;
}

/// Puts such a number into `bytes`, which has room for it.
inline void put_little_endian(std::string& bytes, std::size_t at, std::size_t length,
                              std::uint64_t value) {
    for (std::size_t i = 0; i < length; ++i)
        bytes[at + i] = static_cast<char>(value >> 8U * i & 0xffU);
}

}  // namespace glinda::media
