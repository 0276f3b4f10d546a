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
    /// Told before the download is taken up again why, and after how long.
    std::function<void(const std::string& why, std::chrono::milliseconds pause)> on_pause{};
    std::stop_token stop{};  ///< ends the download within a second
    std::chrono::seconds connect_limit{30};
    std::chrono::seconds stall_limit{60};  ///< without a single byte
    /// How often a download that breaks, or that the server puts off, is taken up again without
    /// getting any further.
    unsigned retries = 5;
    /// Before the first of them; each further one is twice as long, unless the server says when.
    std::chrono::milliseconds pause{1000};
    /// What has come for so long over one connection, and would take as long again, is fetched over
    /// four if the server sends parts of what is provably the same file and so many bytes, or more,
    /// are missing. A server that is not slow by connection would gain nothing by it.
    std::chrono::milliseconds patience{2000};
    std::uint64_t shared_from = std::uint64_t{32} << 20U;
};

/// Downloads an http, https, ftp or file URL to `to`, which appears or is replaced when all of it
/// is there and has the expected digest. Redirects are followed, but never to another kind of URL
/// than http and https; certificates are always checked. Proxies are those of libcurl's environment
/// variables (http_proxy, https_proxy, all_proxy, no_proxy). A download that breaks goes on with
/// the byte at which it broke if the server proves that it is the same file still (If-Range; for
/// FTP its size and date), else from the beginning.
/// @throws Error (usage) for a URL or a digest that is none, (timeout) if the server falls silent,
///         (cancelled) on a stop, (environment) for everything else, such as another digest or
///         size.
void fetch(const std::string& url, const std::filesystem::path& to,
           const FetchOptions& options = {});

/// The content of a URL of at most `limit` bytes; nothing if the server has no such file.
/// @throws Error as fetch() does.
[[nodiscard]] std::optional<std::string> fetch_text(const std::string& url, std::size_t limit,
                                                    const FetchOptions& options = {});

}  // namespace glinda::media
