#pragma once

#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <string>
#include <thread>

#include "glinda/util/error.hpp"
#include "glinda/util/files.hpp"
#include "glinda/util/text.hpp"
#include "listener.hpp"

namespace glinda {

/// A loopback server of one file that counts every byte it sends, to one client after another.
class RangeServer {
public:
    /// Whether it sends parts of the file, or always all of it, or parts of another size.
    enum class Ranges { known, unknown, wrong };

    explicit RangeServer(const std::filesystem::path& file, Ranges ranges = Ranges::known)
        : file_{open_file(file, O_RDONLY)}, ranges_{ranges} {
        std::signal(SIGPIPE, SIG_IGN);  // sendfile(2) has no flag for it
        thread_ = std::jthread{[this] { serve(); }};
    }
    RangeServer(const RangeServer&) = delete;
    RangeServer& operator=(const RangeServer&) = delete;
    ~RangeServer() { listener_.end(); }

    [[nodiscard]] std::string url(std::string_view name = "medium.iso") const {
        return format("http://127.0.0.1:{}/{}", listener_.port(), name);
    }
    /// Headers included.
    [[nodiscard]] std::uint64_t bytes_sent() const { return bytes_sent_; }

private:
    void serve() {
        while (true) {
            const FileDescriptor client = listener_.accept();
            if (!client)
                return;
            std::array<char, 4096> buffer{};
            std::string request;
            for (ssize_t got = 0; (got = ::read(client.get(), buffer.data(), buffer.size())) > 0;) {
                request.append(buffer.data(), static_cast<std::size_t>(got));
                if (!request.ends_with("\r\n\r\n"))
                    continue;
                answer(client.get(), request);
                request.clear();
            }
        }
    }

    void answer(int client, const std::string& request) {
        struct stat status {};
        ::fstat(file_.get(), &status);
        const auto size = static_cast<std::uint64_t>(status.st_size);
        constexpr std::string_view header = "Range: bytes=";
        const std::size_t at = request.find(header);
        std::uint64_t first = 0;
        std::uint64_t end = size;
        const bool in_parts = ranges_ != Ranges::unknown && at != std::string::npos;
        if (in_parts) {
            first = std::stoull(request.substr(at + header.size()));
            end = std::min<std::uint64_t>(
                size, std::stoull(request.substr(request.find('-', at) + 1)) + 1);
        }
        const std::uint64_t shift = ranges_ == Ranges::wrong ? 1 : 0;
        send(client, !in_parts ? format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", size)
                               : format("HTTP/1.1 206 Partial Content\r\nContent-Length: {}\r\n"
                                        "Content-Range: bytes {}-{}/{}\r\n\r\n",
                                        end - first, first + shift, end - 1 + shift, size));
        auto offset = static_cast<off_t>(first);
        while (offset < static_cast<off_t>(end)) {
            const ssize_t put =
                ::sendfile(client, file_.get(), &offset, end - static_cast<std::uint64_t>(offset));
            if (put <= 0)
                return;  // the client has seen enough
            bytes_sent_ += static_cast<std::uint64_t>(put);
        }
    }

    void send(int client, const std::string& text) {
        if (::send(client, text.data(), text.size(), MSG_NOSIGNAL) > 0)
            bytes_sent_ += text.size();
    }

    FileDescriptor file_;
    Ranges ranges_;
    Listener listener_;
    std::atomic<std::uint64_t> bytes_sent_ = 0;
    std::jthread thread_;
};

}  // namespace glinda
