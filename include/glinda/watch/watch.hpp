#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace glinda::watch {

using Clock = std::chrono::steady_clock;

/// A line that the guest wrote on its console.
struct ConsoleLine {
    std::string text;
};
/// A line of the installer's own log.
struct LogLine {
    std::string text;
};
/// What is written on the guest's screen, now that it stands still.
struct ScreenText {
    std::vector<std::string> lines{};
    std::vector<std::string> last_words{};  ///< of the dialog in front, or the last lines
    bool has_dialog = false;
};
/// The guest switched itself off.
struct PoweredOff {};
/// The guest started anew, which ended the virtual machine.
struct Reset {};
/// The guest started anew in the same virtual machine.
struct Restarted {};
/// The guest's kernel panicked.
struct Panicked {};
/// The virtual machine is gone without the guest's doing.
struct Stopped {
    std::string detail;
};
/// The host could not serve the guest's disk, which is halted now.
struct DiskError {
    std::string reason;  ///< "enospc" if the host's disk is full
};
/// How much the guest did since its start.
struct Activity {
    std::chrono::nanoseconds cpu{};
    std::uint64_t disk_requests = 0;
};
/// Nothing happened, but time passed.
struct Tick {};

using Signal = std::variant<ConsoleLine, LogLine, ScreenText, PoweredOff, Reset, Restarted,
                            Panicked, Stopped, DiskError, Activity, Tick>;

enum class Outcome {
    finished,  ///< with proof
    failed,    ///< the installer or the guest did
    host_failed,
    looping,    ///< it starts again and again
    asking,     ///< the screen shows a question, and nothing moves
    hung,       ///< nothing moves
    timed_out,  ///< it still worked when its time was over
};

/// How the installation ended, and why.
struct Verdict {
    Outcome outcome = Outcome::finished;
    std::string cause;       ///< in plain words
    std::string remedy{};    ///< what to do; may be empty
    std::string evidence{};  ///< the line that decided; may be empty
    bool known = false;      ///< a FailurePattern told the cause
    /// Where the answer file is concerned: the number of a line, or a pattern that finds one; may
    /// be empty. See FailurePattern.
    std::string answer{};
    /// The place of the FailurePattern, of which the first are more exact; `still` ones come last.
    std::size_t rank = 0;
};

/// Whether a verdict is on the same failure as one that came before it, but more exact.
[[nodiscard]] bool is_more_exact(const Verdict& verdict, const Verdict& before);

/// The word for an outcome in files that programs read: "finished", "timed out" …
[[nodiscard]] std::string_view name_of(Outcome outcome);

/// The number, from 1, of the line of an answer file that a verdict's `answer` means.
[[nodiscard]] std::optional<std::size_t> answer_line(const std::string& answer,
                                                     std::string_view text);

/// A pattern (PCRE) on lines of log, console and screen, and what it means.
struct FailurePattern {
    std::string pattern;
    std::string cause;  ///< $1 … $9 stand for the groups of the pattern
    std::string remedy;
    /// `still`: programs go on after such words, so that these decide only if they are the last.
    enum class When { seen, still };
    When when = When::seen;
    /// The same of Verdict, with $1 … $9; what stands for them is taken literally.
    std::string answer{};
};
struct PhasePattern {
    std::string name;
    std::string pattern;
};

struct Rules {
    std::string success_pattern{};  ///< a line of the log that proves success
    std::vector<PhasePattern> phases{};
    /// How far the installer says that it is: the first group is per cent, or a count of as many as
    /// the second group says.
    std::vector<std::string> advances{};
    std::vector<FailurePattern> failures{};
    std::chrono::seconds install_timeout{};
    std::chrono::seconds inactivity_timeout{};
};

/// Judges an installation by its signals. It reads no clock and waits for nothing: the time comes
/// with each signal.
class Watch {
public:
    /// @throws Error (environment) if a pattern is no regular expression.
    Watch(Rules rules, Clock::time_point start);
    Watch(Watch&&) noexcept;
    Watch& operator=(Watch&&) noexcept;
    ~Watch();

    /// The verdict, once there is one. To be called with a Tick at deadline() at the latest.
    [[nodiscard]] std::optional<Verdict> observe(const Signal& signal, Clock::time_point at);

    /// The same for what stands at the end of the console without a line break, and has for a
    /// while. It is no sign of life.
    [[nodiscard]] std::optional<Verdict> observe_prompt(const std::string& text) const;

    /// What such a text tells of percent().
    void observe_advance(const std::string& text);

    /// A verdict with what the screen says of its cause: a known failure, or else its last words.
    /// For the screen that was there at the end; of two known causes the more exact one counts.
    [[nodiscard]] Verdict explained(Verdict verdict, const ScreenText& screen) const;

    /// When the next verdict may be due without any signal.
    [[nodiscard]] Clock::time_point deadline() const noexcept;

    /// The phase that the installer is in; empty before the first.
    [[nodiscard]] const std::string& phase() const noexcept;
    /// When that phase began.
    [[nodiscard]] Clock::time_point phase_began() const noexcept;
    /// How far the installer says that it is with what it does now, in per cent.
    [[nodiscard]] std::optional<int> percent() const noexcept;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace glinda::watch
