#include "terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "glinda/util/text.hpp"

namespace glinda::cli {
namespace {

using namespace std::chrono_literals;

struct Extent {
    std::size_t columns = 80;
    std::size_t rows = 24;
};

Extent terminal_extent() {
    winsize size{};
    if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 20 || size.ws_row < 4)
        return {};
    return {size.ws_col, size.ws_row};
}

/// The lines of a screen between its first and its last that are not blank.
std::vector<std::string> without_margins(const std::vector<std::string>& lines) {
    const auto is_blank = [](const std::string& line) { return trim(line).empty(); };
    const auto first = std::find_if_not(lines.begin(), lines.end(), is_blank);
    const auto last = std::find_if_not(lines.rbegin(), std::make_reverse_iterator(first), is_blank);
    return {first, last.base()};
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
    if (verbosity_ >= 2)
        start_ticker();
}

void Terminal::start_ticker() {
    if (kind_ == Kind::plain || ticker_.joinable())
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
    advance_ = {};
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

void Terminal::advance(const Advance& how_far) {
    const std::lock_guard guard{mutex_};
    advance_ = how_far;
}

void Terminal::show_screen() {
    const std::lock_guard guard{mutex_};
    shows_screen_ = true;
    start_ticker();
}

void Terminal::screen(const std::vector<std::string>& lines) {
    const std::lock_guard guard{mutex_};
    if (!shows_screen_)
        return;
    std::vector<std::string> before = std::exchange(screen_, without_margins(lines));
    if (kind_ == Kind::live) {
        draw();
        return;
    }
    // A log gets what is new; what scrolls is not repeated.
    for (const std::string& text : screen_)
        if (!trim(text).empty() && std::ranges::find(before, text) == before.end())
            line(format("{:>11}  | {}", "", printable(text)));
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
    screen_.clear();
    erase();
}

void Terminal::line(std::string_view text) {
    erase();
    fmt::print(stderr, "{}\n", text);
    draw();
}

std::string Terminal::status() const {
    const auto elapsed =
        std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start_);
    std::string text = format("{:>11}  {}", to_text(elapsed), phase_);
    if (advance_.step)
        text += format(" {} %", *advance_.step);
    if (advance_.done)
        text +=
            format("  ({:.0f} % of all, {} left)", *advance_.done * 100, to_text(advance_.left));
    return text + "  " + now_;
}

void Terminal::draw() {
    if (kind_ == Kind::plain || (verbosity_ < 2 && !shows_screen_) || phase_.empty())
        return;
    erase();
    drawn_ = Clock::now();
    const Extent extent = terminal_extent();
    std::string text{fitting(status(), extent.columns - 1)};
    below_ = std::min(screen_.size(), extent.rows - 2);
    for (std::size_t at = screen_.size() - below_; at < screen_.size(); ++at)
        text += format("\n{}", fitting(printable(screen_[at]), extent.columns - 1));
    fmt::print(stderr, "{}", text);
}

void Terminal::erase() {
    if (kind_ != Kind::live)
        return;
    fmt::print(stderr, "\r");
    if (below_ > 0)
        fmt::print(stderr, "\x1b[{}A", below_);
    fmt::print(stderr, "\x1b[J");
    below_ = 0;
}

}  // namespace glinda::cli
