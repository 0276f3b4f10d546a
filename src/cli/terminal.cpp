#include "terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "glinda/util/text.hpp"

namespace glinda::cli {
namespace {

using namespace std::chrono_literals;

std::size_t terminal_width() {
    winsize size{};
    if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 20)
        return 80;
    return size.ws_col;
}

/// At most `columns` columns of text, cut between UTF-8 characters.
std::string_view fitting(std::string_view text, std::size_t columns) {
    std::size_t end = 0;
    for (; end < text.size(); ++end) {
        const bool starts = (static_cast<unsigned char>(text[end]) & 0xc0U) != 0x80U;
        if (starts && columns-- == 0)
            break;
    }
    return text.substr(0, end);
}

}  // namespace

Terminal::Kind Terminal::kind_of_stderr() {
    const char* term = std::getenv("TERM");
    const bool able =
        ::isatty(STDERR_FILENO) == 1 && term != nullptr && std::string_view{term} != "dumb";
    return able ? Kind::live : Kind::plain;
}

Terminal::Terminal(Kind kind, int verbosity) : kind_{kind}, verbosity_{verbosity} {
    if (kind_ == Kind::plain || verbosity_ < 2)
        return;
    ticker_ = std::jthread{[this](const std::stop_token& stop) {
        std::unique_lock guard{mutex_};
        while (!stop.stop_requested()) {
            changed_.wait_for(guard, stop, 1s, [] { return false; });
            draw();
        }
    }};
}

Terminal::~Terminal() {
    ticker_ = {};
    clear();
}

void Terminal::phase(std::string_view name) {
    const std::lock_guard guard{mutex_};
    phase_ = name;
    now_.clear();
    if (verbosity_ >= 2)
        line(format(
            "{:>11}  {}",
            to_text(std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start_)),
            name));
}

void Terminal::now(std::string_view what) {
    const std::lock_guard guard{mutex_};
    now_ = printable(what);
    if (Clock::now() - drawn_ > 100ms)
        draw();
}

void Terminal::info(std::string_view message) {
    const std::lock_guard guard{mutex_};
    if (verbosity_ >= 2)
        line(format("             {}", message));
}

void Terminal::warning(std::string_view message) {
    const std::lock_guard guard{mutex_};
    if (verbosity_ >= 1)
        line(format("glinda: warning: {}", message));
}

void Terminal::debug(std::string_view message) {
    const std::lock_guard guard{mutex_};
    if (verbosity_ >= 3)
        line(message);
}

void Terminal::clear() {
    const std::lock_guard guard{mutex_};
    phase_.clear();
    erase();
}

void Terminal::line(std::string_view text) {
    erase();
    fmt::print(stderr, "{}\n", text);
    draw();
}

void Terminal::draw() {
    if (kind_ == Kind::plain || verbosity_ < 2 || phase_.empty())
        return;
    drawn_ = Clock::now();
    const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(drawn_ - start_);
    const std::string text = format("{:>11}  {}  {}", to_text(elapsed), phase_, now_);
    fmt::print(stderr, "\r\x1b[K{}", fitting(text, terminal_width() - 1));
}

void Terminal::erase() {
    if (kind_ == Kind::live)
        fmt::print(stderr, "\r\x1b[K");
}

}  // namespace glinda::cli
