#include "glinda/screen/font.hpp"

#include <glib.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <string>

#include "glinda/util/files.hpp"
#include "glinda/util/handle.hpp"

namespace glinda::screen {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t glyph_size = 16;
constexpr std::size_t largest_font = 1 << 18;

/// Where distributions keep console fonts (kbd, console-setup) and SeaBIOS.
constexpr std::array font_folders{"/usr/share/consolefonts", "/usr/share/kbd/consolefonts",
                                  "/usr/lib/kbd/consolefonts"};
constexpr std::array vga_bioses{"/usr/share/seabios/vgabios-stdvga.bin",
                                "/usr/share/qemu/vgabios-stdvga.bin",
                                "/usr/share/seavgabios/vgabios-stdvga.bin"};

/// Code page 437 below the space, from 1 on, and above ASCII, from 127 on.
constexpr std::u32string_view low_437 = U"☺☻♥♦♣♠•◘○◙♂♀♪♫☼►◄↕‼¶§▬↨↑↓→←∟↔▲▼";
constexpr std::u32string_view high_437 =
    U"⌂ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█"
    U"▄▌▐"
    U"▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■ ";

char32_t of_437(std::size_t code) {
    if (code >= 1 && code <= low_437.size())
        return low_437[code - 1];
    return code >= 127 ? high_437[code - 127] : static_cast<char32_t>(code);
}

std::uint64_t rows(std::string_view bytes) {
    std::uint64_t value = 0;
    for (const char byte : bytes.substr(0, 8))
        value = value << 8U | static_cast<std::uint8_t>(byte);
    return value;
}

Glyph glyph_of(std::string_view dots, char32_t character) {
    return {rows(dots), rows(dots.substr(8)), character};
}

std::uint32_t little_endian(std::string_view bytes, std::size_t at, std::size_t count) {
    std::uint32_t value = 0;
    for (std::size_t i = count; i-- > 0;)
        value = value << 8U | static_cast<std::uint8_t>(bytes[at + i]);
    return value;
}

/// The parts of a font file.
struct Psf {
    std::string_view dots;   ///< 16 bytes a glyph
    std::string_view table;  ///< which characters each glyph stands for
};

/// Version 1: 0x36 0x04, mode, height; the table has 16-bit words.
Psf psf1_of(std::string_view font) {
    constexpr std::size_t header = 4;
    constexpr unsigned has_512 = 1;
    constexpr unsigned has_table = 2 | 4;
    const auto mode = static_cast<std::uint8_t>(font[2]);
    const std::size_t size = ((mode & has_512) != 0 ? 512 : 256) * glyph_size;
    if ((mode & has_table) == 0 || font[3] != glyph_size || font.size() < header + size)
        return {};
    return {font.substr(header, size), font.substr(header + size)};
}

/// Version 2: eight 32-bit words: magic, version, size of the header, flags, count, bytes a glyph,
/// height, width; the table has UTF-8.
Psf psf2_of(std::string_view font) {
    const auto word = [&](std::size_t n) { return little_endian(font, n * 4, 4); };
    if (font.size() < 32 || (word(3) & 1U) == 0 || word(5) != glyph_size || word(6) != glyph_size ||
        word(7) != 8 || word(4) > 65536)
        return {};
    const std::size_t header = word(2);
    const std::size_t size = std::size_t{word(4)} * glyph_size;
    if (font.size() < header + size)
        return {};
    return {font.substr(header, size), font.substr(header + size)};
}

/// 0xFFFF ends the characters of a glyph; what follows 0xFFFE are sequences of several.
std::vector<Glyph> with_words(const Psf& psf) {
    std::vector<Glyph> glyphs;
    std::size_t glyph = 0;
    bool alone = true;
    for (std::size_t at = 0; at + 1 < psf.table.size() && glyph < psf.dots.size(); at += 2) {
        const char32_t character = little_endian(psf.table, at, 2);
        if (character == 0xFFFF)
            glyph += glyph_size;
        if (character >= 0xFFFE)
            alone = character == 0xFFFF;
        else if (alone)
            glyphs.push_back(glyph_of(psf.dots.substr(glyph, glyph_size), character));
    }
    return glyphs;
}

/// The same with 0xFF and 0xFE, which no UTF-8 has.
std::vector<Glyph> with_utf8(const Psf& psf) {
    std::vector<Glyph> glyphs;
    std::size_t glyph = 0;
    bool alone = true;
    for (std::size_t at = 0; at < psf.table.size() && glyph < psf.dots.size(); ++at) {
        const auto byte = static_cast<std::uint8_t>(psf.table[at]);
        if (byte == 0xFF)
            glyph += glyph_size;
        if (byte >= 0xFE) {
            alone = byte == 0xFF;
        } else if (alone && (byte & 0xC0U) != 0x80) {
            const char* const start = psf.table.data() + at;
            const gunichar character =
                g_utf8_get_char_validated(start, static_cast<gssize>(psf.table.size() - at));
            if (character < 0x110000)
                glyphs.push_back(glyph_of(psf.dots.substr(glyph, glyph_size), character));
        }
    }
    return glyphs;
}

void close_gz(gzFile file) noexcept {
    gzclose(file);
}

/// A file that may be compressed; empty if it cannot be read: there are other fonts.
std::string read_gz(const fs::path& path) {
    const Handle<gzFile_s, &close_gz> file{gzopen(path.c_str(), "rb")};
    std::string bytes(largest_font, '\0');
    const int got =
        file ? gzread(file.get(), bytes.data(), static_cast<unsigned>(bytes.size())) : -1;
    bytes.resize(static_cast<std::size_t>(std::max(got, 0)));
    return bytes;
}

void append(std::vector<Glyph>& all, std::vector<Glyph> more) {
    all.insert(all.end(), more.begin(), more.end());
}

}  // namespace

std::vector<Glyph> psf_glyphs(std::string_view font) {
    if (font.size() >= 4 && font.starts_with("\x36\x04"))
        return with_words(psf1_of(font));
    if (font.starts_with("\x72\xb5\x4a\x86"))
        return with_utf8(psf2_of(font));
    return {};
}

std::vector<Glyph> vga_glyphs(std::string_view bios) {
    // The white and the black face, characters 1 and 2; 0 is blank. They are in every such font.
    constexpr std::string_view faces{
        "\0\0\x7e\x81\xa5\x81\x81\xbd\x99\x81\x81\x7e\0\0\0\0"
        "\0\0\x7e\xff\xdb\xff\xff\xc3\xe7\xff\xff\x7e\0\0\0\0",
        2 * glyph_size};
    constexpr std::size_t count = 256;
    const std::size_t found = bios.find(faces);
    if (found == std::string_view::npos || found < glyph_size ||
        bios.size() < found - glyph_size + count * glyph_size)
        return {};
    const std::string_view font = bios.substr(found - glyph_size, count * glyph_size);
    std::vector<Glyph> glyphs;
    for (std::size_t code = 1; code < count; ++code)
        glyphs.push_back(glyph_of(font.substr(code * glyph_size, glyph_size), of_437(code)));
    return glyphs;
}

std::vector<Glyph> installed_glyphs() {
    std::vector<Glyph> glyphs;
    for (const char* const bios : vga_bioses)
        append(glyphs, vga_glyphs(read_gz(bios)));
    std::error_code none;
    for (const char* const folder : font_folders)
        for (const auto& entry : fs::directory_iterator{folder, none})
            if (entry.path().filename().string().find("16.psf") != std::string::npos)
                append(glyphs, psf_glyphs(read_gz(entry.path())));
    return glyphs;
}

}  // namespace glinda::screen
