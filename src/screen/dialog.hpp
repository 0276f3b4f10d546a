#pragma once

#include <optional>
#include <string>
#include <vector>

namespace glinda::screen {

/// A screen of characters, row by row.
using Page = std::vector<std::u32string>;

/// Whether the character draws lines (Unicode's block Box Drawing).
[[nodiscard]] bool is_line(char32_t character);

/// A frame of line-drawing characters on the page.
struct Box {
    std::size_t top = 0;
    std::size_t left = 0;
    std::size_t bottom = 0;
    std::size_t right = 0;
    bool has_button = false;
};

/// The box of the dialog in front: of those with a button, as <OK>, the smallest; otherwise the
/// largest box with words in it.
[[nodiscard]] std::optional<Box> front_dialog(const Page& page);

/// The rows of the box without its lines; the title is the first.
[[nodiscard]] Page inside(const Page& page, const Box& box);

}  // namespace glinda::screen
