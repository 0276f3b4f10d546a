#include "glinda/virt/domain.hpp"

#include <fcntl.h>
#include <libvirt/libvirt-qemu.h>

#include <array>
#include <optional>
#include <pugixml.hpp>
#include <vector>

#include "events.hpp"
#include "glinda/util/files.hpp"
#include "glinda/util/text.hpp"
#include "glinda/virt/private_root.hpp"
#include "libvirt.hpp"

namespace glinda::virt {
namespace {

/// Gives libvirt our own descriptor of an image. @throws Error (environment).
FileDescriptor hand_over(virDomainPtr domain, const std::filesystem::path& path, int flags,
                         const std::string& name) {
    FileDescriptor file = open_file(path, flags);
    int descriptor = file.get();
    if (virDomainFDAssociate(domain, name.c_str(), 1, &descriptor, 0) != 0)
        throw libvirt_error("cannot hand " + path.string() + " over to libvirt");
    return file;
}

std::vector<FileDescriptor> hand_over_images(virDomainPtr domain, const Machine& machine) {
    std::vector<FileDescriptor> images;
    for (std::size_t number = 0; number < machine.disks.size(); ++number) {
        const Disk& disk = machine.disks[number];
        if (disk.path.empty())
            continue;
        const bool written = disk.role == Role::volume && disk.writable == Writable::yes;
        images.push_back(
            hand_over(domain, disk.path, written ? O_RDWR : O_RDONLY, descriptor_name(number, 0)));
        for (std::size_t image = 0; image < disk.backing.size(); ++image)
            images.push_back(hand_over(domain, disk.backing[image].path, O_RDONLY,
                                       descriptor_name(number, image + 1)));
    }
    return images;
}

using DomainHandle = Handle<virDomain, &virDomainFree>;

DomainHandle look_up(const Connection& connection, const std::string& name) {
    return DomainHandle{virDomainLookupByName(connection.get(), name.c_str())};
}

DomainHandle define(const Connection& connection, const Machine& machine) {
    // Defining would replace a domain of this name and identity.
    if (look_up(connection, machine.name) != nullptr)
        throw Error{Fault::environment,
                    "the domain " + machine.name + " exists already",
                    {"destroy and undefine it, or choose another name"}};
    DomainHandle domain{virDomainDefineXMLFlags(connection.get(),
                                                domain_xml(machine, connection.access()).c_str(),
                                                VIR_DOMAIN_DEFINE_VALIDATE)};
    if (domain == nullptr)
        throw libvirt_error("cannot define the domain " + machine.name);
    return domain;
}

std::string monitor_command(virDomainPtr domain, const std::string& command) {
    char* answer = nullptr;
    const int status = virDomainQemuMonitorCommand(domain, command.c_str(), &answer,
                                                   VIR_DOMAIN_QEMU_MONITOR_COMMAND_HMP);
    const Text owner{answer};
    if (status != 0)
        throw libvirt_error("QEMU refuses the command " + command);
    return answer == nullptr ? "" : answer;
}

/// The port of the host in a line of `info usernet` like
/// "TCP[HOST_FORWARD]  12  127.0.0.1 33413  10.0.2.15  22  0  0".
std::optional<std::uint16_t> forwarded_port(const std::string& table, std::uint16_t guest_port) {
    for (const std::string_view line : split(table, '\n')) {
        const std::vector<std::string_view> columns = words(line);
        if (columns.size() >= 6 && columns[0] == "TCP[HOST_FORWARD]" &&
            to_number(columns[5]) == guest_port)
            if (const auto port = to_number(columns[3]))
                return static_cast<std::uint16_t>(*port);
    }
    return std::nullopt;
}

/// How many of a guest's connections such a table lists, beside forwarded ports that listen.
std::uint64_t open_connections(const std::string& table) {
    std::uint64_t count = 0;
    for (const std::string_view line : split(table, '\n'))
        if (const std::string_view entry = trim(line);
            entry.find('[') != std::string_view::npos && !entry.starts_with("TCP[HOST_FORWARD]"))
            ++count;
    return count;
}

/// The value of the first attribute that a path finds in XML; empty if there is none.
std::string attribute_of(const std::string& xml, const char* path) {
    pugi::xml_document document;
    document.load_string(xml.c_str());
    return document.select_node(path).attribute().value();
}

}  // namespace

bool has_domain(const Connection& connection, const std::string& name) {
    return look_up(connection, name) != nullptr;
}

void remove_domain(const Connection& connection, const std::string& name) {
    const DomainHandle domain = look_up(connection, name);
    const std::string doing = "cannot remove the domain " + name;
    if (domain == nullptr)
        throw libvirt_error(doing);
    const bool persistent = virDomainIsPersistent(domain.get()) == 1;
    if (virDomainIsActive(domain.get()) == 1 && virDomainDestroy(domain.get()) != 0)
        throw libvirt_error(doing);
    // What libvirt keeps of a domain stands in the way of undefining it. Not each of its drivers
    // has all that.
    constexpr unsigned with_all =
        VIR_DOMAIN_UNDEFINE_MANAGED_SAVE | VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA |
        VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA | VIR_DOMAIN_UNDEFINE_NVRAM;
    if (persistent && virDomainUndefineFlags(domain.get(), with_all) != 0 &&
        virDomainUndefine(domain.get()) != 0)
        throw libvirt_error(doing);
}

Domain::Domain(const Connection& connection, const Machine& machine, OnEvent on_event)
    : connection_{connection}, events_{std::make_shared<Events>(std::move(on_event))} {
    if (connection.root() != nullptr)
        connection.require(machine.arch);
    // Only a defined domain can be listened to, and given descriptors, before it runs. Undefined
    // while it runs, it is gone once it stops.
    domain_.reset(define(connection, machine).release());
    const unsigned kept =
        machine.firmware == Firmware::efi ? unsigned{VIR_DOMAIN_UNDEFINE_KEEP_NVRAM} : 0U;
    const auto undefine = [&] { virDomainUndefineFlags(domain_.get(), kept); };
    try {
        events_->subscribe(connection.get(), domain_.get());
        if (connection.access() == Access::descriptor)
            events_->keep(hand_over_images(domain_.get(), machine));
        if (virDomainCreate(domain_.get()) != 0)
            throw libvirt_error("cannot start the domain " + machine.name);
    } catch (...) {
        events_->unsubscribe(connection.get());
        events_->release_images();
        undefine();
        throw;
    }
    undefine();
    card_ = attribute_of(xml(), "/domain/devices/interface/target/@dev");
}

Domain::~Domain() {
    events_->unsubscribe(connection_.get());
    if (kept_)
        return;
    kill();
    virDomainDestroy(domain_.get());
    events_->release_images();
}

void Domain::kill() noexcept {
    // libvirt asks QEMU to end and looks for it at long intervals: more than two seconds.
    if (connection_.root() != nullptr)
        connection_.root()->kill_processes();
}

void Domain::Free::operator()(_virDomain* domain) const noexcept {
    virDomainFree(domain);
}

void Domain::destroy() {
    kill();
    if (virDomainDestroy(domain_.get()) != 0) {
        const int code = virGetLastErrorCode();
        if (code != VIR_ERR_NO_DOMAIN && code != VIR_ERR_OPERATION_INVALID)
            throw libvirt_error("cannot destroy the domain");
    }
    events_->release_images();
}

void Domain::shutdown() {
    if (virDomainShutdown(domain_.get()) != 0)
        throw libvirt_error("cannot press the domain's power button");
}

bool Domain::wait_until_gone(std::chrono::steady_clock::time_point deadline,
                             const std::stop_token& stop) const {
    return events_->wait_until_gone(deadline, stop);
}

bool Domain::is_running() const {
    int state = VIR_DOMAIN_NOSTATE;
    return virDomainGetState(domain_.get(), &state, nullptr, 0) == 0 && state == VIR_DOMAIN_RUNNING;
}

std::string Domain::xml() const {
    const Text xml{virDomainGetXMLDesc(domain_.get(), 0)};
    if (xml == nullptr)
        throw libvirt_error("cannot get the domain's XML");
    return xml.get();
}

std::filesystem::path Domain::vnc_socket() const {
    return attribute_of(xml(), "/domain/devices/graphics[@type='vnc']/listen/@socket");
}

Activity Domain::activity() const {
    // virDomainListGetStats would first examine other QEMU programs for seconds.
    virDomainInfo info{};
    virDomainBlockStatsStruct disks{};
    if (virDomainGetInfo(domain_.get(), &info) != 0)
        throw libvirt_error("cannot get the domain's processor time");
    // An empty name stands for all disks together.
    if (virDomainBlockStats(domain_.get(), "", &disks, sizeof disks) != 0)
        throw libvirt_error("cannot get the domain's disk statistics");
    Activity activity{.cpu = std::chrono::nanoseconds{info.cpuTime},
                      .disk_requests = static_cast<std::uint64_t>(disks.rd_req + disks.wr_req),
                      .disk_bytes = static_cast<std::uint64_t>(disks.rd_bytes + disks.wr_bytes)};
    add_network(activity);
    return activity;
}

/// libvirt counts only what goes through a device of the host; QEMU's own network can list its
/// connections. Neither is worth an error.
void Domain::add_network(Activity& activity) const {
    if (!card_.empty()) {
        virDomainInterfaceStatsStruct card{};
        if (virDomainInterfaceStats(domain_.get(), card_.c_str(), &card, sizeof card) == 0)
            activity.network_bytes = static_cast<std::uint64_t>(card.rx_bytes + card.tx_bytes);
        return;
    }
    try {
        activity.connections = open_connections(monitor_command(domain_.get(), "info usernet"));
    } catch (const Error&) {  // another driver than QEMU's
    }
}

std::string Domain::ask_agent(const std::string& command) const {
    constexpr int seconds = 20;
    const Text answer{virDomainQemuAgentCommand(domain_.get(), command.c_str(), seconds, 0)};
    if (answer == nullptr)
        throw Error{Fault::guest, std::string{"the guest's agent: "} + virGetLastErrorMessage()};
    return answer.get();
}

std::uint16_t Domain::forward_port(std::uint16_t guest_port) {
    // libvirt names the first NIC's network "hostnet0". The kernel picks a free port for port 0.
    const std::string answer = monitor_command(
        domain_.get(), format("hostfwd_add hostnet0 tcp:127.0.0.1:0-:{}", guest_port));
    if (const auto port =
            forwarded_port(monitor_command(domain_.get(), "info usernet"), guest_port))
        return *port;
    throw Error{Fault::environment,
                format("cannot forward a port to port {} of the guest: {}", guest_port,
                       trim(answer).empty() ? "QEMU does not list it" : trim(answer))};
}

}  // namespace glinda::virt
