#include "glinda/watch/watch.hpp"

#include <algorithm>
#include <array>

#include "glinda/util/text.hpp"
#include "pattern.hpp"

namespace glinda::watch {
namespace {

/// An idle guest under emulation still serves its timers; one that works takes more of a CPU.
constexpr double busy_share = 0.2;

/// How much sooner than the inactivity timeout a question on the screen is taken for one that
/// nobody answers: its screen says what a silent log does not.
constexpr int question_haste = 5;

/// A line that ends as a question does, or a prompt.
constexpr const char* prompt_pattern =
    R"((?i)(\? ?(\(.*\))? ?(\[[^\]]*\])?|\[[^\]]{1,12}\] ?[:>]|\((yes|no|y|n)[/|](yes|no|y|n)\)|press (enter|return|any key).*)[ :>]*$)";

/// A system that restarts while it is installed does it two or three times.
constexpr int most_restarts = 8;
/// One restart may be told of three times: SeaBIOS starts the machine anew twice more, at once.
constexpr std::chrono::seconds echo_time{3};
constexpr int most_echoes = 2;

/// As much of a screen as a message holds.
constexpr std::size_t longest_quote = 300;

struct Phase {
    std::string name;
    Pattern pattern;
};

struct Failure {
    Pattern pattern;
    std::string cause;
    std::string remedy;
    FailurePattern::When when;
    std::string answer;
};

/// What words tell, and whether they do at once.
struct Known {
    Verdict verdict;
    FailurePattern::When when;
};

/// The last words on a screen, as one line of a message.
std::string quote(const ScreenText& screen) {
    std::string words = join(screen.last_words, " / ");
    if (words.size() > longest_quote)
        words = printable(words.substr(0, longest_quote)) + " …";
    return words;
}

}  // namespace

struct Watch::State {
    State(Rules rules, Clock::time_point at)
        : start{at},
          last_move{at},
          install_timeout{rules.install_timeout},
          inactivity_timeout{rules.inactivity_timeout},
          question_timeout{inactivity_timeout / question_haste} {
        if (!rules.success_pattern.empty())
            success.emplace(rules.success_pattern);
        for (PhasePattern& known : rules.phases)
            phases.push_back({std::move(known.name), Pattern{known.pattern}});
        for (const std::string& pattern : rules.advances)
            advances.emplace_back(pattern);
        for (FailurePattern& failure : rules.failures)
            failures.push_back({Pattern{failure.pattern}, std::move(failure.cause),
                                std::move(failure.remedy), failure.when,
                                std::move(failure.answer)});
    }

    std::optional<Verdict> observe_line(const std::string& line, Clock::time_point at) {
        last_move = said = at;
        last_line = line;
        suspected.reset();
        proven = proven || (success && success->matches(line));
        const auto entered = std::ranges::find_if(
            phases, [&](const Phase& candidate) { return candidate.pattern.matches(line); });
        if (entered != phases.end() && phase != entered->name) {
            phase = entered->name;
            phase_began = at;
            percent.reset();
        }
        observe_advance(line);
        return decided(known_failure(line));
    }

    void observe_advance(const std::string& text) {
        for (const Pattern& advance : advances)
            if (const auto told = advance.numbers(text); told && told->first) {
                const std::uint64_t all = told->second.value_or(100);
                if (all > 0 && *told->first <= all)
                    percent = static_cast<int>(*told->first * 100 / all);
                return;
            }
    }

    /// `evidence` is what of the line is quoted: all, or what fits the pattern ("$0").
    [[nodiscard]] std::optional<Known> known_failure(const std::string& line,
                                                     const char* evidence = nullptr) const {
        for (std::size_t rank = 0; rank < failures.size(); ++rank) {
            const Failure& failure = failures[rank];
            if (auto cause = failure.pattern.expand(line, failure.cause))
                return Known{
                    {Outcome::failed, *std::move(cause), failure.remedy,
                     evidence == nullptr ? line : *failure.pattern.expand(line, evidence), true,
                     *failure.pattern.expand(line, failure.answer, Pattern::Groups::as_pattern),
                     failure.when == FailurePattern::When::still ? rank + failures.size() : rank},
                    failure.when};
        }
        return std::nullopt;
    }

    /// The most exact of what its lines tell, and its last words together, as they may be broken
    /// over several lines. What may be of no account must be the last line.
    [[nodiscard]] std::optional<Known> known_failure(const ScreenText& text) const {
        std::optional<Known> best;
        const auto consider = [&](std::optional<Known> known, bool is_last) {
            const bool counts = known && (is_last || known->when == FailurePattern::When::seen);
            if (counts && (!best || is_more_exact(known->verdict, best->verdict)))
                best = std::move(known);
        };
        for (const std::string& line : text.lines)
            consider(known_failure(line), false);
        if (!text.last_words.empty())
            consider(known_failure(text.last_words.back()), true);
        consider(known_failure(join(text.last_words, " "), "$0"), false);
        return best;
    }

    /// The verdict that is due now; one that may be of no account is kept in mind.
    std::optional<Verdict> decided(std::optional<Known> known) {
        if (!known)
            return std::nullopt;
        if (known->when == FailurePattern::When::seen)
            return std::move(known->verdict);
        suspected = std::move(known->verdict);
        return std::nullopt;
    }

    [[nodiscard]] bool is_question(const ScreenText& text) const {
        return text.has_dialog ||
               (!text.last_words.empty() && prompt.matches(text.last_words.back()));
    }

    /// The verdict on a question that nobody answers.
    [[nodiscard]] Verdict unanswered(const ScreenText& text) const {
        return {Outcome::asking,
                "the installer asks a question that nobody answers" + where() + ": " + quote(text),
                "answer it in the answer file", last_line};
    }

    std::optional<Verdict> observe_screen(const ScreenText& text, Clock::time_point at) {
        if (text.lines == screen.lines)
            return std::nullopt;
        screen = text;
        screen_since = at;
        for (const std::string& line : text.last_words)
            observe_advance(line);
        asks = is_question(text);
        suspected.reset();
        return decided(known_failure(text));
    }

    std::optional<Verdict> observe_restart(Clock::time_point at) {
        last_move = at;
        if (restarts > 0 && at - last_restart < echo_time && ++echoes <= most_echoes)
            return std::nullopt;
        echoes = 0;
        last_restart = at;
        if (++restarts <= most_restarts)
            return std::nullopt;
        return Verdict{
            Outcome::looping,
            format("the guest has started anew {} times, and the installer has not said "
                   "that it had finished{}",
                   restarts, where()),
            "look at the screen: either the installer starts each time, or a system that "
            "does not come up",
            last_line};
    }

    [[nodiscard]] std::string where() const {
        return phase.empty() ? "" : "; it was last at: " + phase;
    }

    /// Since when nothing moved that a question would keep still.
    [[nodiscard]] Clock::time_point still_since() const {
        return std::max(last_move, screen_since);
    }

    /// Since when nothing was said, shown, read or written. Boot loaders and firmware keep a
    /// processor busy while they wait for a key.
    [[nodiscard]] Clock::time_point quiet_since() const {
        return std::max({said, screen_since, last_request});
    }

    /// When a question, or words after which a guest may go on, are its last.
    [[nodiscard]] Clock::time_point given_up_at() const {
        Clock::time_point at = Clock::time_point::max();
        if (asks)
            at = std::min(still_since() + question_timeout, quiet_since() + inactivity_timeout);
        if (suspected)
            at = std::min(at, quiet_since() + question_timeout);
        return at;
    }

    void observe_activity(const Activity& activity, Clock::time_point at) {
        const auto cpu = std::chrono::duration<double>{activity.cpu - last_activity.cpu};
        const bool busy = cpu > busy_share * std::chrono::duration<double>{at - last_sample};
        const bool reads = activity.disk_requests != last_activity.disk_requests;
        if (reads)
            last_request = at;
        if (busy || reads)
            last_move = at;
        last_activity = activity;
        last_sample = at;
    }

    [[nodiscard]] Verdict ended(std::string_view how) const {
        if (proven)
            return {Outcome::finished, "", "", ""};
        return {
            Outcome::failed,
            format("the guest {} before the installer said that it had finished{}", how, where()),
            "look at the end of the console and of the installer's log", last_line};
    }

    [[nodiscard]] std::optional<Verdict> observe_time(Clock::time_point at) const {
        if (at - start >= install_timeout)
            return Verdict{Outcome::timed_out,
                           format("the installation did not end within {}{}",
                                  to_text(install_timeout), where()),
                           "raise timeouts.install (or -t) if it was still working", last_line};
        if (at >= given_up_at())
            return suspected ? *suspected : unanswered(screen);
        if (at - last_move >= inactivity_timeout)
            return Verdict{
                Outcome::hung,
                format("nothing moved for {}{}: the installer waits for something, most likely "
                       "for an answer to a question",
                       to_text(inactivity_timeout), where()),
                "look at the screen; the answer file must answer what is asked there", last_line};
        return std::nullopt;
    }

    Clock::time_point start;
    Clock::time_point last_move;
    Clock::time_point last_sample = last_move;
    Clock::time_point last_request = last_move;
    Clock::time_point said = last_move;  ///< the last line
    std::chrono::seconds install_timeout;
    std::chrono::seconds inactivity_timeout;
    std::chrono::seconds question_timeout;
    Clock::time_point screen_since = last_move;
    ScreenText screen;
    Pattern prompt{prompt_pattern};
    bool asks = false;
    int restarts = 0;
    int echoes = 0;  ///< of the last one
    Clock::time_point last_restart = last_move;
    std::optional<Verdict> suspected;  ///< unless the guest goes on
    std::optional<Pattern> success;
    std::vector<Phase> phases;
    std::vector<Failure> failures;
    Activity last_activity;
    std::vector<Pattern> advances;
    std::string last_line;
    std::string phase;
    Clock::time_point phase_began = last_move;
    std::optional<int> percent;
    bool proven = false;
};

namespace {

std::string disk_error_cause(const std::string& reason) {
    return reason == "enospc"
               ? "the host's disk is full: the guest's image cannot grow"
               : "the host could not read or write the guest's disk (" + reason + ")";
}

/// Calls the one of several functions that takes the signal.
template <typename... Functions>
struct Cases : Functions... {
    using Functions::operator()...;
};
template <typename... Functions>
Cases(Functions...) -> Cases<Functions...>;

}  // namespace

Watch::Watch(Rules rules, Clock::time_point start)
    : state_{std::make_unique<State>(std::move(rules), start)} {}
Watch::Watch(Watch&&) noexcept = default;
Watch& Watch::operator=(Watch&&) noexcept = default;
Watch::~Watch() = default;

std::optional<Verdict> Watch::observe(const Signal& signal, Clock::time_point at) {
    using Answer = std::optional<Verdict>;
    State& state = *state_;
    Answer verdict = std::visit(
        Cases{
            [&](const ConsoleLine& line) { return state.observe_line(line.text, at); },
            [&](const LogLine& line) { return state.observe_line(line.text, at); },
            [&](const ScreenText& text) { return state.observe_screen(text, at); },
            [&](const PoweredOff&) { return Answer{state.ended("switched itself off")}; },
            [&](const Reset&) { return Answer{state.ended("started anew")}; },
            [&](const Restarted&) { return state.observe_restart(at); },
            [&](const Panicked&) {
                return Answer{{Outcome::failed, "the guest's kernel panicked",
                               "look at the end of the console", state.last_line}};
            },
            [&](const Stopped& stopped) {
                return Answer{{Outcome::host_failed, "the virtual machine died: " + stopped.detail,
                               "", state.last_line}};
            },
            [&](const DiskError& error) {
                return Answer{{Outcome::host_failed, disk_error_cause(error.reason),
                               "make room where the image is written", ""}};
            },
            [&](const Activity& activity) {
                state.observe_activity(activity, at);
                return Answer{};
            },
            [](const Tick&) { return Answer{}; },
        },
        signal);
    return verdict ? verdict : state.observe_time(at);
}

void Watch::observe_advance(const std::string& text) {
    state_->observe_advance(text);
}

std::optional<Verdict> Watch::observe_prompt(const std::string& text) const {
    auto known = state_->known_failure(text);
    return known ? std::optional{std::move(known->verdict)} : std::nullopt;
}

Verdict Watch::explained(Verdict verdict, const ScreenText& screen) const {
    if (verdict.outcome == Outcome::finished || verdict.outcome == Outcome::host_failed)
        return verdict;
    auto known = state_->known_failure(screen);
    if (known && is_more_exact(known->verdict, verdict))
        return std::move(known->verdict);
    if (verdict.known)
        return verdict;
    if (verdict.outcome == Outcome::hung && state_->is_question(screen))
        return state_->unanswered(screen);
    if (verdict.outcome != Outcome::asking && !screen.last_words.empty())
        verdict.cause += "; the screen says: " + quote(screen);
    return verdict;
}

Clock::time_point Watch::deadline() const noexcept {
    const Clock::time_point silence = state_->last_move + state_->inactivity_timeout;
    return std::min({state_->start + state_->install_timeout, silence, state_->given_up_at()});
}

const std::string& Watch::phase() const noexcept {
    return state_->phase;
}

Clock::time_point Watch::phase_began() const noexcept {
    return state_->phase_began;
}

std::optional<int> Watch::percent() const noexcept {
    return state_->percent;
}

}  // namespace glinda::watch
