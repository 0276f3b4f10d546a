#include "curl.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <string_view>

#include "glinda/media/byte_source.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/text.hpp"

namespace glinda::media {
namespace {

using Url = Handle<CURLU, &curl_url_cleanup>;
using CurlString = Handle<char, &curl_free>;

CurlString part(CURLU* url, CURLUPart which, unsigned flags = 0) {
    char* text = nullptr;
    curl_url_get(url, which, &text, flags);
    return CurlString{text};
}

}  // namespace

Address read_address(const std::string& text) {
    const Url url{curl_url()};
    const auto refuse = [](std::string_view why) {
        return Error{Fault::usage, format("a URL to fetch from is wrong: {}", why)};
    };
    if (const CURLUcode code = curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0);
        code != CURLUE_OK)
        throw refuse(curl_url_strerror(code));
    curl_url_set(url.get(), CURLUPART_USER, nullptr, 0);
    curl_url_set(url.get(), CURLUPART_PASSWORD, nullptr, 0);
    const CurlString shown = part(url.get(), CURLUPART_URL);
    const CurlString scheme = part(url.get(), CURLUPART_SCHEME);
    if (!shown || !scheme)
        throw refuse("it has no scheme or no host");
    constexpr std::array<std::string_view, 4> known{"http", "https", "ftp", "file"};
    if (std::ranges::find(known, scheme.get()) == known.end())
        throw Error{Fault::usage, format("{} cannot be fetched: only http, https, ftp and file "
                                         "URLs can",
                                         shown.get())};
    // Of a folder libcurl makes an empty file and calls that a success.
    const CurlString path = part(url.get(), CURLUPART_PATH, CURLU_URLDECODE);
    if (std::string_view{scheme.get()} == "file" && path &&
        std::filesystem::is_directory(path.get()))
        throw Error{Fault::usage, format("{} is a folder, not a file", shown.get())};
    return {.url = text, .scheme = scheme.get(), .shown = shown.get()};
}

std::string shown_url(const std::string& url) {
    return read_address(url).shown;
}

Curl start_curl(const Address& from, const FetchOptions& options) {
    [[maybe_unused]] static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
    Curl owned{curl_easy_init()};
    if (!owned)
        throw Error{Fault::environment, "cannot start libcurl"};
    CURL* const curl = owned.get();
    // A redirect may leave TLS only if a digest vouches for what comes.
    const char* redirects = from.scheme == "https" && !options.expected ? "https" : "http,https";
    curl_easy_setopt(curl, CURLOPT_URL, from.url.c_str());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https,ftp,file");
    curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, redirects);
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(curl, CURLOPT_MAXREDIRS, 10L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "glinda/" GLINDA_VERSION);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT,
                     static_cast<long>(options.connect_limit.count()));
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, static_cast<long>(options.stall_limit.count()));
    return owned;
}

}  // namespace glinda::media
