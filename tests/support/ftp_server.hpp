#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "glinda/util/files.hpp"
#include "glinda/util/text.hpp"

namespace glinda::media {

/// An FTP server on loopback (RFC 959, 2428, 3659) with one file. It ends the whole connection when
/// it has sent all that it is let send of it, which may be less than all.
class FtpServer {
public:
    /// What there is when the file is asked for; `count` is 0 for the first time.
    struct File {
        std::string content;
        std::string changed = "20240102030405";  ///< as MDTM says it
        std::size_t most = std::string::npos;    ///< that is sent before the connection breaks
    };
    using Script = std::function<File(std::size_t count)>;

    explicit FtpServer(Script script) : script_{std::move(script)} {
        port_ = listen_on(listener_.get());
        thread_ = std::jthread{[this] { serve(); }};
    }
    FtpServer(const FtpServer&) = delete;
    FtpServer& operator=(const FtpServer&) = delete;
    ~FtpServer() { end(); }

    [[nodiscard]] std::string url() const { return format("ftp://127.0.0.1:{}/file", port_); }

    /// Ends the server; what it was told that begins with any of "REST" and "RETR".
    const std::vector<std::string>& told() {
        end();
        return told_;
    }

private:
    static int new_socket() { return ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0); }
    static std::uint16_t listen_on(int listener) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof address;
        auto* const generic = reinterpret_cast<sockaddr*>(&address);
        if (::bind(listener, generic, length) != 0 || ::listen(listener, 8) != 0 ||
            ::getsockname(listener, generic, &length) != 0)
            throw system_error("cannot listen");
        return ntohs(address.sin_port);
    }
    void end() {
        ::shutdown(listener_.get(), SHUT_RDWR);  // accept(2) fails from now on
        if (thread_.joinable())
            thread_.join();
    }
    static void send(int client, std::string_view words) {
        while (!words.empty()) {
            const ssize_t put = ::send(client, words.data(), words.size(), MSG_NOSIGNAL);
            if (put <= 0)
                return;
            words.remove_prefix(static_cast<std::size_t>(put));
        }
    }
    static std::string line_of(int client) {
        std::string line;
        for (char letter = 0; ::read(client, &letter, 1) == 1;) {
            if (letter == '\n')
                return line;
            if (letter != '\r')
                line += letter;
        }
        return {};
    }
    void serve() {
        for (std::size_t count = 0;; ++count) {
            const FileDescriptor client{::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)};
            if (!client)
                return;
            talk(client.get(), script_(count));
        }
    }
    void talk(int client, const File& file) {
        FileDescriptor data{new_socket()};
        std::size_t from = 0;
        send(client, "220 here\r\n");
        for (std::string line = line_of(client); !line.empty(); line = line_of(client)) {
            const std::string word = line.substr(0, 4);
            if (word == "REST" || word == "RETR")
                told_.push_back(line);
            if (word == "REST")
                from = std::stoul(line.substr(5));
            if (word == "RETR")
                return send_file(client, data.get(), file, from);
            send(client, answer_to(word, file, data.get()) + "\r\n");
        }
    }
    static std::string answer_to(const std::string& word, const File& file, int data) {
        if (word == "USER")
            return "331 and the password?";
        if (word == "PASS")
            return "230 welcome";
        if (word == "PWD")
            return "257 \"/\"";
        if (word == "EPSV")
            return format("229 there (|||{}|)", listen_on(data));
        if (word == "SIZE")
            return format("213 {}", file.content.size());
        if (word == "MDTM")
            return file.changed.empty() ? "500 what?" : "213 " + file.changed;
        if (word == "REST")
            return "350 from there";
        return "200 yes";
    }
    static void send_file(int client, int data, const File& file, std::size_t from) {
        send(client, "150 it comes\r\n");
        const std::string_view rest =
            std::string_view{file.content}.substr(std::min(from, file.content.size()));
        {
            const FileDescriptor to{::accept4(data, nullptr, nullptr, SOCK_CLOEXEC)};
            send(to.get(), rest.substr(0, file.most));
        }
        if (rest.size() <= file.most)
            send(client, "226 all of it\r\n");
    }

    Script script_;
    std::vector<std::string> told_;
    FileDescriptor listener_{new_socket()};
    std::uint16_t port_ = 0;
    std::jthread thread_;
};

}  // namespace glinda::media
