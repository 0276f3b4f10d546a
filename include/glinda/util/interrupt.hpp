#pragma once

#include <csignal>
#include <stop_token>
#include <thread>

namespace glinda {

/// Turns SIGINT, SIGTERM and SIGHUP into a stop request. To be made in main() before any other
/// thread, as threads inherit what is blocked; there is one in a program.
class Interrupt {
public:
    Interrupt();
    Interrupt(const Interrupt&) = delete;
    Interrupt& operator=(const Interrupt&) = delete;
    ~Interrupt();

    /// Stops when a signal came.
    [[nodiscard]] std::stop_token token() const noexcept { return source_.get_token(); }

private:
    sigset_t before_{};
    std::stop_source source_;
    std::thread listener_;
};

}  // namespace glinda
