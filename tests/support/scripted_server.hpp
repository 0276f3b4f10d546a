#pragma once

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "glinda/util/files.hpp"
#include "glinda/util/text.hpp"
#include "listener.hpp"

namespace glinda {

/// A server on loopback that answers each request as a test says and then closes the connection:
/// it can break off, lie and change its mind.
class ScriptedServer {
public:
    /// Gives the whole answer to a request, the header lines included; `count` is 0 for the first.
    using Script = std::function<std::string(const std::string& request, std::size_t count)>;

    explicit ScriptedServer(Script script) : script_{std::move(script)} {
        thread_ = std::jthread{[this] { serve(); }};
    }
    ScriptedServer(const ScriptedServer&) = delete;
    ScriptedServer& operator=(const ScriptedServer&) = delete;
    ~ScriptedServer() { end(); }

    [[nodiscard]] std::string origin() const {
        return format("http://127.0.0.1:{}", listener_.port());
    }
    [[nodiscard]] std::string url() const { return origin() + "/file"; }

    /// Ends the server; what it was asked for.
    const std::vector<std::string>& requests() {
        end();
        return requests_;
    }

private:
    void end() {
        listener_.end();
        if (thread_.joinable())
            thread_.join();
    }
    void serve() {
        while (true) {
            const FileDescriptor client = listener_.accept();
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
    Listener listener_;
    std::jthread thread_;
};

/// An answer with its header lines, of which a wrong Content-Length may be one.
inline std::string http_answer(std::string_view status, const std::vector<std::string>& headers,
                               std::string_view body) {
    std::string text = format("HTTP/1.1 {}\r\nConnection: close\r\n", status);
    for (const std::string& header : headers)
        if (!header.empty())
            text += header + "\r\n";
    return text.append("\r\n").append(body);
}

}  // namespace glinda
