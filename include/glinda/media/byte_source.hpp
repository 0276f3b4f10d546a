#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "glinda/media/fetch.hpp"

namespace glinda::media {

/// The bytes of an image, wherever they are. Not for use by two threads at once.
class ByteSource {
public:
    ByteSource() = default;
    ByteSource(const ByteSource&) = delete;
    ByteSource& operator=(const ByteSource&) = delete;
    virtual ~ByteSource() = default;

    [[nodiscard]] virtual std::uint64_t size() const = 0;

    /// `length` bytes from `at` on, or as many as there are.
    /// @throws Error if they cannot be read.
    [[nodiscard]] virtual std::string read(std::uint64_t at, std::size_t length) = 0;
};

/// A file of this host.
/// @throws Error (usage) if it cannot be read.
[[nodiscard]] std::unique_ptr<ByteSource> open_bytes(const std::filesystem::path& path);

/// The most that is fetched of one image behind a URL, in bytes: what an image makes glinda look
/// at, it may have been made to make it look at.
inline constexpr std::uint64_t most_from_url = std::uint64_t{32} << 20U;

/// What is behind an http or https URL, fetched in parts (RFC 9110, 14) of 32 KiB, once each, when
/// they are needed.
/// @throws Error (usage) if it is no such URL or the server sends no parts, (environment) if the
///         server has no such file or cannot be reached, (timeout) if it falls silent, (cancelled);
///         so does read() later.
[[nodiscard]] std::unique_ptr<ByteSource> open_url(const std::string& url,
                                                   const FetchOptions& options = {});

/// Whether an http, https or ftp server has a file; nothing of it is fetched. What it forbids to
/// read, it may as well not have: stores of objects answer so for whatever they lack.
/// @throws Error as open_url() does.
[[nodiscard]] bool exists_at(const std::string& url, const FetchOptions& options = {});

/// A URL without the user and password in it, as it may be shown.
/// @throws Error (usage) if it is no URL.
[[nodiscard]] std::string shown_url(const std::string& url);

}  // namespace glinda::media
