#include "events.hpp"

#include <fcntl.h>
#include <libvirt/libvirt-qemu.h>
#include <unistd.h>

#include <string_view>

#include "glinda/util/text.hpp"

namespace glinda::virt {
namespace {

using Kind = DomainEvent::Kind;

std::string stop_detail(int detail) {
    switch (detail) {
        case VIR_DOMAIN_EVENT_STOPPED_SHUTDOWN:
            return "shut down";
        case VIR_DOMAIN_EVENT_STOPPED_DESTROYED:
            return "destroyed";
        case VIR_DOMAIN_EVENT_STOPPED_CRASHED:
            return "crashed";
        case VIR_DOMAIN_EVENT_STOPPED_FAILED:
            return "QEMU failed or was killed";
        default:
            return format("stopped ({})", detail);
    }
}

}  // namespace

/// What libvirt calls. The last argument is always a shared_ptr<Events> on the heap.
struct Domain::Callbacks {
    static Events& of(void* opaque) { return **static_cast<std::shared_ptr<Events>*>(opaque); }

    static void free(void* opaque) {
        const std::unique_ptr<std::shared_ptr<Events>> owner{
            static_cast<std::shared_ptr<Events>*>(opaque)};
    }

    static int lifecycle(virConnectPtr, virDomainPtr, int event, int detail, void* opaque) {
        if (event == VIR_DOMAIN_EVENT_STOPPED)
            of(opaque).report(Kind::stopped, stop_detail(detail));
        else if (event == VIR_DOMAIN_EVENT_CRASHED)
            of(opaque).report(Kind::panicked, "the guest's kernel panicked");
        return 0;
    }

    static void io_error(virConnectPtr, virDomainPtr, const char* path, const char* device, int,
                         const char* reason, void* opaque) {
        of(opaque).report(Kind::io_error, format("{} ({}): {}", path, device, reason));
    }

    /// Only where the domain goes on: libvirt's name for it is "reboot".
    static void restart(virConnectPtr, virDomainPtr, void* opaque) {
        of(opaque).report(Kind::restarted, "the guest restarted");
    }

    static void tray(virConnectPtr, virDomainPtr, const char* device, int reason, void* opaque) {
        of(opaque).report(
            reason == VIR_DOMAIN_EVENT_TRAY_CHANGE_OPEN ? Kind::tray_opened : Kind::tray_closed,
            device);
    }

    /// QEMU's SHUTDOWN (qapi/run-state.json) alone says whether the guest powered off or reset:
    /// libvirt's own event is the same for both. Our own killing has other reasons.
    static void monitor(virConnectPtr, virDomainPtr, const char*, long long, unsigned,
                        const char* details, void* opaque) {
        const std::string_view reason{details == nullptr ? "" : details};
        if (reason.find("\"guest-shutdown\"") != std::string_view::npos)
            of(opaque).report(Kind::powered_off, "the guest powered off");
        else if (reason.find("\"guest-reset\"") != std::string_view::npos)
            of(opaque).report(Kind::reset, "the guest reset");
    }
};

void Domain::Events::subscribe(virConnectPtr connection, virDomainPtr domain) {
    const auto own = [this] {
        return std::make_unique<std::shared_ptr<Events>>(shared_from_this());
    };
    const auto add = [&](int kind, auto* callback) {
        auto owner = own();
        const int number =
            virConnectDomainEventRegisterAny(connection, domain, kind,
                                             reinterpret_cast<virConnectDomainEventGenericCallback>(
                                                 reinterpret_cast<void (*)()>(callback)),
                                             owner.get(), &Callbacks::free);
        if (number < 0)
            throw libvirt_error("cannot listen to libvirt's events");
        std::ignore = owner.release();
        callbacks_.push_back(number);
    };
    add(VIR_DOMAIN_EVENT_ID_LIFECYCLE, &Callbacks::lifecycle);
    add(VIR_DOMAIN_EVENT_ID_REBOOT, &Callbacks::restart);
    add(VIR_DOMAIN_EVENT_ID_IO_ERROR_REASON, &Callbacks::io_error);
    add(VIR_DOMAIN_EVENT_ID_TRAY_CHANGE, &Callbacks::tray);
    auto owner = own();
    monitor_callback_ = virConnectDomainQemuMonitorEventRegister(
        connection, domain, "SHUTDOWN", &Callbacks::monitor, owner.get(), &Callbacks::free, 0);
    if (monitor_callback_ >= 0)  // other drivers than QEMU's have none
        std::ignore = owner.release();
}

void Domain::Events::unsubscribe(virConnectPtr connection) noexcept {
    {
        const std::lock_guard guard{mutex_};
        on_event_ = nullptr;
    }
    for (const int number : callbacks_)
        virConnectDomainEventDeregisterAny(connection, number);
    callbacks_.clear();
    if (monitor_callback_ >= 0)
        virConnectDomainQemuMonitorEventDeregister(connection, monitor_callback_);
    monitor_callback_ = -1;
}

void Domain::Events::keep(std::vector<FileDescriptor> images) {
    const std::lock_guard guard{mutex_};
    images_ = std::move(images);
}

void Domain::Events::release_images() {
    const std::lock_guard guard{mutex_};
    for (const FileDescriptor& image : images_) {
        struct flock whole {};
        whole.l_type = F_UNLCK;
        whole.l_whence = SEEK_SET;
        ::fcntl(image.get(), F_OFD_SETLK, &whole);
    }
    images_.clear();
}

void Domain::Events::report(Kind kind, const std::string& detail) noexcept {
    if (kind == Kind::stopped)
        release_images();
    const std::lock_guard guard{mutex_};
    if (on_event_)
        on_event_({kind, detail});
    if (kind == Kind::stopped) {
        gone_ = true;
        changed_.notify_all();
    }
}

bool Domain::Events::wait_until_gone(std::chrono::steady_clock::time_point deadline,
                                     const std::stop_token& stop) {
    std::unique_lock guard{mutex_};
    return changed_.wait_until(guard, stop, deadline, [this] { return gone_; });
}

}  // namespace glinda::virt
