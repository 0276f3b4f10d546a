#include "download.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <exception>
#include <filesystem>

#include "byte_range.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/handle.hpp"
#include "glinda/util/pause.hpp"
#include "glinda/util/text.hpp"
#include "pieces.hpp"

namespace glinda::media {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using Headers = Handle<curl_slist, &curl_slist_free_all>;

/// A server that wants to be left alone for longer is not waited for.
constexpr std::chrono::milliseconds longest_pause{5min};
/// How much further an attempt must get for the retries to be counted anew.
constexpr std::uint64_t progress_step = std::uint64_t{1} << 20U;

/// One download, as libcurl's callbacks see it: nothing may be thrown across them.
class Download {
public:
    Download(const Address& from, const FetchOptions& options, const Receiver& to,
             const Present& present)
        : from_{from},
          options_{options},
          to_{to},
          whole_{present.whole},
          origin_{present.part},
          arrived_{present.bytes} {
        set_up();
    }

    Outcome run() {
        unsigned failures = 0;
        for (std::uint64_t furthest = arrived_;; ++failures) {
            const CURLcode code = attempt();
            if (sharing_ == Sharing::wanted) {
                sharing_ = Sharing::tried;
                if (in_pieces())
                    return Outcome::whole;
                continue;
            }
            if (const auto outcome = outcome_of(code))
                return *outcome;
            if (arrived_ >= furthest + progress_step) {
                furthest = arrived_;
                failures = 0;
            }
            if (failures >= options_.retries || !may_recover(code))
                throw failure(code);
            wait(pause_after(failures, code), code);
        }
    }

private:
    void set_up();
    CURLcode attempt();
    void start_body();
    void add(std::string_view bytes);
    [[nodiscard]] bool goes_on() const;
    [[nodiscard]] bool is_worth_sharing() const;
    bool in_pieces();
    [[nodiscard]] std::optional<Outcome> outcome_of(CURLcode code);
    [[nodiscard]] bool may_recover(CURLcode code) const;
    [[nodiscard]] Error failure(CURLcode code) const;
    [[nodiscard]] std::chrono::milliseconds pause_after(unsigned failures, CURLcode code) const;
    void wait(std::chrono::milliseconds pause, CURLcode code) const;
    void tell() const;

    template <typename Action>
    bool guarded(Action&& action) noexcept {
        try {
            action();
            return true;
        } catch (...) {
            thrown_ = std::current_exception();
            return false;
        }
    }
    static std::size_t on_data(char* data, std::size_t, std::size_t size, void* self);
    static int on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t);

    const Address& from_;
    const FetchOptions& options_;
    const Receiver& to_;
    const Origin& whole_;
    Origin origin_;  ///< of the bytes that arrived
    std::uint64_t arrived_;
    bool asked_for_rest_ = false;
    enum class Body { awaited, coming, refused } body_ = Body::awaited;
    /// Whether several connections share the work: once, and then no more.
    enum class Sharing { possible, wanted, tried } sharing_ = Sharing::possible;
    bool sends_parts_ = false;     ///< says the server
    Clock::time_point started_{};  ///< the answer that comes, …
    std::uint64_t first_ = 0;      ///< … and with which byte
    std::exception_ptr thrown_{};
    std::array<char, CURL_ERROR_SIZE> words_{};
    Curl curl_ = start_curl(from_, options_);
};

std::size_t Download::on_data(char* data, std::size_t, std::size_t size, void* self) {
    auto& download = *static_cast<Download*>(self);
    const bool taken = download.guarded([&] {
        if (download.body_ == Body::awaited)
            download.start_body();
        if (download.body_ == Body::refused)
            return;
        download.add({data, size});
    });
    return taken && download.body_ == Body::coming ? size : CURL_WRITEFUNC_ERROR;
}

/// libcurl calls it with every piece of data, and about once a second without.
int Download::on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    auto& download = *static_cast<Download*>(self);
    const bool goes_on = download.guarded([&] {
        if (download.options_.stop.stop_requested())
            throw Error{Fault::cancelled, "the download was interrupted"};
        download.tell();
        if (download.is_worth_sharing())
            download.sharing_ = Sharing::wanted;
    });
    return goes_on && download.sharing_ != Sharing::wanted ? 0 : 1;
}

void Download::add(std::string_view bytes) {
    to_.add(bytes);
    arrived_ += bytes.size();
}

/// Whether it takes long, and the server can be asked for parts of what is missing.
bool Download::is_worth_sharing() const {
    if (sharing_ != Sharing::possible || body_ != Body::coming || !sends_parts_ ||
        origin_.proof().empty() || arrived_ <= first_)
        return false;
    const std::uint64_t missing = *origin_.size - std::min(*origin_.size, arrived_);
    const std::chrono::duration<double> since = Clock::now() - started_;
    return missing >= options_.shared_from && since >= options_.patience &&
           since * (static_cast<double>(missing) / static_cast<double>(arrived_ - first_)) >=
               options_.patience;
}

/// Fetches what is missing from where the last answer came from: to be redirected anew could lead
/// every piece to another server. False if one connection has to go on.
bool Download::in_pieces() {
    const char* url = nullptr;
    curl_easy_getinfo(curl_.get(), CURLINFO_EFFECTIVE_URL, &url);
    return fetch_pieces({.from = read_address(url), .origin = origin_, .first = arrived_}, options_,
                        [this](std::string_view bytes) {
                            add(bytes);
                            tell();
                        });
}

void Download::tell() const {
    if (options_.on_progress)
        options_.on_progress(arrived_, origin_.size.value_or(0));
}

void Download::set_up() {
    CURL* const curl = curl_.get();
    curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(curl, CURLOPT_BUFFERSIZE, 256L << 10U);
    curl_easy_setopt(curl, CURLOPT_FILETIME, from_.scheme == "ftp" ? 1L : 0L);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, words_.data());
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &on_data);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, this);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &on_progress);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, this);
}

/// Asks for what is still missing.
CURLcode Download::attempt() {
    std::string condition;
    std::string range;
    if (const std::string proof = origin_.proof(); arrived_ > 0 && !proof.empty()) {
        range = format("{}-", arrived_);
        condition = "If-Range: " + proof;
    } else if (!whole_.etag.empty()) {
        condition = "If-None-Match: " + whole_.etag;
    } else if (!whole_.modified.empty()) {
        condition = "If-Modified-Since: " + whole_.modified;
    }
    const Headers headers{condition.empty() ? nullptr
                                            : curl_slist_append(nullptr, condition.c_str())};
    curl_easy_setopt(curl_.get(), CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(curl_.get(), CURLOPT_RANGE, range.empty() ? nullptr : range.c_str());
    asked_for_rest_ = !range.empty();
    body_ = Body::awaited;
    words_[0] = '\0';
    const CURLcode code = curl_easy_perform(curl_.get());
    // An empty file has no data that would have begun it.
    if (code == CURLE_OK && body_ == Body::awaited && status_of(curl_.get()) != 304)
        guarded([&] { start_body(); });
    curl_easy_setopt(curl_.get(), CURLOPT_HTTPHEADER, nullptr);
    if (thrown_)
        std::rethrow_exception(thrown_);
    return code;
}

/// Whether what comes is what is missing of the same file.
bool Download::goes_on() const {
    if (arrived_ == 0 || origin_.proof().empty())
        return false;
    if (from_.scheme != "ftp")
        return is_part(curl_.get(), origin_,
                       {.first = arrived_, .length = *origin_.size - arrived_});
    const Origin now = origin_of(curl_.get());
    return origin_.may_be(now) && !now.modified.empty() && now.size &&
           arrived_ + *now.size == *origin_.size;
}

/// Decides where the bytes belong that come now.
void Download::start_body() {
    body_ = Body::coming;
    started_ = Clock::now();
    first_ = arrived_;
    // RFC 9110, 14.3; a part that came says it as well.
    sends_parts_ = (from_.scheme == "http" || from_.scheme == "https") &&
                   (status_of(curl_.get()) == 206 ||
                    lower(header_of(curl_.get(), "Accept-Ranges")) == "bytes");
    if (status_of(curl_.get()) == 206 || (from_.scheme == "ftp" && asked_for_rest_)) {
        if (goes_on())
            return;
        body_ = Body::refused;  // it is no end of what came: all of it, next time
        arrived_ = 0;
        return;
    }
    origin_ = origin_of(curl_.get());
    arrived_ = 0;
    first_ = 0;
    to_.begin(origin_);
}

/// What it came to, if that can be said.
std::optional<Outcome> Download::outcome_of(CURLcode code) {
    const long status = status_of(curl_.get());
    if (code == CURLE_OK && status == 304)
        return Outcome::unchanged;
    if (code == CURLE_OK && body_ == Body::coming && arrived_ == origin_.size.value_or(arrived_)) {
        tell();
        return Outcome::whole;
    }
    // What came is not a part of what is there now, or the FTP server sends no rests.
    if (status == 416 || code == CURLE_BAD_DOWNLOAD_RESUME || code == CURLE_FTP_COULDNT_USE_REST)
        arrived_ = 0;
    // 404 and 410 are HTTP's words for it, 550 is FTP's; libcurl has one each for FTP and files.
    if (code == CURLE_REMOTE_FILE_NOT_FOUND || code == CURLE_FILE_COULDNT_READ_FILE ||
        status == 404 || status == 410 || status == 550)
        return Outcome::missing;
    return std::nullopt;
}

bool Download::may_recover(CURLcode code) const {
    constexpr std::array broken{CURLE_OK, CURLE_PARTIAL_FILE, CURLE_RECV_ERROR, CURLE_SEND_ERROR,
                                CURLE_GOT_NOTHING, CURLE_OPERATION_TIMEDOUT, CURLE_HTTP2_STREAM,
                                CURLE_HTTP2,
                                // FTP's; all of it is asked for then
                                CURLE_BAD_DOWNLOAD_RESUME, CURLE_FTP_COULDNT_USE_REST};
    constexpr std::array unreachable{CURLE_COULDNT_CONNECT, CURLE_COULDNT_RESOLVE_HOST,
                                     CURLE_COULDNT_RESOLVE_PROXY};
    if (code == CURLE_HTTP_RETURNED_ERROR) {
        const long status = status_of(curl_.get());
        return status >= 500 || status == 408 || status == 416 || status == 429;
    }
    // Who was never there is more often a mistake in the URL than a server that starts.
    if (std::ranges::find(unreachable, code) != unreachable.end())
        return arrived_ > 0;
    return std::ranges::find(broken, code) != broken.end() || body_ == Body::refused;
}

Error Download::failure(CURLcode code) const {
    if (code == CURLE_HTTP_RETURNED_ERROR)
        return {Fault::environment, format("cannot fetch {}: the server answers with status {}",
                                           from_.shown, status_of(curl_.get()))};
    if (body_ == Body::refused)
        return {Fault::environment,
                format("cannot fetch {}: the server sends another part than it was asked for",
                       from_.shown)};
    const bool cut = code == CURLE_OK || code == CURLE_PARTIAL_FILE;
    if (cut && origin_.size)
        return {Fault::environment,
                format("cannot fetch {}: the server says that it has {} bytes, but only {} came",
                       from_.shown, *origin_.size, arrived_)};
    const char* const why = words_[0] != '\0' ? words_.data() : curl_easy_strerror(code);
    return {code == CURLE_OPERATION_TIMEDOUT ? Fault::timeout : Fault::environment,
            format("cannot fetch {}: {}", from_.shown, why)};
}

std::chrono::milliseconds Download::pause_after(unsigned failures, CURLcode code) const {
    curl_off_t seconds = 0;
    curl_easy_getinfo(curl_.get(), CURLINFO_RETRY_AFTER, &seconds);
    if (seconds <= 0)
        return std::min(options_.pause * (1U << std::min(failures, 10U)), longest_pause);
    if (std::chrono::seconds{seconds} > longest_pause)
        throw Error{Fault::environment,
                    failure(code).what(),
                    {format("it wants to be asked again in {} s", seconds)}};
    return std::chrono::seconds{seconds};
}

/// @throws Error (cancelled) at once on a stop.
void Download::wait(std::chrono::milliseconds pause, CURLcode code) const {
    if (options_.on_pause)
        options_.on_pause(failure(code).what(), pause);
    if (!glinda::pause(pause, options_.stop))
        throw Error{Fault::cancelled, "the download was interrupted"};
}

}  // namespace

Outcome download(const Address& from, const FetchOptions& options, const Receiver& to,
                 const Present& present) {
    return Download{from, options, to, present}.run();
}

}  // namespace glinda::media
