#pragma once

#include <map>
#include <memory>
#include <string>
#include <thread>

#include "glinda/virt/machine.hpp"

struct _virConnect;

namespace glinda::virt {

class PrivateRoot;

/// A connection to libvirt, with a thread of its own that delivers libvirt's events.
class Connection {
public:
    /// @throws Error (environment) if `uri` cannot be opened.
    explicit Connection(const std::string& uri);
    /// Opens the driver that is embedded in this process; libvirt allows one root in its lifetime.
    /// `root` must outlive the connection.
    /// @throws Error (environment) if libvirt's QEMU driver is missing or does not start.
    explicit Connection(const PrivateRoot& root);
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection();

    /// The root of an embedded driver, or null.
    [[nodiscard]] const PrivateRoot* root() const noexcept { return root_; }
    /// How QEMU is to get at disks: by descriptor where the driver is embedded.
    [[nodiscard]] Access access() const noexcept;
    /// libvirt's own handle, for this module.
    [[nodiscard]] _virConnect* get() const noexcept { return connection_.get(); }

    /// Why machines of `arch` cannot be run by `accelerator`, in libvirt's words; empty if they
    /// can.
    [[nodiscard]] std::string refusal(const std::string& arch, Accelerator accelerator) const;

    /// What runs machines, by name, with its version; without what libvirt cannot tell.
    [[nodiscard]] std::map<std::string, std::string> versions() const;

    /// @throws Error (environment) if there is no QEMU for machines of `arch`.
    void require(const std::string& arch) const;

private:
    Connection(const std::string& uri, const PrivateRoot* root);
    /// Has the embedded driver examine QEMU for `arch`: seconds the first time of a user, else
    /// milliseconds.
    void learn(const std::string& arch) const;

    struct Close {
        void operator()(_virConnect* connection) const noexcept;
    };
    const PrivateRoot* root_;
    std::jthread events_;
    std::unique_ptr<_virConnect, Close> connection_;
};

}  // namespace glinda::virt
