#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "glinda/virt/connection.hpp"
#include "glinda/virt/machine.hpp"

struct _virDomain;

namespace glinda::virt {

/// Something that happened to a domain.
struct DomainEvent {
    enum class Kind {
        powered_off,  ///< the guest switched itself off
        reset,        ///< the guest restarted itself; the domain ends
        restarted,    ///< the guest restarted itself, and the domain goes on
        panicked,     ///< the guest's kernel reported a panic; the domain stays, stopped
        io_error,     ///< a disk cannot be read or written; the domain stays, paused
        tray_opened,  ///< the guest ejected a medium
        tray_closed,
        stopped,  ///< the domain is gone, for whatever reason; always the last event
    };
    Kind kind;
    std::string detail;  ///< the device and reason, in libvirt's words
};

/// What a domain has done since its start.
struct Activity {
    std::chrono::nanoseconds cpu{};
    std::uint64_t disk_requests = 0;
    std::uint64_t disk_bytes = 0;
    std::optional<std::uint64_t> network_bytes{};  ///< of the first card; not of user-mode networks
    std::uint64_t connections = 0;                 ///< of a user-mode network that are open
};

/// Whether libvirt knows a domain by a name, running or not.
[[nodiscard]] bool has_domain(const Connection& connection, const std::string& name);

/// Ends and undefines the domain of a name, whoever made it; its disks stay.
/// @throws Error (environment), among others if there is none.
void remove_domain(const Connection& connection, const std::string& name);

/// A running virtual machine. It is destroyed at the end of its owner's life.
class Domain {
public:
    /// Is called from libvirt's event thread, one call at a time, and never after the domain's end
    /// of life; it must not call the domain and not throw.
    using OnEvent = std::function<void(const DomainEvent&)>;

    /// Starts `machine`. `connection` must outlive the domain.
    /// @throws Error (environment) if a disk cannot be opened or libvirt refuses.
    Domain(const Connection& connection, const Machine& machine, OnEvent on_event);
    Domain(const Domain&) = delete;
    Domain& operator=(const Domain&) = delete;
    ~Domain();

    /// Ends the domain as a power cut does: what QEMU holds in memory is lost. Nothing happens if
    /// it is gone.
    /// @throws Error (environment).
    void destroy();
    /// Lets the domain outlive its owner. Its root must be kept, too.
    void keep() noexcept { kept_ = true; }
    /// Presses the power button. @throws Error (environment).
    void shutdown();
    /// Waits for the event `stopped`; whether it came by `deadline`, before a stop was requested.
    [[nodiscard]] bool wait_until_gone(std::chrono::steady_clock::time_point deadline,
                                       const std::stop_token& stop = {}) const;
    [[nodiscard]] bool is_running() const;

    /// The domain as libvirt runs it. @throws Error (environment) if it is gone, as all below.
    [[nodiscard]] std::string xml() const;
    /// The UNIX socket of the domain's VNC server; empty if it has none.
    [[nodiscard]] std::filesystem::path vnc_socket() const;
    [[nodiscard]] Activity activity() const;
    /// A TCP port of the host's loopback that leads to `guest_port`. The first NIC must be of the
    /// kind `user`.
    [[nodiscard]] std::uint16_t forward_port(std::uint16_t guest_port);
    /// What the guest's agent answers to a command, both in JSON.
    /// @throws Error (guest) if it does not, or refuses.
    [[nodiscard]] std::string ask_agent(const std::string& command) const;

private:
    void kill() noexcept;
    void add_network(Activity& activity) const;

    class Events;
    struct Callbacks;
    struct Free {
        void operator()(_virDomain* domain) const noexcept;
    };
    const Connection& connection_;
    std::shared_ptr<Events> events_;  ///< shared with the event thread
    std::unique_ptr<_virDomain, Free> domain_;
    std::string card_;  ///< the host's device of the first card; empty for user-mode networks
    bool kept_ = false;
};

}  // namespace glinda::virt
