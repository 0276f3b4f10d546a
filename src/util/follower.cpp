#include "glinda/util/follower.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <tuple>

namespace glinda {

Follower::Follower(std::vector<Source> sources)
    : notify_{::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)}, wake_{::eventfd(0, EFD_CLOEXEC)} {
    if (!notify_ || !wake_)
        throw system_error("cannot watch files");
    for (Source& source : sources) {
        if (::inotify_add_watch(notify_.get(), source.file.c_str(), IN_MODIFY) < 0)
            throw system_error("cannot watch " + source.file.string());
        followed_.push_back({open_file(source.file, O_RDONLY), std::move(source.on_bytes)});
    }
    thread_ = std::thread{[this] { run(); }};
}

Follower::~Follower() {
    const std::uint64_t one = 1;
    std::ignore = ::write(wake_.get(), &one, sizeof one);
    thread_.join();
}

void Follower::run() noexcept {
    std::array<pollfd, 2> waits{pollfd{notify_.get(), POLLIN, 0}, pollfd{wake_.get(), POLLIN, 0}};
    while (waits[1].revents == 0) {
        read_all();
        if (::poll(waits.data(), waits.size(), -1) < 0 && errno != EINTR)
            return;
        std::array<char, 4096> events{};  // which file it was does not matter
        while (::read(notify_.get(), events.data(), events.size()) > 0) {
        }
    }
    read_all();
}

void Follower::read_all() noexcept {
    std::array<char, 65536> buffer{};
    for (const Followed& source : followed_) {
        ssize_t got = 0;
        while ((got = ::read(source.file.get(), buffer.data(), buffer.size())) > 0)
            source.on_bytes({buffer.data(), static_cast<std::size_t>(got)});
    }
}

}  // namespace glinda
