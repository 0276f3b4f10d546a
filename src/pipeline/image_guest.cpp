#include "image_guest.hpp"

#include <algorithm>
#include <optional>
#include <tuple>

#include "authorized_keys.hpp"
#include "boot_watch.hpp"
#include "glinda/catalog/family.hpp"
#include "glinda/image/volume.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/pause.hpp"
#include "glinda/util/text.hpp"
#include "glinda/virt/domain.hpp"
#include "host.hpp"

namespace glinda::pipeline {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

virt::Machine machine_of(const FinishedImage& image, const fs::path& overlay,
                         const tdl::Template& wanted, const catalog::Hardware& hardware) {
    const auto backing =
        image.format == "qcow2" ? virt::ImageFormat::qcow2 : virt::ImageFormat::raw;
    return {.name = wanted.name,
            .arch = wanted.arch,
            .machine = hardware.machine,
            .memory_mib = std::max(image.memory_mib, 256U),
            .disks = {{.path = overlay,
                       .format = virt::ImageFormat::qcow2,
                       .backing = {{image.path, backing}}}},
            .boot = {virt::Role::volume},
            .nics = {{.model = hardware.nic}},
            .agent = virt::Machine::Agent::yes,
            .on_reset = virt::OnReset::start_anew};
}

/// Ends when the caller's token stops, or when the guest is gone.
class GuestGone {
public:
    explicit GuestGone(const std::stop_token& stop)
        : chained_{stop, [this] { source_.request_stop(); }} {}
    void operator()(const virt::DomainEvent& event) {
        if (event.kind == virt::DomainEvent::Kind::stopped ||
            event.kind == virt::DomainEvent::Kind::panicked)
            source_.request_stop();
    }
    void end() { source_.request_stop(); }
    [[nodiscard]] std::stop_token token() const { return source_.get_token(); }

private:
    std::stop_source source_;
    std::stop_callback<std::function<void()>> chained_;
};

/// Root's password, or the key of the settings where only the password's hash is known.
std::variant<guest::Password, guest::PrivateKey, guest::NoSecret> secret_of(
    const tdl::Template& wanted, const Context& context) {
    if (!wanted.root_password)
        return guest::Password{"ozrootpw"};
    if (wanted.root_password->kind == tdl::Password::Kind::plain)
        return guest::Password{wanted.root_password->text};
    std::error_code none;
    if (fs::exists(context.settings.private_key, none))
        return guest::PrivateKey{context.settings.private_key};
    return guest::NoSecret{};
}

/// Takes the key away that the machine has given to its system, before anything looks at that. The
/// folder goes, too, if nothing else is in it.
void take_away(const guest::ThrowAwayKey& key, guest::Session& session) {
    const std::string file = guest::shell_word(guest::root_keys_file);
    const guest::CommandResult result =
        session.run(keeping_out(key.line(), file) + "rmdir \"${file%/*}\" 2>/dev/null || :\n");
    if (result.status != 0)
        throw Error{Fault::guest, format("cannot take the throw-away key from the guest: {}",
                                         trim(printable(result.errors)))};
}

/// What the guest's console said last.
void add_console(Error& error, const fs::path& console) {
    constexpr std::size_t most = 600;
    const std::string text = printable(read_file(console));
    error.add_note("the end of the console:\n" +
                   text.substr(text.size() - std::min(text.size(), most)));
}

/// That the guest goes may break the connection before the answer comes.
bool end(guest::Session& session, const std::string& script, const virt::Domain& domain,
         const Context& context) {
    try {
        session.run(script);
    } catch (const Error& error) {
        if (context.stop.stop_requested())
            throw;
    }
    return domain.wait_until_gone(Clock::now() + context.settings.shutdown_timeout, context.stop);
}

/// What differs between two starts of a guest: random(4), elsewhere the time of the start.
std::string start_of(guest::Session& session) {
    return session.run("cat /proc/sys/kernel/random/boot_id 2>/dev/null || sysctl -n kern.boottime")
        .output;
}

/// A session by the guest's agent, as soon as it answers; nothing, with the reason, if it does not.
std::optional<guest::Session> session_by_agent(const virt::Domain& domain, Clock::time_point until,
                                               std::string& why_not, const std::stop_token& stop) {
    for (;;) {
        try {
            std::ignore = domain.ask_agent(R"({"execute":"guest-ping"})");
            guest::Session session{
                [&domain](const std::string& command) { return domain.ask_agent(command); },
                "the guest by its agent", stop};
            session.run("true");  // a guest may let its agent answer and forbid it to run anything
            return session;
        } catch (const Error& error) {
            if (error.fault() != Fault::guest)
                throw;
            why_not = error.what();
        }
        if (Clock::now() >= until)
            return std::nullopt;
        if (!pause(std::chrono::seconds{1}, stop))
            throw Error{Fault::cancelled, "interrupted while waiting for the guest's agent"};
    }
}

/// A session by SSH until some time or, where that does not let us in, by the guest's agent;
/// nothing if there is time left to try again.
std::optional<guest::Session> try_until(Clock::time_point until, const virt::Domain& domain,
                                        const guest::Login& login, Clock::time_point deadline,
                                        const std::stop_token& stop, Progress& progress) {
    constexpr auto starts_later = std::chrono::seconds{20};
    try {
        return guest::Session::wait_for(login, until, stop);
    } catch (Error& error) {
        if (error.fault() != Fault::guest && error.fault() != Fault::timeout)
            throw;
        const bool refused = error.fault() == Fault::guest;
        std::string why_not;
        auto session = session_by_agent(
            domain, refused ? std::min(deadline, Clock::now() + starts_later) : until, why_not,
            stop);
        if (session) {
            progress.info(format("{}: its agent does what SSH would have", error.what()));
            return session;
        }
        if (!refused && until < deadline)
            return std::nullopt;
        error.add_note("QEMU's guest agent would be another way in, but: " + why_not);
        throw;
    }
}

/// That a guest has no network is noticed after half of the time.
guest::Session reach(const virt::Domain& domain, const guest::Login& login,
                     Clock::time_point deadline, const std::stop_token& stop, Progress& progress) {
    const Clock::time_point now = Clock::now();
    const Clock::time_point half = now + (deadline - now) / 2;
    if (auto session = try_until(half, domain, login, deadline, stop, progress))
        return std::move(*session);
    return *try_until(deadline, domain, login, deadline, stop, progress);
}

/// Logs in after the next start of a guest that goes down, whose SSH server may still answer.
bool log_in_anew(guest::Session& session, std::string& start, Clock::time_point deadline,
                 const std::function<guest::Session()>& log_in) {
    for (;;) {
        bool is_new = false;
        try {
            session = log_in();
            is_new = true;
            std::string now = start_of(session);
            if (now != start) {
                start = std::move(now);
                return true;
            }
            // Ends with the connection, when the old system is gone.
            session.run("exec sleep 86400",
                        {.limit = std::chrono::duration_cast<std::chrono::milliseconds>(
                             deadline - Clock::now())});
        } catch (const Error& error) {
            if (error.fault() == Fault::timeout)
                return false;
            if (!is_new || error.fault() != Fault::guest || session.is_connected())
                throw;
        }
    }
}

}  // namespace

void on_overlay(const FinishedImage& image, const tdl::Template& wanted, const Context& context,
                report::BuildFolder* folder, const std::function<void(ImageGuest&)>& work) {
    const catalog::Catalog catalog{context.families};
    const catalog::Family& family = *catalog.find(wanted.os, wanted.version, wanted.arch).family;
    const catalog::Hardware& hardware = family.hardware;
    virt::PrivateRoot::reap();
    const Host host{context, wanted.name};
    const fs::path overlay = host.folder() / "overlay.qcow2";
    image::overlay(context.runner, image.path, image.format, overlay);
    virt::Machine machine = machine_of(image, overlay, wanted, hardware);
    choose_cpu(machine, host, hardware, {}, context);
    machine.serial.push_back(host.new_file("console.log"));
    const guest::ThrowAwayKey key;
    machine.oem_strings = {guest::root_credential(key)};

    context.progress.phase("booting " + image.path.string());
    const Clock::time_point start = Clock::now();
    GuestGone gone{context.stop};
    virt::Domain domain{host.connection(), machine,
                        [&gone](const virt::DomainEvent& event) { gone(event); }};
    std::optional<BootWatch> seen;
    if (folder != nullptr)
        seen.emplace(family, domain.vnc_socket(), machine.serial.front(), *folder, context.runner,
                     [&gone] { gone.end(); });
    const guest::Login login{
        .port = domain.forward_port(22), .secret = secret_of(wanted, context), .offered = key};
    const auto log_in = [&](Clock::time_point deadline) {
        return reach(domain, login, deadline, gone.token(), context.progress);
    };
    try {
        guest::Session session = log_in(start + context.settings.boot_timeout);
        take_away(key, session);
        if (seen)
            seen->has_booted();
        std::string last_start = start_of(session);
        ImageGuest running{
            .session = session,
            .login = login,
            .overlay = overlay,
            .boot = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start),
            .restarted =
                [&] {
                    const auto deadline = Clock::now() + context.settings.boot_timeout;
                    const bool is_up = log_in_anew(session, last_start, deadline,
                                                   [&] { return log_in(deadline); });
                    if (is_up)
                        take_away(key, session);
                    return is_up;
                },
            .end =
                [&](const std::string& script) { return end(session, script, domain, context); }};
        work(running);
    } catch (Error& error) {
        if (error.fault() == Fault::cancelled && !context.stop.stop_requested())
            error = Error{Fault::guest, "the guest ended early"};
        if (seen)
            seen->explain(error);
        add_console(error, machine.serial.front());
        throw;
    }
}

}  // namespace glinda::pipeline
