#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>

#include "glinda/util/error.hpp"
#include "glinda/util/files.hpp"

namespace glinda {

/// A socket that listens on a port of the loopback interface, one that was free.
class Listener {
public:
    Listener() {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        auto* const generic = reinterpret_cast<sockaddr*>(&address);
        socklen_t size = sizeof address;
        const int yes = 1;  // another server may take the port over at once
        ::setsockopt(socket_.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
        if (::bind(socket_.get(), generic, size) != 0 || ::listen(socket_.get(), 16) != 0 ||
            ::getsockname(socket_.get(), generic, &size) != 0)
            throw system_error("cannot listen");
        port_ = ntohs(address.sin_port);
    }

    [[nodiscard]] std::uint16_t port() const { return port_; }
    /// The next client; an invalid descriptor after end().
    [[nodiscard]] FileDescriptor accept() const {
        return FileDescriptor{::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC)};
    }
    /// Makes accept() fail, for the thread that waits in it, too.
    void end() { ::shutdown(socket_.get(), SHUT_RDWR); }
    /// Leaves the port to another server.
    void close() { socket_.reset(); }

private:
    FileDescriptor socket_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    std::uint16_t port_ = 0;
};

}  // namespace glinda
