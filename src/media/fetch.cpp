#include "glinda/media/fetch.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <exception>
#include <string_view>

#include "digest.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/files.hpp"
#include "glinda/util/handle.hpp"
#include "glinda/util/text.hpp"
#include "part_file.hpp"

namespace glinda::media {
namespace {

using Curl = Handle<CURL, &curl_easy_cleanup>;
using Url = Handle<CURLU, &curl_url_cleanup>;
using CurlString = Handle<char, &curl_free>;

/// A URL that we fetch, in parts that matter here.
struct Address {
    std::string url;
    std::string scheme;
    std::string shown;  ///< the URL without user and password
};

CurlString part(CURLU* url, CURLUPart which, unsigned flags = 0) {
    char* text = nullptr;
    curl_url_get(url, which, &text, flags);
    return CurlString{text};
}

Address read_url(const std::string& text) {
    const Url url{curl_url()};
    // Never the text itself: it may hold a password.
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

/// One download, as libcurl's callbacks see it: nothing may be thrown across them.
struct Transfer {
    const FetchOptions& options;
    std::function<void(std::string_view)> sink;
    std::exception_ptr failure{};

    template <typename Action>
    bool guarded(Action&& action) noexcept {
        try {
            action();
            return true;
        } catch (...) {
            failure = std::current_exception();
            return false;
        }
    }
};

std::size_t on_data(char* data, std::size_t, std::size_t size, void* self) {
    auto& transfer = *static_cast<Transfer*>(self);
    return transfer.guarded([&] { transfer.sink({data, size}); }) ? size : CURL_WRITEFUNC_ERROR;
}

/// libcurl calls it with every piece of data, and about once a second without.
int on_progress(void* self, curl_off_t total, curl_off_t now, curl_off_t, curl_off_t) {
    auto& transfer = *static_cast<Transfer*>(self);
    const bool goes_on = transfer.guarded([&] {
        if (transfer.options.stop.stop_requested())
            throw Error{Fault::cancelled, "the download was interrupted"};
        if (transfer.options.on_progress)
            transfer.options.on_progress(static_cast<std::uint64_t>(now),
                                         static_cast<std::uint64_t>(total));
    });
    return goes_on ? 0 : 1;
}

Curl start_curl() {
    [[maybe_unused]] static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
    Curl curl{curl_easy_init()};
    if (!curl)
        throw Error{Fault::environment, "cannot start libcurl"};
    return curl;
}

void set_up(CURL* curl, const Address& from, Transfer& transfer, char* words) {
    const FetchOptions& options = transfer.options;
    // A redirect may leave TLS only if a digest vouches for what comes.
    const char* redirects = from.scheme == "https" && !options.expected ? "https" : "http,https";
    curl_easy_setopt(curl, CURLOPT_URL, from.url.c_str());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https,ftp,file");
    curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, redirects);
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(curl, CURLOPT_MAXREDIRS, 10L);
    curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "glinda/" GLINDA_VERSION);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT,
                     static_cast<long>(options.connect_limit.count()));
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, static_cast<long>(options.stall_limit.count()));
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, words);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &on_data);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &transfer);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &on_progress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &transfer);
}

enum class Outcome { whole, missing };

/// Fetches to `sink`. @throws Error unless all came, or the server has no such file.
Outcome transfer_all(const Address& from, const FetchOptions& options,
                     std::function<void(std::string_view)> sink) {
    const Curl curl = start_curl();
    Transfer transfer{.options = options, .sink = std::move(sink)};
    std::array<char, CURL_ERROR_SIZE> words{};
    set_up(curl.get(), from, transfer, words.data());
    const CURLcode code = curl_easy_perform(curl.get());
    if (transfer.failure)
        std::rethrow_exception(transfer.failure);
    if (code == CURLE_OK)
        return Outcome::whole;
    long status = 0;
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
    // 404 and 410 are HTTP's words for it, 550 is FTP's; libcurl has one each for FTP and files.
    if (code == CURLE_REMOTE_FILE_NOT_FOUND || code == CURLE_FILE_COULDNT_READ_FILE ||
        status == 404 || status == 410 || status == 550)
        return Outcome::missing;
    if (code == CURLE_HTTP_RETURNED_ERROR)
        throw Error{Fault::environment, format("cannot fetch {}: the server answers with status {}",
                                               from.shown, status)};
    const char* const why = words[0] != '\0' ? words.data() : curl_easy_strerror(code);
    throw Error{code == CURLE_OPERATION_TIMEDOUT ? Fault::timeout : Fault::environment,
                format("cannot fetch {}: {}", from.shown, why)};
}

/// Fetches to `sink` and compares the digest, if one is expected.
Outcome fetch_checked(const Address& from, const FetchOptions& options,
                      const std::function<void(std::string_view)>& sink) {
    std::optional<Digester> digester;
    if (options.expected)
        digester.emplace(*options.expected);
    const Outcome outcome = transfer_all(from, options, [&](std::string_view bytes) {
        sink(bytes);
        if (digester)
            digester->add(bytes);
    });
    if (digester && outcome == Outcome::whole)
        digester->check(from.shown);
    return outcome;
}

}  // namespace

void fetch(const std::string& url, const std::filesystem::path& to, const FetchOptions& options) {
    const Address from = read_url(url);
    // Not a secret, and a hypervisor's own user may have to read it.
    PartFile target = make_part_file(to, 0644);
    const Outcome outcome =
        fetch_checked(from, options, [&, name = to.string()](std::string_view bytes) {
            write_all(target.descriptor.get(), bytes, name);
        });
    if (outcome == Outcome::missing)
        throw Error{Fault::environment,
                    format("cannot fetch {}: there is no such file", from.shown)};
    target.file.keep_as(to);
}

std::optional<std::string> fetch_text(const std::string& url, std::size_t limit,
                                      const FetchOptions& options) {
    const Address from = read_url(url);
    std::string text;
    const Outcome outcome = fetch_checked(from, options, [&](std::string_view bytes) {
        if (bytes.size() > limit - text.size())
            throw Error{
                Fault::environment,
                format("{} is larger than the {} bytes that it may have", from.shown, limit)};
        text += bytes;
    });
    if (outcome == Outcome::missing)
        return std::nullopt;
    return text;
}

}  // namespace glinda::media
