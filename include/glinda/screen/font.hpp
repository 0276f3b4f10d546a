#pragma once

#include <compare>
#include <cstdint>
#include <string_view>
#include <vector>

namespace glinda::screen {

/// A character as a font draws it in a cell of 8 × 16 dots.
struct Glyph {
    std::uint64_t upper = 0;  ///< rows 0 to 7; the highest bit is the dot at the top left
    std::uint64_t lower = 0;  ///< rows 8 to 15
    char32_t character = 0;

    friend auto operator<=>(const Glyph&, const Glyph&) = default;
};

/// The glyphs of a console font, plain PSF of version 1 or 2 (psf(5) of kbd). None if it is no such
/// font, is not 8 × 16, or does not tell which characters it draws.
[[nodiscard]] std::vector<Glyph> psf_glyphs(std::string_view font);

/// The glyphs of the 8 × 16 font, in code page 437, in a VGA BIOS. It is what a screen in text mode
/// shows until somebody loads another one. None if there is no such font in it.
[[nodiscard]] std::vector<Glyph> vga_glyphs(std::string_view bios);

/// The glyphs of all console fonts and of the VGA BIOS that are installed on this host, where
/// distributions have them.
[[nodiscard]] std::vector<Glyph> installed_glyphs();

}  // namespace glinda::screen
