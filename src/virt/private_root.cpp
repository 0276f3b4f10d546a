#include "glinda/virt/private_root.hpp"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <vector>

#include "glinda/util/text.hpp"
#include "reaper.hpp"

namespace glinda::virt {
namespace fs = std::filesystem;
namespace {

/// The users that packages of libvirt run QEMU as.
constexpr std::array qemu_users{"libvirt-qemu", "qemu"};

Identity qemu_identity() {
    if (::geteuid() != 0)
        return {::geteuid(), ::getegid()};
    std::vector<char> buffer(16384);
    for (const char* const name : qemu_users) {
        passwd entry{};
        passwd* found = nullptr;
        if (::getpwnam_r(name, &entry, buffer.data(), buffer.size(), &found) == 0 &&
            found != nullptr)
            return {entry.pw_uid, entry.pw_gid};
    }
    throw Error{Fault::environment,
                "there is no user that QEMU could run as: neither libvirt-qemu nor qemu exists",
                {"make one: useradd --system --user-group --shell /usr/sbin/nologin libvirt-qemu",
                 "or start glinda as an ordinary user"}};
}

/// Makes or checks the folder of all roots. As it lies where everybody may write, somebody else may
/// have made it, or a link of its name, before us.
void claim(const fs::path& base) {
    if (::mkdir(base.c_str(), 0711) == 0) {
        if (::chmod(base.c_str(), 0711) != 0)  // whatever the umask is
            throw system_error("cannot set the mode of " + base.string());
        return;
    }
    if (errno != EEXIST)
        throw system_error("cannot make the folder " + base.string());
    struct stat status {};
    if (::lstat(base.c_str(), &status) != 0)
        throw system_error("cannot look at " + base.string());
    if (!S_ISDIR(status.st_mode) || status.st_uid != ::geteuid() || (status.st_mode & 022U) != 0)
        throw Error{Fault::environment,
                    base.string() + " is not a folder that only we can write to",
                    {"remove it: it may have been put there in order to harm you"}};
}

fs::path make_root(const fs::path& base) {
    claim(base);
    std::string name = base / "XXXXXX";
    if (::mkdtemp(name.data()) == nullptr)
        throw system_error("cannot make a folder in " + base.string());
    return name;
}

/// A new root and its lock.
std::pair<fs::path, Lock> lock_new_root(const fs::path& base) {
    while (true) {
        fs::path root = make_root(base);
        if (std::optional<Lock> lock = Lock::try_lock(root / "lock"))
            return {std::move(root), *std::move(lock)};
        // A reaper was faster and is removing it.
    }
}

std::string configuration(const Identity& qemu) {
    // The default handler of output is a daemon; the default security driver refuses files outside
    // of the system's folders; the others leave traces on the host when we are killed.
    std::string text =
        "stdio_handler = \"file\"\n"
        "security_driver = \"none\"\n"
        "remember_owner = 0\n"
        "namespaces = []\n"
        "cgroup_controllers = []\n";
    if (::geteuid() == 0)
        text += format("user = \"+{}\"\ngroup = \"+{}\"\n", qemu.user, qemu.group);
    return text;
}

void make_folder(const fs::path& path, mode_t mode) {
    make_folders(path, mode);
    if (::chmod(path.c_str(), mode) != 0)
        throw system_error("cannot set the mode of " + path.string());
}

fs::path capabilities_of(const fs::path& root) {
    return root / "cache/qemu/capabilities";
}

/// Copies what `to` lacks or has otherwise. Only speed depends on it, so failures are ignored.
void copy_capabilities(const fs::path& from, const fs::path& to) noexcept {
    try {
        if (!fs::is_directory(from))
            return;
        make_folders(to);
        for (const fs::directory_entry& entry : fs::directory_iterator{from}) {
            const fs::path target = to / entry.path().filename();
            const std::string content = read_file(entry.path());
            if (!fs::exists(target) || read_file(target) != content)
                write_file(target, content);
        }
    } catch (const std::exception&) {
        return;
    }
}

/// Whether `who` may open /dev/kvm, by its mode.
bool may_use_kvm(const Identity& who) {
    constexpr const char* device = "/dev/kvm";
    if (who.user == ::geteuid())
        return ::access(device, R_OK | W_OK) == 0;
    struct stat status {};
    if (::stat(device, &status) != 0)
        return false;
    constexpr mode_t read_write = 06;
    if (status.st_uid == who.user)
        return ((status.st_mode >> 6U) & read_write) == read_write;
    std::array<gid_t, 256> groups{};
    int count = static_cast<int>(groups.size());
    std::vector<char> buffer(16384);
    passwd entry{};
    passwd* found = nullptr;
    ::getpwuid_r(who.user, &entry, buffer.data(), buffer.size(), &found);
    if (found == nullptr || ::getgrouplist(found->pw_name, who.group, groups.data(), &count) < 0)
        count = 0;
    const bool member =
        std::find(groups.begin(), groups.begin() + count, status.st_gid) != groups.begin() + count;
    return ((status.st_mode >> (member ? 3U : 0U)) & read_write) == read_write;
}

/// libvirt 9 examines QEMU with CAP_DAC_OVERRIDE, so it finds KVM usable even when QEMU's user may
/// not open it; later it doubts that result at every look and examines again, seconds each time,
/// without an end (virQEMUCapsIsValid). A result that never claimed KVM is believed.
void deny_kvm(const fs::path& capabilities) {
    constexpr std::string_view claim = "  <flag name='kvm'/>\n";
    if (!fs::is_directory(capabilities))
        return;
    for (const fs::directory_entry& entry : fs::directory_iterator{capabilities}) {
        std::string content = read_file(entry.path());
        if (const std::size_t at = content.find(claim); at != std::string::npos)
            write_file(entry.path(), content.erase(at, claim.size()));
    }
}

/// The living process whose number a file below `root` holds. It must name the root in its command
/// line, as a number alone may since have gone to another process.
FileDescriptor process_of(const fs::path& file, const fs::path& root) noexcept {
    try {
        const auto id = to_number(trim(read_file(file)));
        if (!id || *id == static_cast<std::uint64_t>(::getpid()))
            return {};
        FileDescriptor process{static_cast<int>(::syscall(SYS_pidfd_open, *id, 0))};
        const std::string command_line = read_file(format("/proc/{}/cmdline", *id));
        if (command_line.find(root.string()) != std::string::npos)
            return process;
    } catch (const std::exception&) {
        // The file or the process has vanished meanwhile.
    }
    return {};
}

std::vector<FileDescriptor> processes_of(const fs::path& root) {
    std::vector<FileDescriptor> found;
    std::error_code failure;
    for (auto file = fs::recursive_directory_iterator{root, failure};
         file != fs::recursive_directory_iterator{}; file.increment(failure))
        if (file->path().extension() == ".pid")
            if (FileDescriptor process = process_of(file->path(), root))
                found.push_back(std::move(process));
    return found;
}

void kill_all(const fs::path& root) {
    const std::vector<FileDescriptor> processes = processes_of(root);
    for (const FileDescriptor& process : processes)
        ::syscall(SYS_pidfd_send_signal, process.get(), SIGKILL, nullptr, 0);
    for (const FileDescriptor& process : processes) {
        pollfd ended{process.get(), POLLIN, 0};
        ::poll(&ended, 1, 2000);
    }
}

void remove_root(const fs::path& root) noexcept {
    kill_all(root);
    std::error_code ignored;
    fs::remove_all(root, ignored);
}

constexpr const char* kept_mark = "kept";

bool is_kept(const fs::path& root) noexcept {
    std::error_code none;
    return fs::exists(root / kept_mark, none);
}

/// A folder without a lock is one that is being made, or was when its maker died.
bool is_abandoned(const fs::path& root) {
    if (fs::exists(root / "lock"))
        return true;
    struct stat status {};
    return ::stat(root.c_str(), &status) == 0 && ::time(nullptr) - status.st_mtime > 60;
}

/// The lock of a root that nobody holds; nothing, too, if the root has gone meanwhile.
std::optional<Lock> lock_of(const fs::path& root) {
    try {
        return Lock::try_lock(root / "lock");
    } catch (const Error&) {
        if (fs::exists(root))
            throw;
        return std::nullopt;
    }
}

}  // namespace

fs::path PrivateRoot::default_base() {
    return format("/tmp/glinda-{}", ::geteuid());
}

PrivateRoot::PrivateRoot(const fs::path& base)
    : PrivateRoot{qemu_identity(), lock_new_root(base)} {}

PrivateRoot::PrivateRoot(const Identity& qemu, std::pair<fs::path, Lock> root)
    : qemu_{qemu}, path_{std::move(root.first)}, lock_{std::move(root.second)} {
    try {
        // QEMU's user passes through these to its own folders.
        const mode_t mode = ::geteuid() == 0 ? 0711 : 0700;
        make_folder(path_, mode);
        make_folder(path_ / "lib", mode);
        make_folder(io(), 0700);
        if (::chown(io().c_str(), qemu_.user, qemu_.group) != 0)
            throw system_error("cannot give " + io().string() + " to QEMU's user");
        make_folders(path_ / "etc");
        write_file(path_ / "etc/qemu.conf", configuration(qemu_));
        make_folders(path_ / "run/qemu", 0755);
        reaper_ = std::make_unique<Reaper>(path_);
    } catch (...) {
        remove_root(path_);
        throw;
    }
    copy_capabilities(user_cache("libvirt"), capabilities_of(path_));
}

PrivateRoot::~PrivateRoot() {
    if (!is_kept(path_))
        remove_root(path_);
}

void PrivateRoot::keep() const {
    write_file(path_ / kept_mark, "");
}

std::string PrivateRoot::uri() const {
    return "qemu:///embed?root=" + path_.string();
}

void PrivateRoot::kill_processes() const noexcept {
    kill_all(path_);
}

void PrivateRoot::keep_capabilities() const {
    if (!may_use_kvm(qemu_))
        deny_kvm(capabilities_of(path_));
    copy_capabilities(capabilities_of(path_), user_cache("libvirt"));
}

int PrivateRoot::reap(const fs::path& base) {
    if (!fs::exists(fs::symlink_status(base)))
        return 0;
    claim(base);
    int count = 0;
    for (const fs::directory_entry& entry : fs::directory_iterator{base}) {
        if (is_kept(entry.path()) || !is_abandoned(entry.path()))
            continue;
        if (const std::optional<Lock> lock = lock_of(entry.path())) {
            remove_root(entry.path());
            ++count;
        }
    }
    return count;
}

}  // namespace glinda::virt
