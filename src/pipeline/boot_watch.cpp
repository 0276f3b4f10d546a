#include "boot_watch.hpp"

#include <utility>

#include "glinda/util/text.hpp"
#include "plan.hpp"

namespace glinda::pipeline {
namespace {

using watch::Clock;

/// How long it may take is the caller's business.
watch::Rules rules_of(const catalog::Family& family) {
    constexpr auto forever = std::chrono::hours{24 * 365};
    return {.failures = failure_patterns(family),
            .install_timeout = forever,
            .inactivity_timeout = forever};
}

}  // namespace

BootWatch::BootWatch(const catalog::Family& family, std::filesystem::path vnc_socket,
                     std::filesystem::path console, report::BuildFolder& folder, Runner& runner,
                     std::function<void()> on_failure)
    : folder_{folder}, on_failure_{std::move(on_failure)}, watch_{rules_of(family), Clock::now()} {
    screens_.emplace(std::move(vnc_socket), folder, runner,
                     Screens::Listeners{
                         .on_change = [](const auto&) {},
                         .on_still = [this](watch::ScreenText text) { observe(std::move(text)); }});
    follower_.emplace(std::vector<Follower::Source>{
        {std::move(console), [this](std::string_view bytes) { add_console(bytes); }}});
}

void BootWatch::has_booted() {
    const std::lock_guard guard{mutex_};
    boots_ = false;
}

void BootWatch::add_console(std::string_view bytes) {
    constexpr std::size_t longest = 4096;
    folder_.add_console(bytes);
    for (const char c : bytes) {
        if (c != '\n' && line_.size() < longest)
            line_ += c;
        else
            observe(watch::ConsoleLine{printable(std::exchange(line_, {}))});
    }
}

void BootWatch::observe(const watch::Signal& signal) {
    {
        const std::lock_guard guard{mutex_};
        if (!boots_ || failure_)
            return;
        failure_ = watch_.observe(signal, Clock::now());
        if (!failure_)
            return;
        folder_.add_event("failure seen", failure_->evidence);
    }
    on_failure_();
}

void BootWatch::explain(Error& error) {
    const Screens::Last last = screens_->finish();
    const std::lock_guard guard{mutex_};
    if (boots_) {
        const watch::Verdict verdict = watch_.explained(
            failure_.value_or(watch::Verdict{.outcome = watch::Outcome::timed_out}), last.words);
        if (failure_)
            error = Error{Fault::guest, "the guest does not come up: " + verdict.cause};
        else if (!verdict.cause.empty())
            error.add_note("what is known of it: " + verdict.cause);
        if (!verdict.remedy.empty())
            error.add_note(verdict.remedy);
    }
    std::string where;
    if (!last.picture.empty())
        where = "the screen: " + (folder_.path() / last.picture).string();
    if (!last.text.empty())
        where += "; its text: " + (folder_.path() / last.text).string();
    if (!where.empty())
        error.add_note(std::move(where));
}

}  // namespace glinda::pipeline
