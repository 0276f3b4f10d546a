#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "glinda/catalog/family.hpp"
#include "glinda/pipeline/install.hpp"
#include "glinda/util/files.hpp"
#include "glinda/virt/connection.hpp"
#include "glinda/virt/machine.hpp"
#include "glinda/virt/private_root.hpp"

namespace glinda::pipeline {

/// Where a build's machines run: libvirt as the settings name it, and a folder that QEMU reads its
/// kernel from and writes the serial lines to.
class Host {
public:
    /// `name` is that of the machine. @throws Error (environment) if libvirt cannot be reached.
    Host(const Context& context, const std::string& name);

    [[nodiscard]] const virt::Connection& connection() const noexcept { return *connection_; }
    [[nodiscard]] const std::filesystem::path& folder() const noexcept { return folder_; }

    /// An empty file in the folder that QEMU may write to.
    [[nodiscard]] std::filesystem::path new_file(const std::string& name) const;

    /// Leaves the running machine with its volume; returns how to look at it (`vnc` is its socket,
    /// which may be empty) and how to remove it.
    std::string keep(const std::filesystem::path& vnc, const std::filesystem::path& volume);

private:
    std::string name_;
    std::string uri_;
    std::string viewer_;
    std::optional<virt::PrivateRoot> root_;
    std::optional<TemporaryFolder> shared_;  ///< for a libvirt that is not embedded
    std::optional<virt::Connection> connection_;
    std::filesystem::path folder_;
};

/// Decides how the machine's instructions run, and by which CPU model. A trial of KVM boots
/// `kernel`.
void choose_cpu(virt::Machine& machine, const Host& host, const catalog::Hardware& hardware,
                const std::filesystem::path& kernel, const Context& context);

}  // namespace glinda::pipeline
