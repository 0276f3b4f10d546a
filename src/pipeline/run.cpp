#include "run.hpp"

#include <algorithm>
#include <memory>
#include <mutex>
#include <thread>

#include "glinda/util/error.hpp"
#include "glinda/util/follower.hpp"
#include "glinda/util/mailbox.hpp"
#include "glinda/util/process.hpp"
#include "glinda/util/text.hpp"
#include "glinda/virt/domain.hpp"
#include "pace.hpp"
#include "screens.hpp"

namespace glinda::pipeline {
namespace {

using watch::Clock;
using namespace std::chrono_literals;

/// How often the guest is asked for what it did: there is no event for silence.
constexpr auto sample_interval = 10s;

/// Until when a person may look at a guest.
constexpr auto longest_view = 24h * 7;

struct Timed {
    watch::Signal signal;
    Clock::time_point at;
    std::string event{};  ///< for the build's folder: what happened to the guest
};
using Signals = Mailbox<Timed>;

/// Cuts a stream of bytes into lines as a person reads them.
class Lines {
public:
    template <typename OnLine>
    void add(std::string_view bytes, OnLine on_line) {
        constexpr std::size_t longest = 4096;  // a guest may write for ever without a line break
        pending_ += bytes;
        std::size_t start = 0;
        for (std::size_t end = 0; (end = pending_.find('\n', start)) != std::string::npos;
             start = end + 1)
            on_line(printable(std::string_view{pending_}.substr(start, end - start)));
        pending_.erase(0, start);
        if (pending_.size() > longest)
            on_line(printable(std::exchange(pending_, {})));
    }

    /// What has no line break yet.
    [[nodiscard]] std::string rest() const { return printable(pending_); }

private:
    std::string pending_;
};

watch::Signal signal_of(const virt::DomainEvent& event) {
    using Kind = virt::DomainEvent::Kind;
    switch (event.kind) {
        case Kind::powered_off:
            return watch::PoweredOff{};
        case Kind::reset:
            return watch::Reset{};
        case Kind::restarted:
            return watch::Restarted{};
        case Kind::panicked:
            return watch::Panicked{};
        case Kind::io_error:
            return watch::DiskError{event.detail.find("enospc") == std::string::npos ? event.detail
                                                                                     : "enospc"};
        case Kind::stopped:
            return watch::Stopped{event.detail};
        case Kind::tray_opened:
        case Kind::tray_closed:
            break;
    }
    return watch::Tick{};
}

bool ends_the_guest(const watch::Signal& signal) {
    return std::holds_alternative<watch::PoweredOff>(signal) ||
           std::holds_alternative<watch::Reset>(signal) ||
           std::holds_alternative<watch::Panicked>(signal) ||
           std::holds_alternative<watch::Stopped>(signal);
}

/// Starts the user's own viewer; it ends with the thread. That it cannot be started does not hinder
/// the build.
std::jthread start_viewer(std::filesystem::path socket, const Context& context) {
    return std::jthread{[socket = std::move(socket), &context](const std::stop_token& stop) {
        std::vector<std::string> argv;
        for (const std::string_view word : words(context.settings.viewer))
            argv.emplace_back(word);
        argv.push_back(socket.string());
        try {
            SystemRunner runner{stop};
            std::ignore = runner.output_of({.argv = argv, .timeout = longest_view});
        } catch (const Error& error) {
            if (!stop.stop_requested())
                context.progress.warning(format("the viewer: {}", error.what()));
        }
    }};
}

/// What a guest says this soon after it has failed is of the same failure.
constexpr auto settling_time = 1s;

/// A running installation.
class Run {
public:
    Run(const virt::Connection& connection, const virt::Machine& machine, Watching watching,
        report::BuildFolder& folder, const Context& context)
        : folder_{folder},
          context_{context},
          pace_{std::move(watching.earlier), folder, context.progress},
          follower_{std::make_unique<Follower>(sources_of(machine))},
          domain_{connection, machine,
                  [this](const virt::DomainEvent& event) {
                      signals_.send({signal_of(event), Clock::now(), event.detail});
                  }},
          watch_{std::move(watching.rules), pace_.start()},
          screens_{context.settings.screens ? vnc_socket() : std::filesystem::path{},
                   folder,
                   context.runner,
                   {.on_change = [this](const auto& lines) { context_.progress.screen(lines); },
                    .on_still = [this](watch::ScreenText text) { send(std::move(text)); }}} {
        if (watching.view == View::own)
            viewer_ = start_viewer(vnc_socket(), context);
    }

    virt::Domain& domain() { return domain_; }

    /// What the verdict is with the last screen in mind, and that screen.
    RunResult with_screen(watch::Verdict verdict) {
        std::ignore = sample();  // for the report
        Screens::Last last = screens_.finish();
        return {.verdict = watch_.explained(std::move(verdict), last.words),
                .phase = watch_.phase(),
                .screen = std::move(last.picture),
                .screen_text = std::move(last.text),
                .vnc = vnc_socket(),
                .course = {}};
    }

    /// How long what took, until now.
    [[nodiscard]] watch::Course course() const { return pace_.course(Clock::now()); }

    watch::Verdict wait() {
        Clock::time_point next_sample = Clock::now() + sample_interval;
        while (true) {
            const auto signal =
                signals_.receive(std::min(watch_.deadline(), next_sample), context_.stop);
            if (context_.stop.stop_requested())
                throw Error{Fault::cancelled, "interrupted"};
            std::optional<watch::Verdict> verdict;
            if (signal && ends_the_guest(signal->signal))
                return last_words(*signal);
            if (signal)
                verdict = observe(*signal);
            else if (Clock::now() >= next_sample)
                verdict = look_around();
            else
                verdict = observe({watch::Tick{}, Clock::now()});
            if (verdict)
                return settled(*std::move(verdict));
            if (Clock::now() >= next_sample)
                next_sample = Clock::now() + sample_interval;
        }
    }

private:
    /// None if the guest has ended already.
    [[nodiscard]] std::filesystem::path vnc_socket() const {
        try {
            return domain_.vnc_socket();
        } catch (const Error&) {
            return {};
        }
    }

    std::vector<Follower::Source> sources_of(const virt::Machine& machine) {
        std::vector<Follower::Source> sources{
            {machine.serial.at(0),
             [this](std::string_view bytes) {
                 folder_.add_console(bytes);
                 const std::lock_guard guard{console_mutex_};
                 console_.add(bytes, [this](std::string line) {
                     send(watch::ConsoleLine{std::move(line)});
                 });
             }},
            {machine.serial.at(1), [this](std::string_view bytes) {
                 folder_.add_installer_log(bytes);
                 log_.add(bytes,
                          [this](std::string line) { send(watch::LogLine{std::move(line)}); });
             }}};
        for (const virt::Port& port : machine.ports)
            sources.push_back({port.file, [this](std::string_view bytes) {
                                   port_.add(bytes, [this](std::string line) {
                                       // whole lines, as the other log goes into the same file
                                       folder_.add_installer_log(line + "\n");
                                       send(watch::LogLine{std::move(line)});
                                   });
                               }});
        return sources;
    }

    /// The most exact of the verdicts on one failure: its first line is not always the one that
    /// tells most.
    watch::Verdict settled(watch::Verdict verdict) {
        folder_.add_event("failure seen", verdict.evidence);
        const Clock::time_point end = Clock::now() + settling_time;
        while (verdict.known) {
            const auto signal = signals_.receive(end, context_.stop);
            if (!signal || ends_the_guest(signal->signal))
                break;
            auto other = observe(*signal);
            if (other && is_more_exact(*other, verdict))
                verdict = *std::move(other);
        }
        return verdict;
    }

    /// What no signal tells: how busy the guest is, and a question that waits at the line's end.
    std::optional<watch::Verdict> look_around() {
        std::string rest;
        {
            const std::lock_guard guard{console_mutex_};
            rest = console_.rest();
        }
        const bool waits = !rest.empty() && rest == last_rest_;
        last_rest_ = std::move(rest);
        watch_.observe_advance(last_rest_);
        if (waits) {
            if (auto verdict = watch_.observe_prompt(last_rest_))
                return verdict;
        }
        return observe(sample());
    }

    void send(watch::Signal signal) { signals_.send({std::move(signal), Clock::now()}); }

    Timed sample() {
        try {
            const virt::Activity activity = domain_.activity();
            folder_.add_event(
                "activity",
                format("{} ms of processor, {} disk requests, {} KiB, {} {}",
                       std::chrono::duration_cast<std::chrono::milliseconds>(activity.cpu).count(),
                       activity.disk_requests, activity.disk_bytes / 1024,
                       activity.network_bytes.value_or(activity.connections) /
                           (activity.network_bytes ? 1024 : 1),
                       activity.network_bytes ? "KiB of network" : "open connections"));
            return {watch::Activity{activity.cpu, activity.disk_requests}, Clock::now()};
        } catch (const Error&) {  // the guest is gone: the event that says so is on its way
            return {watch::Tick{}, Clock::now()};
        }
    }

    std::optional<watch::Verdict> observe(const Timed& timed) {
        if (!timed.event.empty())
            folder_.add_event("guest", timed.event);
        auto verdict = watch_.observe(timed.signal, timed.at);
        pace_.observe(watch_, timed.at);
        if (const auto* line = std::get_if<watch::LogLine>(&timed.signal))
            context_.progress.now(line->text);
        return verdict;
    }

    /// The event of the end may have overtaken lines that the guest wrote before it.
    watch::Verdict last_words(const Timed& end) {
        follower_.reset();
        std::optional<watch::Verdict> verdict;
        while (const auto signal = signals_.receive(Clock::now())) {
            if (ends_the_guest(signal->signal))
                continue;
            if (auto other = observe(*signal);
                other && (!verdict || is_more_exact(*other, *verdict)))
                verdict = std::move(other);
        }
        if (!verdict)
            verdict = observe(end);
        if (verdict && verdict->outcome != watch::Outcome::finished)
            folder_.add_event("failure seen", verdict->evidence);
        return verdict.value_or(
            watch::Verdict{watch::Outcome::host_failed, "the guest ended", "", ""});
    }

    report::BuildFolder& folder_;
    const Context& context_;
    Pace pace_;
    Signals signals_;
    std::mutex console_mutex_;
    Lines console_;  ///< with the mutex
    std::string last_rest_;
    Lines log_;
    Lines port_;
    std::unique_ptr<Follower> follower_;
    virt::Domain domain_;
    watch::Watch watch_;
    std::jthread viewer_;  ///< the user's own
    Screens screens_;      ///< last, as it uses the others
};

}  // namespace

RunResult run_installer(const virt::Connection& connection, const virt::Machine& machine,
                        Watching watching, report::BuildFolder& folder, const Context& context) {
    const Failed failed = watching.failed;
    Run run{connection, machine, std::move(watching), folder, context};
    folder.add_event("start", "the guest runs");
    folder.write("domain-installer.xml", run.domain().xml());
    watch::Verdict verdict = run.wait();
    if (verdict.outcome == watch::Outcome::finished) {
        if (!run.domain().wait_until_gone(Clock::now() + context.settings.shutdown_timeout,
                                          context.stop))
            run.domain().destroy();
        return {.verdict = std::move(verdict),
                .phase = {},
                .screen = {},
                .screen_text = {},
                .vnc = {},
                .course = run.course()};
    }
    RunResult result = run.with_screen(std::move(verdict));
    if (failed == Failed::keep)
        run.domain().keep();
    return result;
}

}  // namespace glinda::pipeline
