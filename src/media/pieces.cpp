#include "pieces.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <exception>
#include <utility>

#include "glinda/util/error.hpp"
#include "glinda/util/handle.hpp"
#include "glinda/util/text.hpp"

namespace glinda::media {
namespace {

using Multi = Handle<CURLM, &curl_multi_cleanup>;
using Headers = Handle<curl_slist, &curl_slist_free_all>;

constexpr std::uint64_t piece_size = std::uint64_t{4} << 20U;
constexpr std::size_t line_count = 4;
/// The first of them is handed on as it comes.
constexpr std::size_t most_pieces = line_count + 1;

struct Piece {
    ByteRange range;
    std::uint64_t came = 0;  ///< bytes
    std::string kept{};      ///< what came before its turn
    bool finished = false;
};

class Pieces {
public:
    Pieces(const Missing& missing, const FetchOptions& options,
           const std::function<void(std::string_view)>& add);
    Pieces(const Pieces&) = delete;
    Pieces& operator=(const Pieces&) = delete;
    ~Pieces();

    bool run();

private:
    /// One connection: libcurl keeps it open from one piece to the next.
    struct Line {
        Pieces* all = nullptr;
        Curl curl{};
        Piece* piece = nullptr;  ///< that it fetches; it has none to do otherwise
    };
    void start_lines();
    bool finish_lines();
    void hand_on();
    bool take(const Line& line, std::string_view bytes);
    static std::size_t on_data(char* data, std::size_t, std::size_t size, void* line);

    const Origin& origin_;
    const FetchOptions& options_;
    const std::function<void(std::string_view)>& add_;
    std::uint64_t next_;           ///< the first byte that nobody was asked for
    std::deque<Piece> pieces_;     ///< in their order; those that are added or gone move no other
    std::exception_ptr thrown_{};  ///< nothing may be thrown across libcurl
    Headers condition_;
    Multi multi_{curl_multi_init()};
    std::array<Line, line_count> lines_{};
};

Pieces::Pieces(const Missing& missing, const FetchOptions& options,
               const std::function<void(std::string_view)>& add)
    : origin_{missing.origin},
      options_{options},
      add_{add},
      next_{missing.first},
      condition_{curl_slist_append(nullptr, ("If-Range: " + origin_.proof()).c_str())} {
    if (!multi_ || !condition_)
        throw Error{Fault::environment, "cannot start libcurl"};
    // Over HTTP/2 all would share one connection, which the server or the way to it slows down.
    curl_multi_setopt(multi_.get(), CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
    for (Line& line : lines_) {
        line.all = this;
        line.curl = start_curl(missing.from, options);
        CURL* const curl = line.curl.get();
        curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
        curl_easy_setopt(curl, CURLOPT_BUFFERSIZE, 256L << 10U);
        curl_easy_setopt(curl, CURLOPT_HTTPHEADER, condition_.get());
        curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &on_data);
        curl_easy_setopt(curl, CURLOPT_WRITEDATA, &line);
    }
}

Pieces::~Pieces() {
    for (const Line& line : lines_)
        if (line.piece != nullptr)
            curl_multi_remove_handle(multi_.get(), line.curl.get());
}

/// Gives everyone who has nothing to do the next piece, as long as all are within what may be kept.
void Pieces::start_lines() {
    for (Line& line : lines_) {
        if (line.piece != nullptr || next_ == *origin_.size || pieces_.size() == most_pieces)
            continue;
        const std::uint64_t length = std::min(piece_size, *origin_.size - next_);
        pieces_.push_back({.range = {.first = next_, .length = length}});
        line.piece = &pieces_.back();
        next_ += length;
        const std::string range = format("{}-{}", line.piece->range.first, next_ - 1);
        curl_easy_setopt(line.curl.get(), CURLOPT_RANGE, range.c_str());
        curl_multi_add_handle(multi_.get(), line.curl.get());
    }
}

bool Pieces::take(const Line& line, std::string_view bytes) {
    Piece& piece = *line.piece;
    if (piece.came == 0 && !is_part(line.curl.get(), origin_, piece.range))
        return false;
    if (bytes.size() > piece.range.length - piece.came)
        return false;
    piece.came += bytes.size();
    if (&piece == &pieces_.front()) {
        add_(bytes);
        return true;
    }
    piece.kept.reserve(piece.range.length);
    piece.kept += bytes;
    return true;
}

std::size_t Pieces::on_data(char* data, std::size_t, std::size_t size, void* line) {
    const Line& itself = *static_cast<const Line*>(line);
    try {
        return itself.all->take(itself, {data, size}) ? size : CURL_WRITEFUNC_ERROR;
    } catch (...) {
        itself.all->thrown_ = std::current_exception();
        return CURL_WRITEFUNC_ERROR;
    }
}

/// Frees those whose piece has come; false if one has failed.
bool Pieces::finish_lines() {
    int left = 0;
    while (const CURLMsg* const message = curl_multi_info_read(multi_.get(), &left)) {
        auto* const line = std::ranges::find(lines_, message->easy_handle,
                                             [](const Line& each) { return each.curl.get(); });
        Piece& piece = *line->piece;
        const bool whole = message->data.result == CURLE_OK && piece.came == piece.range.length;
        curl_multi_remove_handle(multi_.get(), line->curl.get());
        line->piece = nullptr;
        if (!whole)
            return false;
        piece.finished = true;
    }
    return true;
}

void Pieces::hand_on() {
    while (!pieces_.empty() && pieces_.front().finished) {
        pieces_.pop_front();
        if (!pieces_.empty() && !pieces_.front().kept.empty())
            add_(std::exchange(pieces_.front().kept, {}));
    }
}

bool Pieces::run() {
    constexpr int longest_wait = 1000;  // ms; libcurl knows itself when it has to do something
    const std::stop_callback wake{options_.stop, [this] { curl_multi_wakeup(multi_.get()); }};
    start_lines();
    while (!pieces_.empty()) {
        int running = 0;
        const CURLMcode code = curl_multi_perform(multi_.get(), &running);
        if (thrown_)
            std::rethrow_exception(thrown_);
        if (options_.stop.stop_requested())
            throw Error{Fault::cancelled, "the download was interrupted"};
        if (code != CURLM_OK || !finish_lines())
            return false;
        hand_on();
        start_lines();
        if (!pieces_.empty())
            curl_multi_poll(multi_.get(), nullptr, 0, longest_wait, nullptr);
    }
    return true;
}

}  // namespace

bool fetch_pieces(const Missing& missing, const FetchOptions& options,
                  const std::function<void(std::string_view)>& add) {
    return Pieces{missing, options, add}.run();
}

}  // namespace glinda::media
