#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "glinda/util/files.hpp"
#include "glinda/util/text.hpp"

namespace glinda::media {

/// A server on loopback that answers each request as a test says and then closes the connection:
/// it can break off, lie and change its mind.
class ScriptedServer {
public:
    /// Gives the whole answer to a request, the header lines included; `count` is 0 for the first.
    using Script = std::function<std::string(const std::string& request, std::size_t count)>;

    explicit ScriptedServer(Script script) : script_{std::move(script)} {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof address;
        auto* const generic = reinterpret_cast<sockaddr*>(&address);
        if (::bind(listener_.get(), generic, length) != 0 || ::listen(listener_.get(), 8) != 0 ||
            ::getsockname(listener_.get(), generic, &length) != 0)
            throw system_error("cannot listen");
        port_ = ntohs(address.sin_port);
        thread_ = std::jthread{[this] { serve(); }};
    }
    ScriptedServer(const ScriptedServer&) = delete;
    ScriptedServer& operator=(const ScriptedServer&) = delete;
    ~ScriptedServer() { end(); }

    [[nodiscard]] std::string origin() const { return format("http://127.0.0.1:{}", port_); }
    [[nodiscard]] std::string url() const { return origin() + "/file"; }

    /// Ends the server; what it was asked for.
    const std::vector<std::string>& requests() {
        end();
        return requests_;
    }

private:
    void end() {
        ::shutdown(listener_.get(), SHUT_RDWR);  // accept(2) fails from now on
        if (thread_.joinable())
            thread_.join();
    }
    void serve() {
        while (true) {
            const FileDescriptor client{::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)};
            if (!client)
                return;
            std::string request;
            std::array<char, 4096> buffer{};
            while (request.find("\r\n\r\n") == std::string::npos) {
                const ssize_t got = ::read(client.get(), buffer.data(), buffer.size());
                if (got <= 0)
                    break;
                request.append(buffer.data(), static_cast<std::size_t>(got));
            }
            requests_.push_back(request);
            send(client.get(), script_(request, requests_.size() - 1));
        }
    }
    static void send(int client, std::string_view words) {
        while (!words.empty()) {
            const ssize_t put = ::send(client, words.data(), words.size(), MSG_NOSIGNAL);
            if (put <= 0)
                return;  // the client has gone
            words.remove_prefix(static_cast<std::size_t>(put));
        }
    }

    Script script_;
    std::vector<std::string> requests_;
    FileDescriptor listener_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    std::uint16_t port_ = 0;
    std::jthread thread_;
};

/// An answer with its header lines, of which a wrong Content-Length may be one.
inline std::string answer(std::string_view status, const std::vector<std::string>& headers,
                          std::string_view body) {
    std::string text = format("HTTP/1.1 {}\r\nConnection: close\r\n", status);
    for (const std::string& header : headers)
        if (!header.empty())
            text += header + "\r\n";
    return text.append("\r\n").append(body);
}

}  // namespace glinda::media
