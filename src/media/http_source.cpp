#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string_view>

#include "byte_range.hpp"
#include "curl.hpp"
#include "glinda/media/byte_source.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/text.hpp"

namespace glinda::media {
namespace {

constexpr std::uint64_t part_size = std::uint64_t{32} << 10U;
constexpr long partial_content = 206;  // RFC 9110, 15.3.7
constexpr long whole_content = 200;    // what a server answers that knows no ranges

/// One answer of the server, as libcurl's callbacks see it.
struct Answer {
    std::stop_token stop;
    std::string content_range{};  ///< the value of that header
    std::string body{};
};

std::size_t on_header(char* line, std::size_t, std::size_t size, void* self) {
    auto& answer = *static_cast<Answer*>(self);
    const std::string_view text{line, size};
    constexpr std::string_view wanted = "content-range:";
    if (text.starts_with("HTTP/"))
        answer.content_range.clear();  // that of a redirect, if it had any
    else if (lower(text.substr(0, wanted.size())) == wanted)
        answer.content_range = trim(text.substr(wanted.size()));
    return size;
}

/// Takes no more than a part: what a server without ranges sends is ended there.
std::size_t on_body(char* data, std::size_t, std::size_t size, void* self) {
    auto& answer = *static_cast<Answer*>(self);
    if (size > part_size - answer.body.size())
        return CURL_WRITEFUNC_ERROR;
    answer.body.append(data, size);
    return size;
}

int on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return static_cast<Answer*>(self)->stop.stop_requested() ? 1 : 0;
}

Curl start_asking(const Address& from, const FetchOptions& options) {
    Curl owned = start_curl(from, options);
    CURL* const curl = owned.get();
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, &on_header);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &on_body);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &on_progress);
    return owned;
}

/// The size of the whole file, if a Content-Range (RFC 9110, 14.4) is of the part that was asked
/// for and of what was sent.
std::optional<std::uint64_t> size_in(std::string_view content_range, std::uint64_t first,
                                     std::uint64_t length) {
    const std::size_t slash = content_range.find('/');
    if (length == 0 || slash == std::string_view::npos)
        return std::nullopt;
    const auto size = to_number(content_range.substr(slash + 1));
    if (!size || lower(content_range) != to_text({.first = first, .length = length}, *size))
        return std::nullopt;
    return size;
}

class HttpSource : public ByteSource {
public:
    HttpSource(const Address& from, const FetchOptions& options)
        : shown_{from.shown}, stop_{options.stop}, curl_{start_asking(from, options)} {
        std::ignore = part(0);
    }

    [[nodiscard]] std::uint64_t size() const override { return size_; }

    [[nodiscard]] std::string read(std::uint64_t at, std::size_t length) override {
        std::string bytes;
        while (bytes.size() < length && at < size_) {
            const std::string& here = part(at / part_size);
            bytes += here.substr(at % part_size, length - bytes.size());
            at = (at / part_size + 1) * part_size;
        }
        return bytes;
    }

private:
    const std::string& part(std::uint64_t number) {
        const auto known = parts_.find(number);
        if (known != parts_.end())
            return known->second;
        if ((parts_.size() + 1) * part_size > most_from_url)
            throw Error{Fault::usage,
                        format("{} is broken or too large to be read from afar: more than {} MiB "
                               "of it would have to be fetched",
                               shown_, most_from_url >> 20U),
                        {"download it and give the file"}};
        return parts_.emplace(number, fetch_part(number * part_size)).first->second;
    }

    std::string fetch_part(std::uint64_t first) {
        const std::string range = format("{}-{}", first, first + part_size - 1);
        Answer answer{.stop = stop_};
        std::array<char, CURL_ERROR_SIZE> words{};
        curl_easy_setopt(curl_.get(), CURLOPT_RANGE, range.c_str());
        curl_easy_setopt(curl_.get(), CURLOPT_ERRORBUFFER, words.data());
        curl_easy_setopt(curl_.get(), CURLOPT_HEADERDATA, &answer);
        curl_easy_setopt(curl_.get(), CURLOPT_WRITEDATA, &answer);
        curl_easy_setopt(curl_.get(), CURLOPT_XFERINFODATA, &answer);
        const CURLcode code = curl_easy_perform(curl_.get());
        curl_easy_setopt(curl_.get(), CURLOPT_ERRORBUFFER, nullptr);
        check(code, words[0] != '\0' ? words.data() : curl_easy_strerror(code));
        const std::uint64_t expected =
            size_ == 0 ? answer.body.size() : std::min(part_size, size_ - first);
        const auto size = size_in(answer.content_range, first, expected);
        const bool is_short = size && answer.body.size() != std::min(part_size, *size - first);
        if (!size || is_short || (size_ != 0 && *size != size_))
            throw Error{Fault::environment,
                        format("cannot read {}: the server sent another part of it than the one "
                               "it was asked for, or the file has changed",
                               shown_)};
        size_ = *size;
        return std::move(answer.body);
    }

    void check(CURLcode code, std::string_view why) const {
        if (stop_.stop_requested())
            throw Error{Fault::cancelled, "reading the image was interrupted"};
        long status = 0;
        curl_easy_getinfo(curl_.get(), CURLINFO_RESPONSE_CODE, &status);
        if (status == whole_content)
            throw Error{Fault::usage,
                        format("cannot read {} from afar: its server sends files only as a whole "
                               "(it knows no range requests)",
                               shown_),
                        {"download it and give the file"}};
        if (code == CURLE_OPERATION_TIMEDOUT)
            throw Error{Fault::timeout, format("cannot read {}: {}", shown_, why)};
        if (status != 0 && status != partial_content)
            throw Error{Fault::environment, format("cannot read {}: the server answers with "
                                                   "status {}",
                                                   shown_, status)};
        if (code != CURLE_OK)
            throw Error{Fault::environment, format("cannot read {}: {}", shown_, why)};
    }

    std::string shown_;
    std::stop_token stop_;
    std::uint64_t size_ = 0;
    std::map<std::uint64_t, std::string> parts_;
    Curl curl_;
};

Address read_http_address(const std::string& url) {
    Address from = read_address(url);
    if (from.scheme != "http" && from.scheme != "https")
        throw Error{Fault::usage,
                    format("{} cannot be read from afar: only http and https URLs can", from.shown),
                    {"download it and give the file"}};
    return from;
}

}  // namespace

std::unique_ptr<ByteSource> open_url(const std::string& url, const FetchOptions& options) {
    return std::make_unique<HttpSource>(read_http_address(url), options);
}

bool exists_at(const std::string& url, const FetchOptions& options) {
    const Address from = read_address(url);
    const Curl curl = start_asking(from, options);
    Answer answer{.stop = options.stop};
    curl_easy_setopt(curl.get(), CURLOPT_NOBODY, 1L);
    curl_easy_setopt(curl.get(), CURLOPT_HEADERDATA, &answer);
    curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &answer);  // FTP's size and date, as headers
    curl_easy_setopt(curl.get(), CURLOPT_XFERINFODATA, &answer);
    const CURLcode code = curl_easy_perform(curl.get());
    if (options.stop.stop_requested())
        throw Error{Fault::cancelled, "looking at the tree was interrupted"};
    // FTP's words for a file and for a folder that are not there.
    if (code == CURLE_REMOTE_FILE_NOT_FOUND || code == CURLE_REMOTE_ACCESS_DENIED)
        return false;
    if (code != CURLE_OK)
        throw Error{code == CURLE_OPERATION_TIMEDOUT ? Fault::timeout : Fault::environment,
                    format("cannot read {}: {}", from.shown, curl_easy_strerror(code))};
    long status = 0;
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
    // RFC 9110, 15.5.2 and 15.6: it does not say whether there is such a file.
    constexpr long unauthorized = 401;
    constexpr long proxy_wants_password = 407;
    constexpr long server_error = 500;
    if (from.scheme == "ftp")
        return true;
    if (status == unauthorized || status == proxy_wants_password || status >= server_error)
        throw Error{Fault::environment, format("cannot read {}: the server answers with status {}",
                                               from.shown, status)};
    return status == whole_content;
}

}  // namespace glinda::media
