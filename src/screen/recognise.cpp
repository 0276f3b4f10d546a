#include "glinda/screen/recognise.hpp"

#include <algorithm>

#include "glinda/util/text.hpp"

namespace glinda::screen {

bool is_picture(const Frame& frame) {
    // Each byte is that of the pixel before.
    return frame.pixels.size() > 3 &&
           !std::equal(frame.pixels.begin() + 3, frame.pixels.end(), frame.pixels.begin());
}

ScreenText recognise(const std::string& png, Runner& runner) {
    // Words are anywhere on an installer's page, not in columns (--psm 11: sparse text).
    const std::string output =
        runner.output_of({.argv = {"tesseract", "stdin", "stdout", "--psm", "11"},
                          .input = png,
                          .variables = {"OMP_THREAD_LIMIT=1"},
                          .timeout = std::chrono::minutes{1}});
    ScreenText text;
    const std::string words = printable(output);
    for (const std::string_view line : split(words, '\n'))
        if (!trim(line).empty())
            text.lines.emplace_back(trim(line));
    text.last_words = text.lines;
    return text;
}

}  // namespace glinda::screen
