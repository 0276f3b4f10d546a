#include "glinda/screen/text.hpp"

#include <gmock/gmock.h>
#include <png.h>

#include <algorithm>
#include <cctype>
#include <sstream>

#include "glinda/util/files.hpp"

namespace glinda::screen {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using namespace std::string_literals;

constexpr const char* vga_bios = "/usr/share/seabios/vgabios-stdvga.bin";  // of Debian's seabios

struct Colour {
    std::uint8_t red = 0;
    std::uint8_t green = 0;
    std::uint8_t blue = 0;
};
struct Style {
    Colour text{170, 170, 170};
    Colour back{};
};

/// A screen to write on, with the font of the VGA.
class Canvas {
public:
    Canvas(unsigned width, unsigned height, unsigned cell = 8, unsigned left = 0, unsigned top = 0)
        : frame_{width, height, std::vector<std::uint8_t>(std::size_t{width} * height * 3)},
          cell_{cell},
          left_{left},
          top_{top} {}

    void dot(unsigned x, unsigned y, Colour colour) {
        std::uint8_t* const at = &frame_.pixels[(std::size_t{y} * frame_.width + x) * 3];
        at[0] = colour.red;
        at[1] = colour.green;
        at[2] = colour.blue;
    }

    void draw(const Glyph& glyph, unsigned row, unsigned column, const Style& style = {}) {
        for (unsigned y = 0; y < 16; ++y) {
            const std::uint64_t half = y < 8 ? glyph.upper : glyph.lower;
            for (unsigned x = 0; x < cell_; ++x) {
                const bool set = x < 8 && (half >> (63U - y % 8 * 8 - x) & 1U) != 0;
                dot(left_ + column * cell_ + x, top_ + row * 16 + y, set ? style.text : style.back);
            }
        }
    }

    void write(unsigned row, unsigned column, std::u32string_view text, const Style& style = {}) {
        for (const char32_t character : text)
            draw(glyph_of(character), row, column++, style);
    }

    void cursor(unsigned row, unsigned column) {
        for (unsigned y = 14; y < 16; ++y)
            for (unsigned x = 0; x < cell_; ++x)
                dot(left_ + column * cell_ + x, top_ + row * 16 + y, {170, 170, 170});
    }

    static const std::vector<Glyph>& font() {
        static const std::vector<Glyph> glyphs = vga_glyphs(read_file(vga_bios));
        return glyphs;
    }

    [[nodiscard]] const Frame& frame() const { return frame_; }

private:
    static Glyph glyph_of(char32_t character) {
        const auto found = std::ranges::find(font(), character, &Glyph::character);
        EXPECT_NE(found, font().end());
        return found == font().end() ? Glyph{} : *found;
    }

    Frame frame_;
    unsigned cell_;
    unsigned left_;
    unsigned top_;
};

const TextReader& reader() {
    static const TextReader one;
    return one;
}

std::vector<std::string> lines_of(const Canvas& canvas) {
    return reader().read(canvas.frame()).lines;
}

TEST(ScreenText, IsReadInEveryCellAndColour) {
    const std::u32string ascii =
        U"!\"#$%&'()*+,-./"
        U"0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz"
        U"{|}~";
    Canvas canvas{1024, 768};
    std::vector<std::string> written;
    for (unsigned row = 0; row < 48; ++row) {
        std::u32string text;
        for (unsigned column = 0; column < 128; ++column)
            text += ascii[(row * 7 + column) % ascii.size()];
        const auto shade = static_cast<std::uint8_t>(row * 5);
        canvas.write(row, 0, text, {{255, shade, 0}, {0, shade, 170}});
        written.emplace_back(text.begin(), text.end());
    }
    EXPECT_EQ(lines_of(canvas), written);
}

TEST(ScreenText, OfTheVgasTextModeHasCellsOfNineDots) {
    Canvas canvas{720, 400, 9};
    canvas.write(0, 0, U"GRUB loading.");
    canvas.write(24, 67, U"at the corner");
    const auto lines = lines_of(canvas);
    ASSERT_EQ(lines.size(), 25U);
    EXPECT_EQ(lines.front(), "GRUB loading.");
    EXPECT_EQ(lines.back(), std::string(67, ' ') + "at the corner");
}

TEST(ScreenText, MayBeInverseAndHaveACursor) {
    Canvas canvas{640, 400};
    canvas.write(0, 0, U"Which disk?");
    canvas.cursor(0, 12);
    canvas.write(1, 0, U"password");
    canvas.cursor(1, 1);
    canvas.write(2, 0, U" Yes ", {{0, 0, 0}, {170, 170, 170}});
    canvas.draw({~0ULL, ~0ULL, 0}, 3, 0);
    EXPECT_THAT(lines_of(canvas), ElementsAre("Which disk?", "password", " Yes"));
}

TEST(ScreenText, OfAConsoleThatIsCentredIsFound) {
    Canvas canvas{1364, 776, 8, 2, 4};
    canvas.write(0, 0, U"Loading kernel...");
    EXPECT_THAT(lines_of(canvas), ElementsAre("Loading kernel..."));
}

TEST(ScreenText, WithALogoKeepsItsWords) {
    Canvas canvas{640, 480};
    for (unsigned y = 0; y < 32; ++y)
        for (unsigned x = 0; x < 16; ++x)
            canvas.dot(x, y, {static_cast<std::uint8_t>(x * y), static_cast<std::uint8_t>(y), 9});
    canvas.write(3, 0, U"a penguin above");
    EXPECT_THAT(lines_of(canvas),
                ElementsAre("\uFFFD\uFFFD", "\uFFFD\uFFFD", "", "a penguin above"));
}

TEST(ScreenText, IsNotInAPicture) {
    Canvas gradient{800, 600};
    Canvas stripes{800, 600};
    for (unsigned y = 0; y < 600; ++y)
        for (unsigned x = 0; x < 800; ++x) {
            gradient.dot(x, y, {static_cast<std::uint8_t>(x), static_cast<std::uint8_t>(y), 0});
            stripes.dot(x, y, x / 100 % 2 == 0 ? Colour{} : Colour{255, 255, 255});
        }
    EXPECT_THAT(lines_of(gradient), IsEmpty());
    EXPECT_THAT(lines_of(stripes), IsEmpty());
    EXPECT_THAT(lines_of(Canvas{1, 1}), IsEmpty());
    EXPECT_THAT(reader().read({}).lines, IsEmpty());
}

// Whatever drawing a font has for a letter, no other font has it for another one.
TEST(ScreenText, OfEveryInstalledFontIsRead) {
    std::vector<Glyph> ascii = installed_glyphs();
    std::erase_if(ascii, [](const Glyph& glyph) {
        return glyph.character <= U' ' || glyph.character > U'~';
    });
    ASSERT_GT(ascii.size(), 1000U) << "no console fonts are installed";
    Canvas canvas{1600, static_cast<unsigned>(ascii.size() / 200 + 1) * 16};
    std::vector<std::string> written(1);
    for (unsigned at = 0; at < ascii.size(); ++at) {
        canvas.draw(ascii[at], at / 200, at % 200);
        if (at > 0 && at % 200 == 0)
            written.emplace_back();
        written.back() += static_cast<char>(ascii[at].character);
    }
    EXPECT_EQ(lines_of(canvas), written);
}

TEST(ScreenText, HasTheWordsOfTheDialogInFront) {
    Canvas canvas{640, 400};
    canvas.write(0, 0, U"an installer");
    canvas.write(2, 10, U"┌─────────┤ Which disk? ├─────────┐");
    canvas.write(3, 10, U"│ All data on it will be lost.    │");
    canvas.write(4, 10, U"│   ┌──────────────┐              │");
    canvas.write(5, 10, U"│   │ sda   10 GB  │              │");
    canvas.write(6, 10, U"│   └──────────────┘              │");
    canvas.write(7, 10, U"│   <Go Back>        <Continue>   │");
    canvas.write(8, 10, U"└─────────────────────────────────┘");
    const ScreenText text = reader().read(canvas.frame());
    EXPECT_TRUE(text.has_dialog);
    EXPECT_THAT(text.last_words, ElementsAre("Which disk?", "All data on it will be lost.",
                                             "sda   10 GB", "<Go Back>        <Continue>"));
}

TEST(ScreenText, ABoxWithoutAButtonIsNoDialogThatAsks) {
    Canvas canvas{640, 400};
    canvas.write(2, 10, U"┌──┤ [!!] Loading ├───┐");
    canvas.write(3, 10, U"│ 42%  libc6.udeb     │");
    canvas.write(4, 10, U"└─────────────────────┘");
    const ScreenText text = reader().read(canvas.frame());
    EXPECT_FALSE(text.has_dialog);
    EXPECT_THAT(text.last_words, ElementsAre("[!!] Loading", "42%  libc6.udeb"));
}

TEST(ScreenText, WithoutADialogSaysLastWhatItsLastLinesSay) {
    Canvas canvas{640, 400};
    for (unsigned row = 0; row < 20; ++row)
        canvas.write(row, 2, U"line " + std::u32string{U'a' + row});
    const ScreenText text = reader().read(canvas.frame());
    EXPECT_FALSE(text.has_dialog);
    EXPECT_THAT(text.last_words, ElementsAre("line m", "line n", "line o", "line p", "line q",
                                             "line r", "line s", "line t"));
}

// psf(5): the first glyph is A and 0x391, the second is drawn for a sequence, the third is B.
const std::string dots_of_a{"\x10\x38\x6c\xc6\xc6\xfe\xc6\xc6\x01\x02\x03\x04\x05\x06\x07\x08", 16};

TEST(PsfFont, OfTheFirstVersionTellsItsCharacters) {
    const std::string font = "\x36\x04\x02\x10" + dots_of_a + std::string(255 * 16, '\x7f') +
                             "\x41\0\x91\x03\xff\xff\xfe\xff\x43\0\x44\0\xff\xff\x42\0\xff\xff"s;
    const Glyph blot{0x7f7f7f7f7f7f7f7f, 0x7f7f7f7f7f7f7f7f, U'B'};
    EXPECT_THAT(psf_glyphs(font),
                ElementsAre(Glyph{0x10386cc6c6fec6c6, 0x0102030405060708, U'A'},
                            Glyph{0x10386cc6c6fec6c6, 0x0102030405060708, U'Α'}, blot));
}

TEST(PsfFont, OfTheSecondVersionTellsItsCharacters) {
    const std::string font =
        "\x72\xb5\x4a\x86\0\0\0\0\x20\0\0\0\1\0\0\0\1\0\0\0\x10\0\0\0\x10\0\0\0\x8\0\0\0"s +
        dots_of_a + "\x41\xce\x91\xfe\x43\xff";
    EXPECT_THAT(psf_glyphs(font), ElementsAre(Glyph{0x10386cc6c6fec6c6, 0x0102030405060708, U'A'},
                                              Glyph{0x10386cc6c6fec6c6, 0x0102030405060708, U'Α'}));
}

TEST(PsfFont, ThatIsBrokenOrOfAnotherSizeHasNoGlyphs) {
    EXPECT_THAT(psf_glyphs(""), IsEmpty());
    EXPECT_THAT(psf_glyphs("\x36\x04\x02"), IsEmpty());
    EXPECT_THAT(psf_glyphs("\x36\x04\x02\x10" + dots_of_a), IsEmpty());
    EXPECT_THAT(psf_glyphs("\x36\x04\x02\x08" + std::string(8192, '\0')), IsEmpty());
    EXPECT_THAT(psf_glyphs("\x72\xb5\x4a\x86"), IsEmpty());
    EXPECT_THAT(
        psf_glyphs(
            "\x72\xb5\x4a\x86\0\0\0\0\xff\xff\xff\xff\1\0\0\0\xff\xff\0\0\x10\0\0\0\x10\0\0\0\x8\0\0\0"s),
        IsEmpty());
    EXPECT_THAT(vga_glyphs(std::string(65536, '\0')), IsEmpty());
}

/// Screens that QEMU really showed, with what the same guest wrote on its serial port, or a person
/// read.
class RealScreen : public testing::TestWithParam<const char*> {
protected:
    static Frame frame_of(const std::string& file) {
        png_image image{};
        image.version = PNG_IMAGE_VERSION;
        EXPECT_NE(png_image_begin_read_from_file(&image, file.c_str()), 0) << image.message;
        image.format = PNG_FORMAT_RGB;
        Frame frame{.width = image.width, .height = image.height, .pixels = {}};
        frame.pixels.resize(PNG_IMAGE_SIZE(image));
        EXPECT_NE(png_image_finish_read(&image, nullptr, frame.pixels.data(), 0, nullptr), 0);
        return frame;
    }
};

TEST_P(RealScreen, IsReadWithoutAnError) {
    const std::string name = TEST_DATA "/screens/"s + GetParam();
    std::string text;
    for (const std::string& line : reader().read(frame_of(name + ".png")).lines)
        text += line + "\n";
    EXPECT_EQ(text, read_file(name + ".txt"));
}

INSTANTIATE_TEST_SUITE_P(Recorded, RealScreen,
                         testing::Values("panic-text-mode", "panic-vesafb", "no-bootable-device",
                                         "boot-rescue", "newt-dialog", "curses-dialog"));

}  // namespace
}  // namespace glinda::screen
