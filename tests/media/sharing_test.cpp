// What a download does when one connection is slow: it shares the work among four.

#include <gmock/gmock.h>

#include <atomic>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <set>

#include "../cli/program.hpp"
#include "crowd_server.hpp"
#include "glinda/media/fetch.hpp"
#include "glinda/media/store.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/files.hpp"
#include "glinda/util/process.hpp"
#include "scripted_server.hpp"

namespace glinda::media {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr std::size_t mib = std::size_t{1} << 20U;
constexpr std::size_t piece = 4 * mib;
constexpr const char* etag = "ETag: \"1\"";

std::string content_of(char seed) {
    std::string text(30 * mib + 5, seed);
    for (std::size_t i = 0; i < text.size(); i += 4096)
        text.replace(i, 5, format("{:05}", i / 4096));
    return text;
}

struct Asked {
    std::size_t first = 0;
    std::size_t last = 0;  ///< npos: the end
};

/// What a request wants of the file; nothing if it is all of it.
std::optional<Asked> asked_for(const std::string& request) {
    constexpr std::string_view header = "Range: bytes=";
    const std::size_t at = request.find(header);
    if (at == std::string::npos)
        return std::nullopt;
    const std::string range = request.substr(at + header.size());
    const std::size_t dash = range.find('-');
    Asked asked{.first = std::stoul(range), .last = std::string::npos};
    if (std::isdigit(static_cast<unsigned char>(range.at(dash + 1))) != 0)
        asked.last = std::stoul(range.substr(dash + 1));
    return asked;
}

class SharingTest : public testing::Test {
protected:
    SharingTest() {
        options_.patience = 0ms;
        options_.shared_from = 1;
    }

    /// All of it, of which only the first bytes come as long as the connection stands.
    [[nodiscard]] std::string begin(const std::string& more = "Accept-Ranges: bytes") const {
        return format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n{}\r\n{}\r\n\r\n", text_.size(),
                      etag, more) +
               text_.substr(0, mib);
    }
    [[nodiscard]] std::string part(const Asked& asked, const std::string& validator = etag) const {
        const std::size_t last = std::min(asked.last, text_.size() - 1);
        return format(
                   "HTTP/1.1 206 Partial Content\r\nContent-Length: {}\r\n"
                   "Content-Range: bytes {}-{}/{}\r\n{}\r\n\r\n",
                   last - asked.first + 1, asked.first, last, text_.size(), validator) +
               text_.substr(asked.first, last - asked.first + 1);
    }
    /// What a store has of a file that has not come as a whole.
    static std::string part_in(const fs::path& store) {
        for (const auto& entry : fs::directory_iterator{store})
            if (entry.path().extension() == ".part")
                return read_file(entry.path());
        return {};
    }
    /// What the file is in the end.
    std::string fetched(const CrowdServer& server) {
        fetch(server.url(), out_, options_);
        return read_file(out_);
    }

    TemporaryFolder folder_{fs::temp_directory_path() / "glinda-sharing-"};
    fs::path out_ = folder_.path() / "file";
    FetchOptions options_{.stall_limit = 20s, .pause = 1ms};
    const std::string text_ = content_of('a');
};

/// A server that answers nobody before all four ask would keep a single connection waiting for
/// ever.
TEST_F(SharingTest, FourConnectionsFetchWhatOneDoesSlowly) {
    std::mutex mutex;
    std::condition_variable changed;
    std::set<std::size_t> there;
    CrowdServer server{[&](const std::string& request, std::size_t connection) {
        const auto asked = asked_for(request);
        if (!asked)
            return begin();
        std::unique_lock guard{mutex};
        there.insert(connection);
        changed.notify_all();
        changed.wait_for(guard, 20s, [&] { return there.size() == 4; });
        return part(*asked);
    }};
    std::uint64_t last = 0;
    options_.on_progress = [&](std::uint64_t bytes, std::uint64_t total) {
        EXPECT_GE(bytes, last);
        last = bytes;
        EXPECT_EQ(total, bytes == 0 ? total : text_.size());
    };
    EXPECT_EQ(fetched(server), text_);
    EXPECT_EQ(last, text_.size());
    EXPECT_EQ(there.size(), 4U);
    for (std::size_t i = 1; i < server.requests().size(); ++i)
        EXPECT_THAT(server.requests()[i], HasSubstr("If-Range: \"1\"\r\n"));
}

/// The first piece is held back until the others have come as far as they may.
TEST_F(SharingTest, NoMoreThan16MiBAreKeptBeforeTheirTurn) {
    std::mutex mutex;
    std::condition_variable changed;
    std::size_t furthest = 0;
    std::optional<std::size_t> held;
    bool is_held = true;
    CrowdServer server{[&](const std::string& request, std::size_t) {
        const auto asked = asked_for(request);
        if (!asked)
            return begin();
        std::unique_lock guard{mutex};
        held = held.value_or(asked->first);
        furthest = std::max(furthest, asked->first);
        changed.notify_all();
        if (asked->first == *held) {
            changed.wait_for(guard, 20s, [&] { return furthest >= *held + 4 * piece; });
            is_held = false;
        } else if (is_held) {
            EXPECT_LE(asked->first, *held + 4 * piece);
        }
        return part(*asked);
    }};
    EXPECT_EQ(fetched(server), text_);
    EXPECT_GE(furthest, *held + 4 * piece);
}

TEST_F(SharingTest, TheDigestIsThatOfTheBytesInTheirOrder) {
    CrowdServer server{[&](const std::string& request, std::size_t) {
        const auto asked = asked_for(request);
        return asked ? part(*asked) : begin();
    }};
    options_.expected = Digest{"sha256", std::string(64, '0')};
    std::string said;
    try {
        fetch(server.url(), out_, options_);
    } catch (const Error& error) {
        said = error.what();
    }
    const fs::path plain = folder_.path() / "plain";
    write_file(plain, text_);
    const std::string sum = SystemRunner{}.output_of({.argv = {"sha256sum", plain.string()}});
    EXPECT_THAT(said, HasSubstr(sum.substr(0, 64)));
}

TEST_F(SharingTest, AtAnyDoubtOneConnectionGoesOn) {
    const std::vector<std::function<std::string(const Asked&)>> doubtful{
        [&](const Asked&) { return begin(); },
        [&](const Asked& asked) { return part(asked, "ETag: \"2\""); },
        [&](const Asked& asked) {
            return part({asked.first + 1, asked.last});
        },
        [&](const Asked& asked) {
            return part(asked, format("{}\r\nConnection: close", etag)).substr(0, 1000);
        },
        [](const Asked&) {
            return http_answer("416 Range Not Satisfiable", {"Content-Length: 0"}, "");
        },
        [](const Asked&) { return http_answer("503 Too Many", {"Content-Length: 0"}, ""); },
        [](const Asked&) { return std::string{}; }};
    for (std::size_t i = 0; i < doubtful.size(); ++i) {
        CrowdServer server{[&](const std::string& request, std::size_t) {
            const auto asked = asked_for(request);
            if (!asked)
                return begin();
            return asked->last == std::string::npos ? part(*asked) : doubtful.at(i)(*asked);
        }};
        EXPECT_EQ(fetched(server), text_) << i;
        const auto goes_on = [](const std::string& request) {
            const auto asked = asked_for(request);
            return asked && asked->last == std::string::npos;
        };
        EXPECT_EQ(std::ranges::count_if(server.requests(), goes_on), 1) << i;
        EXPECT_LE(server.requests().size(), 6U) << i;
    }
}

TEST_F(SharingTest, OneConnectionIsEnoughWhereNothingIsGainedOrProved) {
    const auto requests_of = [&](const std::string& more, const FetchOptions& options) {
        CrowdServer server{[&](const std::string&, std::size_t) {
            return format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n{}\r\n\r\n", text_.size(),
                          more) +
                   text_;
        }};
        fetch(server.url(), out_, options);
        EXPECT_EQ(read_file(out_), text_);
        return server.requests().size();
    };
    const std::string good = format("Accept-Ranges: bytes\r\n{}", etag);
    EXPECT_EQ(requests_of(good, {.patience = 1h, .shared_from = 1}), 1U) << "it is fast";
    EXPECT_EQ(requests_of(good, {.patience = 0ms}), 1U) << "it is small";
    EXPECT_EQ(requests_of(etag, {.patience = 0ms, .shared_from = 1}), 1U) << "no parts";
    EXPECT_EQ(
        requests_of("Accept-Ranges: none\r\nETag: \"1\"", {.patience = 0ms, .shared_from = 1}), 1U);
    EXPECT_EQ(
        requests_of("Accept-Ranges: bytes\r\nETag: W/\"1\"", {.patience = 0ms, .shared_from = 1}),
        1U)
        << "nothing proves what the parts are of";
}

/// Only what stands without a gap is there for a later run, whatever had come behind one.
TEST_F(SharingTest, WhatABrokenRunLeavesIsTheBeginningOfTheFile) {
    std::atomic<bool> broken = true;
    CrowdServer server{[&](const std::string& request, std::size_t) {
        const auto asked = asked_for(request);
        if (!asked)
            return begin();
        // The second piece never comes.
        const bool gone = broken && (asked->last == std::string::npos || asked->first / piece == 1);
        return gone ? std::string{} : part(*asked);
    }};
    const Store store{.folder = folder_.path() / "store"};
    options_.retries = 0;
    EXPECT_THROW(std::ignore = fetch_stored(store, server.url(), Reuse::allowed, options_), Error);
    const std::string left = part_in(store.folder);
    EXPECT_GE(left.size(), 1U);
    EXPECT_LT(left.size(), text_.size());
    EXPECT_TRUE(text_.starts_with(left));
    broken = false;
    const Stored whole = fetch_stored(store, server.url(), Reuse::allowed, options_);
    EXPECT_EQ(read_file(whole.path), text_);
}

TEST_F(SharingTest, AKillLeavesTheBeginningOfTheFileThatTheNextRunGoesOnWith) {
    std::mutex mutex;
    std::condition_variable changed;
    std::size_t left = 0;  // pieces that are sent before all wait for the kill
    bool waits = false;
    CrowdServer server{[&](const std::string& request, std::size_t) {
        const auto asked = asked_for(request);
        if (!asked)
            return begin();
        if (asked->last == std::string::npos)
            return part(*asked).substr(0, mib);
        std::unique_lock guard{mutex};
        if (left-- == 0) {
            left = 0;
            waits = true;
            changed.notify_all();
            changed.wait_for(guard, 20s, [&] { return !waits; });
            return std::string{};
        }
        return part(*asked);
    }};
    const fs::path store = folder_.path() / "store";
    const std::vector<std::string> command{STORE_PROGRAM, store, server.url(), "shared"};
    std::size_t known = 0;
    for (const std::size_t sent : {0, 2, 1, 2}) {
        std::unique_lock guard{mutex};
        left = sent;
        cli::Program program{command, folder_.path()};
        EXPECT_TRUE(changed.wait_for(guard, 20s, [&] { return waits; }));
        program.signal(SIGKILL);
        EXPECT_EQ(program.wait(), 128 + SIGKILL);
        waits = false;
        changed.notify_all();
        const std::string come = part_in(store);
        EXPECT_TRUE(text_.starts_with(come));
        EXPECT_GE(come.size(), known);
        known = come.size();
    }
    left = 100;
    cli::Program program{command, folder_.path()};
    EXPECT_EQ(program.wait(), 0) << program.errors();
    EXPECT_EQ(read_file(program.output()), text_);
}

TEST_F(SharingTest, AStopEndsAllOfThemAtOnce) {
    std::stop_source stop;
    CrowdServer server{[&](const std::string& request, std::size_t) {
        if (!asked_for(request))
            return begin();
        stop.request_stop();
        return format("HTTP/1.1 206 Partial Content\r\nContent-Length: {}\r\n\r\n", piece);
    }};
    options_.stop = stop.get_token();
    options_.stall_limit = 1h;
    const auto start = std::chrono::steady_clock::now();
    try {
        fetch(server.url(), out_, options_);
        FAIL() << "nothing was thrown";
    } catch (const Error& error) {
        EXPECT_EQ(error.fault(), Fault::cancelled);
    }
    EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
}

}  // namespace
}  // namespace glinda::media
