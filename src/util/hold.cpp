#include "glinda/util/hold.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <functional>
#include <tuple>

namespace glinda {
namespace {

namespace fs = std::filesystem;

/// Takes a lock; false if it is not to be waited for and another process has it.
bool lock(const FileDescriptor& file, int operation) {
    while (::flock(file.get(), operation) != 0) {
        if (errno == EWOULDBLOCK)
            return false;
        if (errno != EINTR)
            throw system_error("cannot lock a file");
    }
    return true;
}

/// Waits until a file is closed, renamed or removed: after that it may be free.
class Change {
public:
    Change(const fs::path& path, const std::stop_token& stop)
        : stop_{stop}, on_stop_{stop, [this] { wake(); }} {
        constexpr std::uint32_t events = IN_CLOSE | IN_MOVE_SELF | IN_DELETE_SELF | IN_ATTRIB;
        if (!notify_ || !wake_ ||
            (::inotify_add_watch(notify_.get(), path.c_str(), events) < 0 && errno != ENOENT))
            throw system_error("cannot watch " + path.string());
    }
    void wait() const {
        std::array<pollfd, 2> waits{pollfd{notify_.get(), POLLIN, 0},
                                    pollfd{wake_.get(), POLLIN, 0}};
        while (::poll(waits.data(), waits.size(), -1) < 0 && errno == EINTR) {
        }
        if (stop_.stop_requested())
            throw Error{Fault::cancelled, "interrupted"};
        std::array<char, 4096> events{};  // which it was does not matter
        while (::read(notify_.get(), events.data(), events.size()) > 0) {
        }
    }

private:
    void wake() const noexcept {
        const std::uint64_t one = 1;
        std::ignore = ::write(wake_.get(), &one, sizeof one);
    }
    FileDescriptor notify_{::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)};
    FileDescriptor wake_{::eventfd(0, EFD_CLOEXEC)};
    std::stop_token stop_;
    std::stop_callback<std::function<void()>> on_stop_;
};

}  // namespace

bool is_at(const FileDescriptor& file, const fs::path& path) {
    struct stat mine {};
    struct stat named {};
    return ::fstat(file.get(), &mine) == 0 && ::lstat(path.c_str(), &named) == 0 &&
           mine.st_ino == named.st_ino && mine.st_dev == named.st_dev;
}

std::optional<FileDescriptor> hold(const fs::path& path) {
    while (true) {
        FileDescriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
        if (!file && errno == ENOENT)
            return std::nullopt;
        if (!file)
            throw system_error("cannot open " + path.string());
        lock(file, LOCK_SH);
        if (is_at(file, path))
            return file;
    }
}

FileDescriptor seize(const fs::path& path, const std::stop_token& stop) {
    while (true) {
        // Neither closed nor opened while it waits: that would wake others who do.
        FileDescriptor file = open_file(path, O_RDWR | O_CREAT | O_NOFOLLOW);
        const Change change{path, stop};
        bool locked = false;
        while (is_at(file, path) && !(locked = lock(file, LOCK_EX | LOCK_NB)))
            change.wait();
        if (locked && is_at(file, path))
            return file;
    }
}

void share(const FileDescriptor& file) {
    lock(file, LOCK_SH);
}

bool is_held(const fs::path& path) {
    const FileDescriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)};
    return file && !lock(file, LOCK_EX | LOCK_NB);
}

bool remove_unless_held(const fs::path& path) {
    const FileDescriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)};
    if (file && (!lock(file, LOCK_EX | LOCK_NB) || !is_at(file, path)))
        return false;
    if (::unlink(path.c_str()) != 0 && errno != ENOENT)
        throw system_error("cannot remove " + path.string());
    return true;
}

}  // namespace glinda
