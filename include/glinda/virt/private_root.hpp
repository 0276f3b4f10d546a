#pragma once

#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "glinda/util/files.hpp"

namespace glinda::virt {

class Reaper;

/// The user and group that QEMU runs as.
struct Identity {
    uid_t user;
    gid_t group;
};

/// The folder in which libvirt's embedded QEMU driver keeps everything of one build. At the end of
/// its life every process that was started in it is killed, and the folder removed. From its first
/// root on, this process is the parent of orphaned descendants (PR_SET_CHILD_SUBREAPER).
class PrivateRoot {
public:
    /// Where the roots of this user are: /tmp/glinda-UID. The path is short because the UNIX
    /// sockets below a root must stay within 108 characters.
    [[nodiscard]] static std::filesystem::path default_base();

    /// @throws Error (environment) if `base` belongs to somebody else or others may write to it.
    explicit PrivateRoot(const std::filesystem::path& base = default_base());
    PrivateRoot(const PrivateRoot&) = delete;
    PrivateRoot& operator=(const PrivateRoot&) = delete;
    ~PrivateRoot();

    /// Kills what the dead owners of roots left running, and removes their roots. A root whose
    /// owner lives is not touched. Returns how many were removed.
    /// @throws Error (environment) if `base` is not this user's own.
    static int reap(const std::filesystem::path& base = default_base());

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
    /// A folder that only QEMU's user (and root) can enter and write to: for what QEMU is given by
    /// its path, as kernels, initrds and the files of serial ports.
    [[nodiscard]] std::filesystem::path io() const { return path_ / "io"; }
    /// What libvirt is to open.
    [[nodiscard]] std::string uri() const;
    [[nodiscard]] const Identity& qemu() const noexcept { return qemu_; }

    /// Leaves the root and its processes at the end of life; reap() does not touch them either.
    /// @throws Error (environment).
    void keep() const;

    /// Kills every process that was started in this root, and waits until they have ended. libvirt
    /// notices by itself.
    void kill_processes() const noexcept;

    /// Makes what libvirt has found out about QEMU, which takes it seconds, true for QEMU's user
    /// and known to the user's next builds.
    void keep_capabilities() const;

private:
    PrivateRoot(const Identity& qemu, std::pair<std::filesystem::path, Lock> root);

    Identity qemu_;
    std::filesystem::path path_;
    Lock lock_;
    std::unique_ptr<Reaper> reaper_;
};

}  // namespace glinda::virt
