#pragma once

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "glinda/util/files.hpp"
#include "glinda/util/text.hpp"
#include "listener.hpp"

namespace glinda {

/// A server on loopback that talks to all of its clients at once, with each as long as it stays.
class CrowdServer {
public:
    /// Gives the whole answer to a request, on a thread of its connection; the connections are
    /// numbered. An empty one, and "Connection: close" in one, end the connection; a client that is
    /// sent less than it was promised is left waiting for the rest.
    using Script = std::function<std::string(const std::string& request, std::size_t connection)>;

    explicit CrowdServer(Script script) : script_{std::move(script)} {
        thread_ = std::jthread{[this] { serve(); }};
    }
    CrowdServer(const CrowdServer&) = delete;
    CrowdServer& operator=(const CrowdServer&) = delete;
    ~CrowdServer() { end(); }

    [[nodiscard]] std::string url() const {
        return format("http://127.0.0.1:{}/file", listener_.port());
    }
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
        for (const FileDescriptor& client : clients_)
            ::shutdown(client.get(), SHUT_RDWR);
        talks_.clear();
    }
    void serve() {
        for (std::size_t number = 0;; ++number) {
            FileDescriptor client = listener_.accept();
            if (!client)
                return;
            const int socket = clients_.emplace_back(std::move(client)).get();
            talks_.emplace_back([this, socket, number] { talk(socket, number); });
        }
    }
    void talk(int client, std::size_t number) {
        std::array<char, 4096> buffer{};
        std::string request;
        for (ssize_t got = 0; (got = ::read(client, buffer.data(), buffer.size())) > 0;) {
            request.append(buffer.data(), static_cast<std::size_t>(got));
            if (!request.ends_with("\r\n\r\n"))
                continue;
            {
                const std::lock_guard guard{mutex_};
                requests_.push_back(request);
            }
            if (!send(client, script_(request, number)))
                return;
            request.clear();
        }
    }
    /// False if the conversation is over.
    static bool send(int client, std::string_view words) {
        const bool over = words.empty() || words.find("Connection: close") < 1000;
        while (!words.empty()) {
            const ssize_t put = ::send(client, words.data(), words.size(), MSG_NOSIGNAL);
            if (put <= 0)
                return false;
            words.remove_prefix(static_cast<std::size_t>(put));
        }
        if (over)
            ::shutdown(client, SHUT_RDWR);
        return !over;
    }

    Script script_;
    std::mutex mutex_;
    std::vector<std::string> requests_;
    Listener listener_;
    std::list<FileDescriptor> clients_;
    std::list<std::jthread> talks_;
    std::jthread thread_;
};

}  // namespace glinda
