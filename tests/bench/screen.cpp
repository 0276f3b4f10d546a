// How long it takes to read a text screen of 1024 × 768, and to keep its picture: on a console that
// is full of text, the slowest there is. screen.sh builds and runs it.

#include <fmt/core.h>

#include <algorithm>
#include <chrono>

#include "glinda/screen/text.hpp"

namespace {

using namespace glinda::screen;
using Clock = std::chrono::steady_clock;

/// A console full of letters, drawn from the host's own fonts.
Frame full_console(const std::vector<Glyph>& glyphs) {
    Frame frame{.width = 1024, .height = 768, .pixels = std::vector<std::uint8_t>(1024 * 768 * 3)};
    std::size_t next = 0;
    for (unsigned y = 0; y < frame.height; y += 16)
        for (unsigned x = 0; x < frame.width; x += 8) {
            while (glyphs[next % glyphs.size()].character < U'a' ||
                   glyphs[next % glyphs.size()].character > U'z')
                ++next;
            const Glyph& glyph = glyphs[next++ % glyphs.size()];
            for (unsigned dot = 0; dot < 128; ++dot) {
                const std::uint64_t half = dot < 64 ? glyph.upper : glyph.lower;
                if ((half >> (63 - dot % 64) & 1U) == 0)
                    continue;
                const std::size_t at = (std::size_t{y + dot / 8} * frame.width + x + dot % 8) * 3;
                std::fill_n(frame.pixels.begin() + static_cast<std::ptrdiff_t>(at), 3, 170);
            }
        }
    return frame;
}

template <typename Work>
void measure(const char* name, Work work) {
    std::vector<double> times;
    for (int round = 0; round < 51; ++round) {
        const Clock::time_point start = Clock::now();
        work();
        times.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
    }
    std::ranges::sort(times);
    fmt::print("{}: {:.2f} ms (median of {}), {:.2f} ms at most\n", name, times[25], times.size(),
               times.back());
}

}  // namespace

int main() {
    const std::vector<Glyph> glyphs = installed_glyphs();
    const Frame frame = full_console(glyphs);
    const TextReader reader{glyphs};
    if (reader.read(frame).lines.size() != 48) {
        fmt::print(stderr, "the screen is not read\n");
        return 1;
    }
    measure("reading 1024 x 768", [&] { return reader.read(frame); });
    measure("its PNG", [&] { return to_png(frame); });
    return 0;
}
