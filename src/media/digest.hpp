#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "glinda/media/fetch.hpp"

struct hash_hd_st;

namespace glinda::media {

/// Adds up bytes as they come, by GnuTLS: libcurl has it loaded, and its SHA-256 uses the
/// processor's instructions for that, with which it is five times as fast as GLib's. What is large
/// is added up on a thread of its own, so that the next bytes can come and be written meanwhile.
class Digester {
public:
    /// @throws Error (usage) if it knows no such algorithm.
    explicit Digester(const std::string& algorithm);

    void add(std::string_view bytes);

    /// The digest of what was added, in lower case; the sum begins anew.
    [[nodiscard]] std::string take();

private:
    struct Release {
        void operator()(hash_hd_st* sum) const noexcept;
    };
    void hand_over();
    void work(const std::stop_token& stop);

    unsigned size_ = 0;
    std::unique_ptr<hash_hd_st, Release> sum_;  ///< the worker's as long as there are blocks
    std::string pending_;
    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::deque<std::string> blocks_;
    std::vector<std::string> spare_;  ///< used blocks, whose memory serves again
    std::jthread worker_;             ///< last, as it uses the others
};

/// @throws Error (usage) if the algorithm is unknown or the digest is none of it.
void require_digest(const Digest& digest);

/// @throws Error (environment) that says both values if they differ; `name` is the file's.
void compare(const Digest& expected, std::string_view got, std::string_view name);

}  // namespace glinda::media
