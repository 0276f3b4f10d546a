#pragma once

#include <curl/curl.h>

#include <cstdint>
#include <optional>
#include <string>

#include "byte_range.hpp"

namespace glinda::media {

/// By what a server tells one state of a file from another (RFC 9110, 8.8), and the file's size.
struct Origin {
    std::string etag;
    std::string modified;
    std::optional<std::uint64_t> size{};

    /// What proves in an If-Range header (RFC 9110, 13.1.5) that the file is still the same;
    /// empty if nothing does.
    [[nodiscard]] std::string proof() const;

    /// Whether an answer that says this of its file can be of the same one.
    [[nodiscard]] bool may_be(const Origin& said) const;
};

/// A header of the last answer; empty if it has none of that name.
[[nodiscard]] std::string header_of(CURL* curl, const char* name);

/// The status of the last answer; 0 if there was none.
[[nodiscard]] long status_of(CURL* curl);

/// What the last answer says of its file; its size is that of what comes.
[[nodiscard]] Origin origin_of(CURL* curl);

/// Whether the last answer is exactly this part of the same file, whose size is known.
[[nodiscard]] bool is_part(CURL* curl, const Origin& file, const ByteRange& range);

}  // namespace glinda::media
