#pragma once

#include <chrono>
#include <filesystem>

#include "glinda/screen/frame.hpp"

namespace glinda::screen {

/// What a VNC server on a UNIX socket shows now.
/// @throws Error (environment) if it cannot be reached or breaks off, (timeout) if it has not sent
///         a whole picture within `timeout`.
[[nodiscard]] Frame capture(const std::filesystem::path& socket,
                            std::chrono::milliseconds timeout = std::chrono::seconds{5});

}  // namespace glinda::screen
