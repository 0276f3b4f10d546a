#include "glinda/virt/connection.hpp"

#include <cstdlib>
#include <mutex>

#include "glinda/util/text.hpp"
#include "glinda/virt/private_root.hpp"
#include "libvirt.hpp"

namespace glinda::virt {
namespace {

/// libvirt wants its event loop before the first connection, once in a process.
void set_up_library() {
    static std::once_flag once;
    std::call_once(once, [] {
        // Both libvirt's log and its errors would go to standard error, which is ours. A user who
        // wants the log sets the variable.
        ::setenv("LIBVIRT_LOG_OUTPUTS", "3:file:/dev/null", 0);
        virSetErrorFunc(nullptr, [](void*, virErrorPtr) {});
        if (virEventRegisterDefaultImpl() != 0)
            throw libvirt_error("cannot prepare libvirt's event loop");
    });
}

std::jthread start_events() {
    set_up_library();
    return std::jthread{[](const std::stop_token& stop) {
        const int timer = virEventAddTimeout(
            -1, [](int, void*) {}, nullptr, nullptr);
        const std::stop_callback wake{stop, [timer] { virEventUpdateTimeout(timer, 0); }};
        while (!stop.stop_requested())
            virEventRunDefaultImpl();
        virEventRemoveTimeout(timer);
    }};
}

Error open_error(const std::string& uri, const PrivateRoot* root) {
    Error error = libvirt_error("cannot open " + uri);
    if (root != nullptr)
        error.add_note(
            "libvirt's QEMU driver must be installed (libvirt_driver_qemu.so, in the package "
            "libvirt-daemon-driver-qemu), or another connection be named in the settings");
    return error;
}

}  // namespace

Connection::Connection(const std::string& uri, const PrivateRoot* root)
    : root_{root}, events_{start_events()}, connection_{virConnectOpen(uri.c_str())} {
    if (connection_ == nullptr)
        throw open_error(uri, root);
}

Connection::Connection(const std::string& uri) : Connection{uri, nullptr} {}
Connection::Connection(const PrivateRoot& root) : Connection{root.uri(), &root} {}
Connection::~Connection() = default;

void Connection::Close::operator()(_virConnect* connection) const noexcept {
    virConnectClose(connection);
}

Access Connection::access() const noexcept {
    return root_ == nullptr ? Access::path : Access::descriptor;
}

std::string Connection::refusal(const std::string& arch, Accelerator accelerator) const {
    const char* const type = accelerator == Accelerator::kvm ? "kvm" : "qemu";
    if (root_ != nullptr)
        learn(arch);
    const Text capabilities{
        virConnectGetDomainCapabilities(get(), nullptr, arch.c_str(), nullptr, type, 0)};
    return capabilities == nullptr ? virGetLastErrorMessage() : "";
}

std::map<std::string, std::string> Connection::versions() const {
    std::map<std::string, std::string> versions;
    const auto add = [&](const char* name, auto* ask) {
        unsigned long number = 0;  // of three parts, each of three digits
        if (ask(get(), &number) == 0 && number > 0)
            versions[name] =
                format("{}.{}.{}", number / 1000000, number / 1000 % 1000, number % 1000);
    };
    add("libvirt", &virConnectGetLibVersion);
    add("QEMU", &virConnectGetVersion);
    return versions;
}

void Connection::require(const std::string& arch) const {
    if (const std::string why = refusal(arch, Accelerator::tcg); !why.empty())
        throw Error{Fault::environment,
                    format("QEMU cannot run {} machines: {}", arch, why),
                    {format("install the program qemu-system-{}", arch)}};
}

void Connection::learn(const std::string& arch) const {
    const Text examined{
        virConnectGetDomainCapabilities(get(), nullptr, arch.c_str(), nullptr, nullptr, 0)};
    root_->keep_capabilities();
}

}  // namespace glinda::virt
