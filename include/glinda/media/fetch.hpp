#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

namespace glinda::media {

/// What a file's bytes are to add up to.
struct Digest {
    std::string algorithm;  ///< md5, sha1, sha256, sha384 or sha512
    std::string hex;        ///< in any case
};

/// How a download goes about its work.
struct FetchOptions {
    std::optional<Digest> expected{};
    /// Told on the caller's thread, often; the total is 0 as long as the server has not said it.
    std::function<void(std::uint64_t bytes, std::uint64_t total)> on_progress{};
    std::stop_token stop{};  ///< ends the download within a second
    std::chrono::seconds connect_limit{30};
    std::chrono::seconds stall_limit{60};  ///< without a single byte
};

/// Downloads an http, https, ftp or file URL to `to`, which appears or is replaced when all of it
/// is there and has the expected digest. Redirects are followed, but never to another kind of URL
/// than http and https; certificates are always checked.
/// @throws Error (usage) for a URL or a digest that is none, (timeout) if the server falls silent,
///         (cancelled) on a stop, (environment) for everything else, such as another digest.
void fetch(const std::string& url, const std::filesystem::path& to,
           const FetchOptions& options = {});

/// The content of a URL of at most `limit` bytes; nothing if the server has no such file.
/// @throws Error as fetch() does.
[[nodiscard]] std::optional<std::string> fetch_text(const std::string& url, std::size_t limit,
                                                    const FetchOptions& options = {});

}  // namespace glinda::media
