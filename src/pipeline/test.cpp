#include "glinda/pipeline/test.hpp"

#include <algorithm>
#include <functional>

#include "finished_image.hpp"
#include "glinda/catalog/family.hpp"
#include "glinda/guest/session.hpp"
#include "glinda/image/volume.hpp"
#include "glinda/tdl/template.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/text.hpp"
#include "glinda/virt/domain.hpp"
#include "host.hpp"

namespace glinda::pipeline {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

virt::Machine machine_of(const FinishedImage& image, const fs::path& overlay, const tdl::Template& wanted,
                         const catalog::Hardware& hardware) {
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
            .nics = {{.model = hardware.nic}}};
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

std::string root_password(const tdl::Template& wanted) {
    if (!wanted.root_password)
        return "ozrootpw";
    if (wanted.root_password->kind == tdl::Password::Kind::hash)
        throw Error{Fault::usage, format("{}: nobody can log in with the hash of a password",
                                         wanted.file.string())};
    return wanted.root_password->text;
}

}  // namespace

TestResult test(const TestRequest& request, const Context& context) {
    const tdl::Template wanted =
        tdl::read_template(request.template_file, context.schemas / "tdl.rng", request.variables);
    const catalog::Catalog catalog{context.families};
    const catalog::Hardware& hardware =
        catalog.find(wanted.os, wanted.version, wanted.arch).family->hardware;
    const FinishedImage image = image_of(request.domain_xml);

    virt::PrivateRoot::reap();
    const Host host{context, wanted.name};
    const fs::path overlay = host.folder() / "overlay.qcow2";
    image::overlay(context.runner, image.path, image.format, overlay);
    virt::Machine machine = machine_of(image, overlay, wanted, hardware);
    choose_cpu(machine, host, hardware, {}, context);
    machine.serial.push_back(host.new_file("console.log"));

    context.progress.phase("booting " + image.path.string());
    const Clock::time_point start = Clock::now();
    const Clock::time_point deadline = start + context.settings.boot_timeout;
    GuestGone gone{context.stop};
    virt::Domain domain{host.connection(), machine,
                        [&gone](const virt::DomainEvent& event) { gone(event); }};
    const guest::Login login{.port = domain.forward_port(22),
                             .secret = guest::Password{root_password(wanted)}};
    try {
        guest::Session session = guest::Session::wait_for(login, deadline, gone.token());
        const auto boot =
            std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start);
        context.progress.phase("running the test");
        guest::CommandResult result = session.run(request.script);
        session.run("poweroff");
        if (!domain.wait_until_gone(Clock::now() + context.settings.shutdown_timeout, context.stop))
            domain.destroy();
        return {result.status, std::move(result.output), std::move(result.errors), boot};
    } catch (Error& error) {
        if (error.fault() == Fault::cancelled && !context.stop.stop_requested())
            throw Error{Fault::guest, "the guest ended before it let anybody in"};
        const std::string console = printable(read_file(machine.serial.front()));
        error.add_note("the end of the console:\n" +
                       console.substr(console.size() - std::min<std::size_t>(console.size(), 600)));
        throw;
    }
}

}  // namespace glinda::pipeline
