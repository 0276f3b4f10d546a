#pragma once

#include <cstddef>

namespace glinda::media {

/// The block of an optical medium, in bytes: ECMA-119, 6.1.2, and UDF 2.60, 2.2.4.2 alike.
inline constexpr std::size_t block_size = 2048;

}  // namespace glinda::media
