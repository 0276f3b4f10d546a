#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace glinda::media {

/// Where a medium or a file is: on this host, or at a URL.
struct Location {
    std::optional<std::filesystem::path> path;  ///< absolute; then there is no URL
    std::string url;                            ///< http, https or ftp
};

/// Understands a path, absolute or relative to `folder`, and a file, http, https or ftp URL.
/// @throws Error (usage) for anything else.
[[nodiscard]] Location locate(std::string_view text, const std::filesystem::path& folder);

/// The parts of a URL that an installer asks for one by one (RFC 3986, 3).
struct UrlParts {
    std::string scheme;
    std::string host;  ///< with ":port" if the URL names one
    std::string path;  ///< starts with a slash
};

/// @throws Error (usage) if it is no URL with a host.
[[nodiscard]] UrlParts split_url(const std::string& url);

/// Whether the host of a URL is this machine by name or by address, which is another machine when
/// a guest asks for it.
[[nodiscard]] bool is_loopback(const std::string& host);

}  // namespace glinda::media
