#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "glinda/util/progress.hpp"

namespace glinda::cli {

/// Shows progress on standard error: on a terminal one live line below the lines that stay, perhaps
/// with the guest's screen under it, else plain lines.
class Terminal : public Progress {
public:
    enum class Kind { live, plain };

    /// `verbosity` is that of Options.
    Terminal(Kind kind, int verbosity);
    ~Terminal() override;

    /// What standard error is; NO_COLOR does not matter, as no colour is used.
    [[nodiscard]] static Kind kind_of_stderr();

    void phase(std::string_view name) override;
    void now(std::string_view what) override;
    void advance(const Advance& how_far) override;
    void screen(const std::vector<std::string>& lines) override;
    void info(std::string_view message) override;
    void warning(std::string_view message) override;
    void debug(std::string_view message) override;

    /// From now on the guest's screen is shown, too.
    void show_screen();

    /// Removes what is live; it comes back with the next phase.
    void clear();

private:
    using Clock = std::chrono::steady_clock;
    void start_ticker();
    void line(std::string_view text);
    [[nodiscard]] std::string status() const;
    void draw();
    void erase();

    const Kind kind_;
    const int verbosity_;
    const Clock::time_point start_ = Clock::now();
    std::mutex mutex_;
    std::string phase_;
    std::string now_;
    Advance advance_;
    bool shows_screen_ = false;
    std::vector<std::string> screen_;
    std::size_t below_ = 0;  ///< lines that are drawn below the first live one
    Clock::time_point drawn_;
    std::condition_variable_any changed_;
    std::jthread ticker_;  ///< lets the elapsed time run; last, as it uses the others
};

}  // namespace glinda::cli
