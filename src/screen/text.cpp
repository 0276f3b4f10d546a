#include "glinda/screen/text.hpp"

#include <glib.h>

#include <algorithm>
#include <array>
#include <bit>
#include <optional>
#include <tuple>

#include "dialog.hpp"
#include "glinda/util/text.hpp"

namespace glinda::screen {
namespace {

constexpr unsigned cell_height = 16;
constexpr char32_t unknown = U'\uFFFD';
constexpr std::size_t shown_lines = 8;

/// How a screen is cut into cells.
struct Grid {
    unsigned cell_width;  ///< 9 where the VGA adds a column to the 8 of the font
    unsigned left;
    unsigned top;
};

/// Consoles start at the top left. One of the BSDs centres what is left over.
std::vector<Grid> grids_of(const Frame& frame) {
    std::vector<Grid> grids{{8, 0, 0}};
    if (frame.width == 720 && frame.height == 400)
        grids.insert(grids.begin(), {9, 0, 0});
    const Grid centred{8, frame.width % 8 / 2, frame.height % cell_height / 2};
    if (centred.left + centred.top > 0)
        grids.push_back(centred);
    return grids;
}

std::uint32_t colour_at(const Frame& frame, std::size_t pixel) {
    const std::uint8_t* const value = &frame.pixels[pixel * 3];
    return std::uint32_t{value[0]} << 16U | std::uint32_t{value[1]} << 8U | value[2];
}

/// The dots of a cell that differ from its first; nothing if it has more than two colours.
std::optional<Glyph> dots_at(const Frame& frame, unsigned x, unsigned y) {
    std::array<std::uint64_t, 2> halves{};
    std::size_t pixel = std::size_t{y} * frame.width + x;
    const std::uint32_t first = colour_at(frame, pixel);
    std::uint32_t second = first;
    for (unsigned row = 0; row < cell_height; ++row, pixel += frame.width) {
        std::uint64_t dots = 0;
        for (unsigned column = 0; column < 8; ++column) {
            const std::uint32_t colour = colour_at(frame, pixel + column);
            dots <<= 1U;
            if (colour == first)
                continue;
            if (second == first)
                second = colour;
            if (colour != second)
                return std::nullopt;
            dots |= 1U;
        }
        halves[row / 8] = halves[row / 8] << 8U | dots;
    }
    return Glyph{halves[0], halves[1], 0};
}

/// Of characters that look the same: ASCII, then lines of dialogs, then the lowest code is meant.
int rarity(char32_t character) {
    if (character < 0x80)
        return 0;
    return is_line(character) ? 1 : 2;
}

Glyph inverse(const Glyph& dots) {
    return {~dots.upper, ~dots.lower, 0};
}

/// The dots without the rows that are all set: a cursor underlines.
Glyph without_cursor(const Glyph& dots) {
    const auto cleared = [](std::uint64_t half) {
        for (unsigned row = 0; row < 8; ++row)
            if ((half >> 8U * row & 0xFFU) == 0xFFU)
                half &= ~(std::uint64_t{0xFF} << 8U * row);
        return half;
    };
    return {cleared(dots.upper), cleared(dots.lower), 0};
}

std::optional<char32_t> find(const std::vector<Glyph>& glyphs, const Glyph& dots) {
    const auto drawing = [](const Glyph& glyph) { return std::pair{glyph.upper, glyph.lower}; };
    const auto found = std::ranges::lower_bound(glyphs, drawing(dots), {}, drawing);
    if (found == glyphs.end() || drawing(*found) != drawing(dots))
        return std::nullopt;
    return found->character;
}

/// The character of a cell in two colours, of which the commoner one is most likely the background.
char32_t character_of(const std::vector<Glyph>& glyphs, Glyph dots) {
    if (std::popcount(dots.upper) + std::popcount(dots.lower) > 64)
        dots = inverse(dots);
    for (const Glyph& way : {dots, inverse(dots), without_cursor(dots)})
        if (const auto character = find(glyphs, way))
            return *character;
    return unknown;
}

struct Reading {
    Page page;
    std::size_t known = 0;
    std::size_t letters = 0;
    std::size_t unknown = 0;
};

void take(Reading& reading, char32_t character) {
    reading.page.back() += character;
    ++(character == unknown ? reading.unknown : reading.known);
    if (character < 0x80 && g_ascii_isalpha(static_cast<gchar>(character)) != FALSE)
        ++reading.letters;
}

Reading read_cells(const Frame& frame, const Grid& grid, const std::vector<Glyph>& glyphs) {
    Reading reading;
    for (unsigned y = grid.top; y + cell_height <= frame.height; y += cell_height) {
        reading.page.emplace_back();
        for (unsigned x = grid.left; x + grid.cell_width <= frame.width; x += grid.cell_width) {
            const auto dots = dots_at(frame, x, y);
            if (dots && dots->upper == 0 && dots->lower == 0)
                reading.page.back() += U' ';
            else
                take(reading, dots ? character_of(glyphs, *dots) : unknown);
        }
    }
    return reading;
}

/// A picture has few cells in two colours, and hardly one that is a letter by chance. A console may
/// have a logo at its top.
bool is_text(const Reading& reading) {
    return reading.letters >= 4 && reading.unknown <= reading.known;
}

std::string to_utf8(std::u32string_view row) {
    std::string text;
    for (const char32_t character : row) {
        std::array<char, 6> bytes{};
        text.append(bytes.data(),
                    static_cast<std::size_t>(g_unichar_to_utf8(character, bytes.data())));
    }
    return text;
}

std::vector<std::string> to_lines(const Page& page) {
    std::vector<std::string> lines;
    for (const std::u32string& row : page) {
        lines.push_back(to_utf8(row));
        lines.back().erase(lines.back().find_last_not_of(' ') + 1);
    }
    while (!lines.empty() && lines.back().empty())
        lines.pop_back();
    return lines;
}

/// Only what has words, without indentation.
std::vector<std::string> words_of(const std::vector<std::string>& lines) {
    std::vector<std::string> words;
    for (const std::string& line : lines)
        if (const std::string_view text = trim(line); !text.empty())
            words.emplace_back(text);
    return words;
}

ScreenText text_of(const Page& page) {
    ScreenText text{.lines = to_lines(page)};
    const auto box = front_dialog(page);
    text.has_dialog = box && box->has_button;
    text.last_words = words_of(box ? to_lines(inside(page, *box)) : text.lines);
    if (!box && text.last_words.size() > shown_lines)
        text.last_words.erase(text.last_words.begin(), text.last_words.end() - shown_lines);
    return text;
}

}  // namespace

TextReader::TextReader(std::vector<Glyph> glyphs) : glyphs_{std::move(glyphs)} {
    // A horizontal scan line (U+23BA to U+23BD) cannot be told from a cursor, which is likelier.
    std::erase_if(glyphs_, [](const Glyph& glyph) {
        return glyph.character >= U'\u23BA' && glyph.character <= U'\u23BD';
    });
    std::ranges::sort(glyphs_, [](const Glyph& one, const Glyph& other) {
        return std::tuple{one.upper, one.lower, rarity(one.character), one.character} <
               std::tuple{other.upper, other.lower, rarity(other.character), other.character};
    });
    const auto same = [](const Glyph& one, const Glyph& other) {
        return one.upper == other.upper && one.lower == other.lower;
    };
    glyphs_.erase(std::unique(glyphs_.begin(), glyphs_.end(), same), glyphs_.end());
}

ScreenText TextReader::read(const Frame& frame) const {
    for (const Grid& grid : grids_of(frame))
        if (const Reading reading = read_cells(frame, grid, glyphs_); is_text(reading))
            return text_of(reading.page);
    return {};
}

}  // namespace glinda::screen
