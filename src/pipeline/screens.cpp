#include "screens.hpp"

#include "glinda/screen/recognise.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/pause.hpp"
#include "glinda/util/text.hpp"

namespace glinda::pipeline {
namespace {

namespace fs = std::filesystem;
using Clock = Film::Clock;
using namespace std::chrono_literals;

/// A screen that scrolls is looked at so often, not for each of its lines.
constexpr auto shortest_pause = 1s;
/// Text that has not changed for so long stands still. (A cursor that blinks is no change of text.)
constexpr auto still_after = 2s;
/// At so many pictures, or bytes of them, every second one goes.
constexpr std::size_t most_pictures = 48;
constexpr std::size_t most_bytes = 8U << 20U;
/// Reading a picture takes a processor seconds: it may take this share of the time.
constexpr int recognition_share = 100;

fs::path text_of(const fs::path& picture) {
    return fs::path{picture}.replace_extension(".txt");
}

watch::ScreenText to_watch(screen::ScreenText text) {
    return {std::move(text.lines), std::move(text.last_words), text.has_dialog};
}

}  // namespace

void Film::add_moving(const screen::Frame& frame, const screen::ScreenText& text,
                      Clock::time_point at) {
    if (pictures_.empty() || at - last_ >= interval_)
        add(frame, text, at);
}

void Film::add(const screen::Frame& frame, const screen::ScreenText& text, Clock::time_point at) {
    if (frame == shown_ || !screen::is_picture(frame))
        return;
    while (pictures_.size() > 1 && (pictures_.size() >= most_pictures || bytes_ > most_bytes))
        thin();
    const std::string png = screen::to_png(frame);
    const fs::path name = format("screens/{:04}.png", ++count_);
    folder_.write(name, png);
    if (!text.lines.empty())
        folder_.write(text_of(name), join(text.lines, "\n") + "\n");
    folder_.add_event("screen", name);
    pictures_.push_back({name, png.size()});
    bytes_ += png.size();
    shown_ = frame;
    last_ = at;
}

fs::path Film::newest() const {
    return pictures_.empty() ? fs::path{} : folder_.path() / pictures_.back().name;
}

void Film::thin() {
    std::vector<Picture> kept;
    bytes_ = 0;
    for (std::size_t at = 0; at < pictures_.size(); ++at) {
        if (at % 2 == 0) {
            bytes_ += pictures_[at].bytes;
            kept.push_back(std::move(pictures_[at]));
            continue;
        }
        std::error_code none;
        fs::remove(folder_.path() / pictures_[at].name, none);
        fs::remove(folder_.path() / text_of(pictures_[at].name), none);
    }
    pictures_ = std::move(kept);
    interval_ *= 2;
}

Screens::Screens(fs::path socket, report::BuildFolder& folder, Runner& runner, Listeners listeners)
    : socket_{std::move(socket)},
      folder_{folder},
      runner_{runner},
      listeners_{std::move(listeners)},
      film_{folder},
      thread_{[this](const std::stop_token& stop) {
          try {
              follow(stop);
          } catch (const std::exception&) {
              // The guest ends, or the build: there is nothing more to see. Whatever else it is,
              // the build goes on without pictures, and looks once more at its end.
          }
      }} {}

Screens::Last Screens::finish() {
    thread_.request_stop();
    if (thread_.joinable())
        thread_.join();
    try {
        if (!socket_.empty())
            seen_.frame = screen::capture(socket_);
    } catch (const Error& error) {
        if (seen_.frame.pixels.empty())
            folder_.add_event("warning", format("no picture of the screen: {}", error.what()));
    }
    Last last;
    try {
        seen_.text = read(seen_.frame);
        if (seen_.text.lines.empty() && screen::is_picture(seen_.frame))
            seen_.text = screen::recognise(screen::to_png(seen_.frame), runner_);
    } catch (const Error& error) {
        folder_.add_event("warning", format("the screen cannot be read: {}", error.what()));
    }
    film_.add(seen_.frame, seen_.text, Clock::now());
    if (listeners_.on_change)
        listeners_.on_change(seen_.text.lines);
    last.picture = film_.newest();
    if (!last.picture.empty() && fs::exists(text_of(last.picture)))
        last.text = text_of(last.picture);
    last.words = to_watch(std::move(seen_.text));
    return last;
}

void Screens::follow(const std::stop_token& stop) {
    if (socket_.empty())
        return;
    while (!stop.stop_requested()) {
        screen::Viewer viewer{socket_};  // throws once the guest is gone
        const std::stop_callback close{stop, [&viewer] { viewer.close(); }};
        try {
            follow(viewer, stop);
        } catch (const Error&) {
            // libvncclient 0.9.14 gives up where QEMU's screen gets larger ("Rect too large").
            pause(shortest_pause, stop);  // the server gathers changes meanwhile
        }
    }
}

void Screens::follow(screen::Viewer& viewer, const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        if (viewer.wait(told_ ? Clock::time_point::max() : changed_ + still_after))
            look_at(viewer.frame());
        if (!told_ && Clock::now() >= changed_ + still_after)
            stand_still();
        else
            pause(shortest_pause, stop);  // the server gathers changes meanwhile
    }
}

void Screens::look_at(screen::Frame frame) {
    screen::ScreenText text = read(frame);
    const bool is_text = !text.lines.empty();
    const bool changed = is_text ? text != seen_.text : frame != seen_.frame;
    seen_.frame = std::move(frame);
    if (!changed)
        return;
    seen_.text = std::move(text);
    changed_ = Clock::now();
    told_ = false;
    if (listeners_.on_change)
        listeners_.on_change(seen_.text.lines);
    film_.add_moving(seen_.frame, seen_.text, changed_);
}

void Screens::stand_still() {
    if (seen_.text.lines.empty() && screen::is_picture(seen_.frame)) {
        if (Clock::now() < next_recognition_) {
            changed_ = Clock::now();  // later, if it still stands then
            return;
        }
        seen_.text = recognise(seen_.frame);
        if (listeners_.on_change)
            listeners_.on_change(seen_.text.lines);
    }
    told_ = true;
    film_.add(seen_.frame, seen_.text, Clock::now());
    if (!seen_.text.lines.empty())
        listeners_.on_still(to_watch(seen_.text));
}

screen::ScreenText Screens::read(const screen::Frame& frame) {
    if (!reader_)
        reader_.emplace();
    return reader_->read(frame);
}

/// Without the program that reads pictures they are kept unread.
screen::ScreenText Screens::recognise(const screen::Frame& frame) {
    const Clock::time_point start = Clock::now();
    screen::ScreenText text;
    try {
        text = screen::recognise(screen::to_png(frame), runner_);
    } catch (const Error&) {
        next_recognition_ = Clock::time_point::max();
        return {};
    }
    next_recognition_ = Clock::now() + (Clock::now() - start) * recognition_share;
    return text;
}

}  // namespace glinda::pipeline
