#include "knock.hpp"

#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "glinda/util/error.hpp"
#include "glinda/util/handle.hpp"
#include "glinda/util/text.hpp"

namespace glinda::guest {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

/// A connection that nobody refuses may only hang; another one is asked for beside it.
constexpr auto beside = 1s;
constexpr auto after_refusal = 200ms;

/// Most are given up soon. A server that is slow to speak gets one that is waited for.
constexpr auto patience_of_most = 5s;
constexpr auto patience_of_few = 32s;
constexpr unsigned few = 8;  ///< one of so many

FileDescriptor connect_to(const Login& login) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (const int error =
            ::getaddrinfo(login.host.c_str(), std::to_string(login.port).c_str(), &hints, &found);
        error != 0)
        throw Error{Fault::environment,
                    format("cannot find {}: {}", login.host, ::gai_strerror(error))};
    const Handle<addrinfo, &::freeaddrinfo> address{found};
    FileDescriptor socket{
        ::socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!socket)
        throw system_error("cannot make a socket");
    if (::connect(socket.get(), address->ai_addr, address->ai_addrlen) != 0 && errno != EINPROGRESS)
        socket.reset();  // refused
    return socket;
}

}  // namespace

void Knocking::knock() {
    const auto now = Clock::now();
    if (now < next_)
        return;
    next_ = now + after_refusal;
    FileDescriptor socket = connect_to(login_);
    if (!socket)
        return;
    next_ = now + beside;
    const auto patience =
        count_++ % few == 0 ? Clock::duration{patience_of_few} : Clock::duration{patience_of_most};
    connections_.push_back({std::move(socket), now + patience});
}

Knocking::State Knocking::state_of(const Connection& connection) {
    char first = 0;
    const ssize_t got = ::recv(connection.socket.get(), &first, 1, MSG_PEEK | MSG_DONTWAIT);
    if (got > 0)
        return State::speaks;
    // ENOTCONN: it is still being made.
    const bool waits = got < 0 && (errno == EAGAIN || errno == EINTR || errno == ENOTCONN);
    return waits && Clock::now() < connection.given_up ? State::silent : State::gone;
}

FileDescriptor Knocking::wait(Patience& patience) {
    for (;;) {
        knock();
        std::vector<pollfd> events;
        for (const Connection& connection : connections_)
            events.push_back({connection.socket.get(), POLLIN, 0});
        patience.wait(events, next_);
        FileDescriptor speaking;
        // An error is told only once.
        const auto is_over = [&](Connection& connection) {
            const State state = state_of(connection);
            if (state == State::speaks && !speaking)
                speaking = std::move(connection.socket);
            return state == State::gone;
        };
        if (std::erase_if(connections_, is_over) > 0)
            next_ = std::min(next_, Clock::now() + after_refusal);
        if (speaking) {
            connections_.clear();
            return speaking;
        }
    }
}

}  // namespace glinda::guest
