#pragma once

#include <chrono>
#include <filesystem>
#include <memory>

#include "glinda/screen/frame.hpp"

namespace glinda::screen {

/// What a VNC server on a UNIX socket shows now.
/// @throws Error (environment) if it cannot be reached or breaks off, (timeout) if it has not sent
///         a whole picture within `timeout`.
[[nodiscard]] Frame capture(const std::filesystem::path& socket,
                            std::chrono::milliseconds timeout = std::chrono::seconds{5});

/// Follows what a VNC server on a UNIX socket shows.
class Viewer {
public:
    /// @throws Error (environment) if the server cannot be reached within `timeout`.
    explicit Viewer(const std::filesystem::path& socket,
                    std::chrono::milliseconds timeout = std::chrono::seconds{5});
    Viewer(const Viewer&) = delete;
    Viewer& operator=(const Viewer&) = delete;
    ~Viewer();

    /// Waits for a change of the screen until `deadline`; whether there is one. The server sends
    /// what has changed since the last call in one piece: who calls less often costs it less.
    /// @throws Error (environment) once the server is gone or the viewer is closed.
    [[nodiscard]] bool wait(std::chrono::steady_clock::time_point deadline);

    /// The screen as the last wait() has left it; empty before the first change.
    [[nodiscard]] Frame frame() const;

    /// Ends a wait() of another thread.
    void close() noexcept;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace glinda::screen
