#include "image_guest.hpp"

#include <algorithm>
#include <optional>

#include "glinda/catalog/family.hpp"
#include "glinda/image/volume.hpp"
#include "glinda/screen/frame.hpp"
#include "glinda/screen/vnc.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/follower.hpp"
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
    [[nodiscard]] std::stop_token token() const { return source_.get_token(); }

private:
    std::stop_source source_;
    std::stop_callback<std::function<void()>> chained_;
};

/// Root's password, or the key of the settings where only the password's hash is known.
std::variant<guest::Password, guest::PrivateKey> secret_of(const tdl::Template& wanted,
                                                           const Context& context) {
    if (!wanted.root_password)
        return guest::Password{"ozrootpw"};
    if (wanted.root_password->kind == tdl::Password::Kind::plain)
        return guest::Password{wanted.root_password->text};
    std::error_code none;
    if (!fs::exists(context.settings.private_key, none))
        throw Error{
            Fault::usage,
            format("{}: nobody can log in with the hash of a password", wanted.file.string()),
            {format("the settings' paths.sshprivkey ({}) can name a key that the guest "
                    "lets root in with",
                    context.settings.private_key.string())}};
    return guest::PrivateKey{context.settings.private_key};
}

/// What is seen of the guest when something failed.
void add_evidence(Error& error, const virt::Domain& domain, const fs::path& console,
                  report::BuildFolder* folder) {
    const std::string text = printable(read_file(console));
    error.add_note("the end of the console:\n" +
                   text.substr(text.size() - std::min<std::size_t>(text.size(), 600)));
    if (folder == nullptr || !domain.is_running())
        return;
    try {
        const fs::path name = "screens/0001.png";
        folder->write(name, screen::to_png(screen::capture(domain.vnc_socket())));
        error.add_note("the screen: " + (folder->path() / name).string());
    } catch (const Error& none) {
        folder->add_event("warning", format("no picture of the screen: {}", none.what()));
    }
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

/// Logs in after the next start of a guest that goes down, whose SSH server may still answer.
bool log_in_anew(guest::Session& session, const guest::Login& login, std::string& start,
                 Clock::time_point deadline, const std::stop_token& stop) {
    for (;;) {
        bool is_new = false;
        try {
            session = guest::Session::wait_for(login, deadline, stop);
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
    const catalog::Hardware& hardware =
        catalog.find(wanted.os, wanted.version, wanted.arch).family->hardware;
    virt::PrivateRoot::reap();
    const Host host{context, wanted.name};
    const fs::path overlay = host.folder() / "overlay.qcow2";
    image::overlay(context.runner, image.path, image.format, overlay);
    virt::Machine machine = machine_of(image, overlay, wanted, hardware);
    choose_cpu(machine, host, hardware, {}, context);
    machine.serial.push_back(host.new_file("console.log"));
    std::optional<Follower> follower;
    if (folder != nullptr)
        follower.emplace(std::vector<Follower::Source>{
            {machine.serial.front(),
             [folder](std::string_view bytes) { folder->add_console(bytes); }}});

    context.progress.phase("booting " + image.path.string());
    const Clock::time_point start = Clock::now();
    GuestGone gone{context.stop};
    virt::Domain domain{host.connection(), machine,
                        [&gone](const virt::DomainEvent& event) { gone(event); }};
    const guest::Login login{.port = domain.forward_port(22), .secret = secret_of(wanted, context)};
    try {
        guest::Session session =
            guest::Session::wait_for(login, start + context.settings.boot_timeout, gone.token());
        std::string last_start = start_of(session);
        ImageGuest running{
            .session = session,
            .login = login,
            .overlay = overlay,
            .boot = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start),
            .restarted =
                [&] {
                    return log_in_anew(session, login, last_start,
                                       Clock::now() + context.settings.boot_timeout, gone.token());
                },
            .end =
                [&](const std::string& script) { return end(session, script, domain, context); }};
        work(running);
    } catch (Error& error) {
        if (error.fault() == Fault::cancelled && !context.stop.stop_requested())
            error = Error{Fault::guest, "the guest ended early"};
        add_evidence(error, domain, machine.serial.front(), folder);
        throw;
    }
}

}  // namespace glinda::pipeline
