#pragma once

#include <string>

#include "glinda/screen/text.hpp"
#include "glinda/util/process.hpp"

namespace glinda::screen {

/// Whether the frame has more than one colour.
[[nodiscard]] bool is_picture(const Frame& frame);

/// The words in a picture, a PNG, as the program `tesseract` takes them to be: some are wrong, and
/// it needs seconds.
/// @throws Error (environment) if it is not installed or fails, (timeout), (cancelled).
[[nodiscard]] ScreenText recognise(const std::string& png, Runner& runner);

}  // namespace glinda::screen
