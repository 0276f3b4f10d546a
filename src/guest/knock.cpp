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

constexpr auto beside = 6s;
constexpr auto after_refusal = 200ms;
constexpr std::size_t most = 12;

/// What a connection has come to.
enum class State { silent, speaks, gone };

State state_of(const FileDescriptor& connection) {
    char first = 0;
    const ssize_t got = ::recv(connection.get(), &first, 1, MSG_PEEK | MSG_DONTWAIT);
    if (got > 0)
        return State::speaks;
    // ENOTCONN: it is still being made.
    const bool waits = got < 0 && (errno == EAGAIN || errno == EINTR || errno == ENOTCONN);
    return waits ? State::silent : State::gone;
}

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
    FileDescriptor connection = connect_to(login_);
    if (!connection)
        return;
    next_ = now + beside;
    connections_.push_back(std::move(connection));
    if (connections_.size() > most)
        connections_.pop_front();
}

FileDescriptor Knocking::wait(Patience& patience) {
    for (;;) {
        knock();
        std::vector<pollfd> events;
        for (const FileDescriptor& connection : connections_)
            events.push_back({connection.get(), POLLIN, 0});
        patience.wait(events, next_);
        FileDescriptor speaking;
        // An error is told only once.
        const auto is_over = [&](FileDescriptor& connection) {
            const State state = state_of(connection);
            if (state == State::speaks && !speaking)
                speaking = std::move(connection);
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
