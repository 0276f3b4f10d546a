#pragma once

#include <filesystem>
#include <functional>
#include <string_view>
#include <thread>
#include <vector>

#include "glinda/util/files.hpp"

namespace glinda {

/// Reads files as they grow, woken by the kernel (inotify(7)), on a thread of its own.
class Follower {
public:
    struct Source {
        std::filesystem::path file;                            ///< must exist
        std::function<void(std::string_view bytes)> on_bytes;  ///< called on the thread
    };

    /// @throws Error (environment) if a file cannot be watched.
    explicit Follower(std::vector<Source> sources);
    Follower(const Follower&) = delete;
    Follower& operator=(const Follower&) = delete;
    /// Reads to the present end of the files, then returns.
    ~Follower();

private:
    struct Followed {
        FileDescriptor file;
        std::function<void(std::string_view)> on_bytes;
    };
    void run() noexcept;
    void read_all() noexcept;

    FileDescriptor notify_;
    FileDescriptor wake_;
    std::vector<Followed> followed_;
    std::thread thread_;
};

}  // namespace glinda
