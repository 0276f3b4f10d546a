#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "glinda/util/files.hpp"

struct MHD_Daemon;

namespace glinda::media {

/// Serves the files of one folder, read-only, over HTTP on 127.0.0.1, as long as it lives. Links in
/// the folder are followed and never leave it; a folder has no index: it is not found.
class TreeServer {
public:
    /// Told of each request on the server's thread, one at a time: the path and the HTTP status. It
    /// must not throw.
    using OnRequest = std::function<void(std::string_view path, int status)>;

    /// @throws Error (environment) if the folder or a port cannot be opened.
    explicit TreeServer(const std::filesystem::path& folder, OnRequest on_request = {});
    TreeServer(const TreeServer&) = delete;
    TreeServer& operator=(const TreeServer&) = delete;
    ~TreeServer() = default;

    /// The TCP port, which the kernel chose.
    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

private:
    struct Handler;
    struct Stop {
        void operator()(MHD_Daemon* daemon) const noexcept;
    };

    FileDescriptor folder_;
    OnRequest on_request_;
    std::unique_ptr<MHD_Daemon, Stop> daemon_;  // last made, first stopped: it uses the others
    std::uint16_t port_ = 0;
};

}  // namespace glinda::media
