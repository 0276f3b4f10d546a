#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include "glinda/util/files.hpp"
#include "glinda/virt/domain.hpp"
#include "libvirt.hpp"

namespace glinda::virt {

/// Turns libvirt's callbacks for one domain into DomainEvents. libvirt keeps it alive for as long
/// as one of its callbacks may still come.
class Domain::Events : public std::enable_shared_from_this<Domain::Events> {
public:
    explicit Events(OnEvent on_event) : on_event_{std::move(on_event)} {}

    /// Asks for the events of `domain`. @throws Error (environment).
    void subscribe(virConnectPtr connection, virDomainPtr domain);
    /// Ends it: no event is reported any more.
    void unsubscribe(virConnectPtr connection) noexcept;

    /// Keeps descriptors of the domain's images until it is gone.
    void keep(std::vector<FileDescriptor> images);
    /// Takes QEMU's locks off the images. QEMU's lock belongs to the open file (fcntl(2), open file
    /// description locks), which libvirt keeps for some time after QEMU's end.
    void release_images();

    bool wait_until_gone(std::chrono::steady_clock::time_point deadline,
                         const std::stop_token& stop);

    /// For the callbacks of C.
    void report(DomainEvent::Kind kind, const std::string& detail) noexcept;

private:
    std::mutex mutex_;
    std::condition_variable_any changed_;
    OnEvent on_event_;  ///< empty once nobody listens
    bool gone_ = false;
    std::vector<FileDescriptor> images_;
    std::vector<int> callbacks_;
    int monitor_callback_ = -1;
};

}  // namespace glinda::virt
