#include "origin.hpp"

#include <ctime>

#include "glinda/util/text.hpp"

namespace glinda::media {

std::string Origin::proof() const {
    if (!size)
        return {};
    return !etag.empty() && !etag.starts_with("W/") ? etag : modified;
}

bool Origin::may_be(const Origin& said) const {
    return (said.modified.empty() || said.modified == modified) &&
           (said.etag.empty() || said.etag == etag);
}

std::string header_of(CURL* curl, const char* name) {
    curl_header* found = nullptr;
    const bool there = curl_easy_header(curl, name, 0, CURLH_HEADER, -1, &found) == CURLHE_OK;
    return there ? std::string{found->value} : std::string{};
}

long status_of(CURL* curl) {
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    return status;
}

Origin origin_of(CURL* curl) {
    curl_off_t size = -1;
    curl_easy_getinfo(curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &size);
    Origin origin{.etag = header_of(curl, "ETag"), .modified = header_of(curl, "Last-Modified")};
    // A file that was changed in the second in which it was sent may change again in it, and its
    // date would not tell (RFC 9110, 8.8.2.2).
    if (origin.modified == header_of(curl, "Date"))
        origin.modified.clear();
    // FTP's word for it (RFC 3659, 3), for which was asked.
    curl_off_t changed = -1;
    curl_easy_getinfo(curl, CURLINFO_FILETIME_T, &changed);
    if (origin.modified.empty() && changed >= 0 && changed < std::time(nullptr) - 1)
        origin.modified = format("{}", changed);
    if (size >= 0)
        origin.size = static_cast<std::uint64_t>(size);
    return origin;
}

bool is_part(CURL* curl, const Origin& file, const ByteRange& range) {
    constexpr long partial_content = 206;  // RFC 9110, 15.3.7
    return status_of(curl) == partial_content && file.may_be(origin_of(curl)) &&
           header_of(curl, "Content-Range") == to_text(range, *file.size);
}

}  // namespace glinda::media
