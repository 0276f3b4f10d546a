#include "patience.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <tuple>
#include <utility>

#include "glinda/util/error.hpp"

namespace glinda::guest {

Patience::Patience(std::string guest, Deadline deadline, std::stop_token stop)
    : guest_{std::move(guest)},
      deadline_{deadline},
      stop_{std::move(stop)},
      wake_{::eventfd(0, EFD_CLOEXEC)},
      on_stop_{stop_, [this] {
                   const std::uint64_t one = 1;
                   std::ignore = ::write(wake_.get(), &one, sizeof one);
               }} {}

void Patience::wait(std::vector<pollfd>& events, Deadline until) {
    using std::chrono::milliseconds;
    const auto now = std::chrono::steady_clock::now();
    if (stop_.stop_requested())
        throw Error{Fault::cancelled, "interrupted while waiting for " + guest_};
    if (now >= deadline_)
        throw Error{Fault::timeout, guest_ + " did not answer in time"};
    const auto left = std::chrono::ceil<milliseconds>(std::min(deadline_, until) - now);
    events.push_back({wake_.get(), POLLIN, 0});
    if (::poll(events.data(), events.size(),
               static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 1'000'000))) < 0 &&
        errno != EINTR)
        throw system_error("cannot wait for " + guest_);
    events.pop_back();
}

void Patience::wait(ssh_session session, Deadline until) {
    const int flags = ssh_get_poll_flags(session);
    const int wanted = ((flags & SSH_READ_PENDING) != 0 ? POLLIN : 0) |
                       ((flags & SSH_WRITE_PENDING) != 0 ? POLLOUT : 0);
    std::vector<pollfd> events{{ssh_get_fd(session), static_cast<short>(wanted), 0}};
    wait(events, until);
}

}  // namespace glinda::guest
