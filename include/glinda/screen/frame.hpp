#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace glinda::screen {

/// A picture of a screen.
struct Frame {
    unsigned width = 0;
    unsigned height = 0;
    std::vector<std::uint8_t> pixels;  ///< red, green, blue; rows from the top, no padding

    friend bool operator==(const Frame&, const Frame&) = default;
};

/// The picture as a PNG file's content; with a list of colours where there are at most 256.
/// @throws Error (environment) if it cannot be encoded.
[[nodiscard]] std::string to_png(const Frame& frame);

}  // namespace glinda::screen
