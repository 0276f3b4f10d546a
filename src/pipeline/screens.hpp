#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <thread>
#include <vector>

#include "glinda/report/build_folder.hpp"
#include "glinda/screen/frame.hpp"
#include "glinda/screen/text.hpp"
#include "glinda/screen/vnc.hpp"
#include "glinda/util/process.hpp"
#include "glinda/watch/watch.hpp"

namespace glinda::pipeline {

/// The pictures of a build in its folder, each with its text in a file beside it: a bounded number,
/// of bounded size, spread evenly over the build's time.
class Film {
public:
    using Clock = std::chrono::steady_clock;

    explicit Film(report::BuildFolder& folder) : folder_{folder} {}

    /// Keeps a picture of a screen that is changing, unless the last one is too young.
    void add_moving(const screen::Frame& frame, const screen::ScreenText& text,
                    Clock::time_point at);
    /// Keeps a picture, unless it is the last one.
    void add(const screen::Frame& frame, const screen::ScreenText& text, Clock::time_point at);

    /// The newest picture, in the build's folder; empty if there is none.
    [[nodiscard]] std::filesystem::path newest() const;

private:
    struct Picture {
        std::filesystem::path name;
        std::size_t bytes = 0;
    };
    void thin();

    report::BuildFolder& folder_;
    std::vector<Picture> pictures_;
    screen::Frame shown_;  ///< on the newest
    unsigned count_ = 0;
    std::size_t bytes_ = 0;
    Clock::time_point last_;
    Clock::duration interval_ = std::chrono::seconds{2};  ///< of a changing screen's pictures
};

/// Follows a guest's screen in a thread of its own: keeps pictures of it, and hands on what is
/// written on it.
class Screens {
public:
    /// Both are called in the thread.
    struct Listeners {
        std::function<void(const std::vector<std::string>&)> on_change;  ///< with the lines
        std::function<void(watch::ScreenText)> on_still;  ///< with what has stood for a while
    };

    /// `socket` is that of the VNC server; empty: there is none.
    Screens(std::filesystem::path socket, report::BuildFolder& folder, Runner& runner,
            Listeners listeners);

    /// The last screen: its picture and its text, in the build's folder; either may be missing.
    struct Last {
        std::filesystem::path picture;
        std::filesystem::path text;
        watch::ScreenText words;
    };
    /// Ends the thread, and keeps the screen as it is now, or was when it was last seen.
    [[nodiscard]] Last finish();

private:
    struct Look {
        screen::Frame frame;
        screen::ScreenText text;
    };
    void follow(const std::stop_token& stop);
    void follow(screen::Viewer& viewer, const std::stop_token& stop);
    void look_at(screen::Frame frame);
    void stand_still();
    [[nodiscard]] screen::ScreenText read(const screen::Frame& frame);
    [[nodiscard]] screen::ScreenText recognise(const screen::Frame& frame);

    std::filesystem::path socket_;
    report::BuildFolder& folder_;
    Runner& runner_;
    Listeners listeners_;
    // The thread's own until it has ended.
    Film film_;
    std::optional<screen::TextReader> reader_;
    Look seen_;
    Film::Clock::time_point changed_;
    bool told_ = true;
    Film::Clock::time_point next_recognition_;
    std::jthread thread_;  ///< last, as it uses the others
};

}  // namespace glinda::pipeline
