#include "reaper.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <vector>

#include "glinda/util/text.hpp"

namespace glinda::virt {
namespace {

constexpr std::uint32_t changes = IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE;

/// How often to look, in milliseconds, while libvirt asks a QEMU what it can do: that is over in a
/// moment.
constexpr int asking_interval = 20;

/// Whether a process has ended; a child of ours is then taken from the table of processes.
bool has_ended(const FileDescriptor& process) {
    pollfd now{process.get(), POLLIN, 0};
    if (::poll(&now, 1, 0) < 1)
        return false;
    siginfo_t end{};
    ::waitid(P_PIDFD, static_cast<id_t>(process.get()), &end, WEXITED | WNOHANG);
    return true;
}

}  // namespace

Reaper::Reaper(const std::filesystem::path& root)
    : domains_{root / "run/qemu"},
      asked_{root / "lib/qemu"},
      notify_{::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)},
      wake_{::eventfd(0, EFD_CLOEXEC)} {
    for (const std::filesystem::path& folder : {domains_, asked_.parent_path()})
        if (::inotify_add_watch(notify_.get(), folder.c_str(), changes) < 0)
            throw system_error("cannot watch " + folder.string());
    ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    thread_ = std::thread{[this] { run(); }};
}

Reaper::~Reaper() {
    ::eventfd_write(wake_.get(), 1);
    thread_.join();
}

void Reaper::run() {
    while (true) {
        std::vector<pollfd> waits{{wake_.get(), POLLIN, 0}, {notify_.get(), POLLIN, 0}};
        for (const FileDescriptor& process : alive_)
            waits.push_back({process.get(), POLLIN, 0});
        if (::poll(waits.data(), waits.size(), asks_ ? asking_interval : -1) < 0 && errno != EINTR)
            return;
        std::erase_if(alive_, [](const FileDescriptor& process) { return has_ended(process); });
        if (waits[0].revents != 0)
            return;
        if (waits[1].revents != 0 || asks_)
            look_for_more();
    }
}

void Reaper::look_for_more() {
    std::array<char, 4096> events{};  // which file it was does not matter
    while (::read(notify_.get(), events.data(), events.size()) > 0) {
    }
    // libvirt makes that folder later than this object.
    ::inotify_add_watch(notify_.get(), asked_.c_str(), changes);
    look_into(domains_);
    asks_ = false;
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator{asked_, none})
        if (entry.path().filename().string().starts_with("qmp-")) {
            asks_ = true;
            look_into(entry.path());
        }
}

void Reaper::look_into(const std::filesystem::path& folder) {
    std::error_code none;
    for (const auto& file : std::filesystem::directory_iterator{folder, none}) {
        if (file.path().extension() != ".pid")
            continue;
        try {
            const auto id = static_cast<pid_t>(to_number(trim(read_file(file.path()))).value_or(0));
            if (id == 0 || id == ::getpid() || !known_.insert(id).second)
                continue;
            if (FileDescriptor process{static_cast<int>(::syscall(SYS_pidfd_open, id, 0))})
                alive_.push_back(std::move(process));
        } catch (const Error&) {
            // The file has vanished meanwhile.
        }
    }
}

}  // namespace glinda::virt
