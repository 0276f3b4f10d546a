#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "glinda/util/files.hpp"
#include "glinda/util/text.hpp"

namespace glinda::media {

/// An FTP server on loopback (RFC 959, 2428, 3659) with one file, or with a tree. It ends the whole
/// connection when it has sent all that it is let send of a file, which may be less than all.
class FtpServer {
public:
    /// What there is when the file is asked for; `count` is 0 for the first time.
    struct File {
        std::string content;
        std::string changed = "20240102030405";  ///< as MDTM says it
        std::size_t most = std::string::npos;    ///< that is sent before the connection breaks
    };
    using Script = std::function<File(std::size_t count)>;

    /// Files by their paths, "folder/name"; a folder may be empty: "folder/".
    using Tree = std::map<std::string, std::string>;

    explicit FtpServer(Tree tree) : FtpServer{Script{}} { tree_ = std::move(tree); }
    explicit FtpServer(Script script) : script_{std::move(script)} {
        port_ = listen_on(listener_.get());
        thread_ = std::jthread{[this] { serve(); }};
    }
    FtpServer(const FtpServer&) = delete;
    FtpServer& operator=(const FtpServer&) = delete;
    ~FtpServer() { end(); }

    [[nodiscard]] std::string url(std::string_view path = "file") const {
        return format("ftp://127.0.0.1:{}/{}", port_, path);
    }

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
            talk(client.get(), script_ ? script_(count) : File{});
        }
    }
    void talk(int client, const File& file) {
        FileDescriptor data{new_socket()};
        std::size_t from = 0;
        std::string folder;  // with a slash at its end, unless it is the root
        send(client, "220 here\r\n");
        for (std::string line = line_of(client); !line.empty(); line = line_of(client)) {
            const std::string word = line.substr(0, 4);
            if (word == "REST" || word == "RETR")
                told_.push_back(line);
            if (word == "REST")
                from = std::stoul(line.substr(5));
            if (!script_ &&
                (word == "CWD " || word == "LIST" || word == "RETR" || word == "SIZE")) {
                talk_of_tree(client, data, folder, line);
                continue;
            }
            if (word == "RETR")
                return send_file(client, data.get(), file, from);
            send(client, answer_to(word, file, data.get()) + "\r\n");
        }
    }
    void talk_of_tree(int client, FileDescriptor& data, std::string& folder,
                      const std::string& line) {
        const std::string name =
            line.size() > 5 || line.starts_with("CWD ") ? line.substr(line.find(' ') + 1) : "";
        if (line.starts_with("CWD ")) {
            folder = name == "/" ? "" : folder + name + "/";
            const auto at = tree_.lower_bound(folder);
            const bool there = at != tree_.end() && at->first.starts_with(folder);
            return send(client, there ? "250 in\r\n" : "550 no such folder\r\n");
        }
        const auto file = tree_.find(folder + name);
        const bool lists = line.starts_with("LIST");
        if (!lists && file == tree_.end())
            return send(client, "550 no such file\r\n");
        if (line.starts_with("SIZE"))
            return send(client, format("213 {}\r\n", file->second.size()));
        send(client, "150 it comes\r\n");
        {
            const FileDescriptor to{::accept4(data.get(), nullptr, nullptr, SOCK_CLOEXEC)};
            send(to.get(), lists ? list_of(folder) : file->second);
        }
        data = FileDescriptor{new_socket()};
        send(client, "226 all of it\r\n");
    }
    /// As "ls -l" does, which is what most servers send.
    [[nodiscard]] std::string list_of(const std::string& folder) const {
        std::string list = "total 8\r\n";
        std::string last;
        for (const auto& [path, content] : tree_) {
            const std::string below = path.starts_with(folder) ? path.substr(folder.size()) : "";
            const std::size_t slash = below.find('/');
            const std::string name = below.substr(0, slash);
            if (name.empty() || name == std::exchange(last, name))
                continue;
            list += format("{} 1 ftp ftp {} Jan 02 03:04 {}\r\n",
                           slash == std::string::npos ? "-rw-r--r--" : "drwxr-xr-x", content.size(),
                           name);
        }
        return list;
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
    Tree tree_;
    std::vector<std::string> told_;
    FileDescriptor listener_{new_socket()};
    std::uint16_t port_ = 0;
    std::jthread thread_;
};

}  // namespace glinda::media
