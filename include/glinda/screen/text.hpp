#pragma once

#include <string>
#include <vector>

#include "glinda/screen/font.hpp"
#include "glinda/screen/frame.hpp"

namespace glinda::screen {

/// What is written on a screen, in UTF-8. U+FFFD stands for a character that no font knows.
struct ScreenText {
    std::vector<std::string> lines{};  ///< from the top, without blanks at their ends
    /// What it says last: the words of the dialog in front; where there is none, the last lines.
    std::vector<std::string> last_words{};
    bool has_dialog = false;  ///< one with a button

    friend bool operator==(const ScreenText&, const ScreenText&) = default;
};

/// Reads text consoles: cells of 8 × 16 dots, or 9 × 16 in VGA text mode, each in two colours,
/// drawn from fonts that it has. It takes a millisecond or few; nothing is guessed.
class TextReader {
public:
    explicit TextReader(std::vector<Glyph> glyphs = installed_glyphs());

    /// What is written on the screen; no lines if it is blank or a picture.
    [[nodiscard]] ScreenText read(const Frame& frame) const;

private:
    std::vector<Glyph> glyphs_;  ///< sorted, each drawing once
};

}  // namespace glinda::screen
