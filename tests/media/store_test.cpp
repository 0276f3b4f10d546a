#include "glinda/media/store.hpp"

#include <gmock/gmock.h>

#include <array>
#include <atomic>
#include <future>
#include <random>

#include "../cli/program.hpp"
#include "glinda/media/checksum.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/hold.hpp"
#include "scripted_server.hpp"

namespace glinda::media {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;
using Clock = std::chrono::steady_clock;
using Source = Stored::Source;

// By md5sum, sha256sum and sha512sum.
constexpr const char* toto = "Toto\n";
constexpr const char* md5 = "08387f861dcfdcbfb01592929b7280cc";
constexpr const char* sha256 = "e7b0c94c16d470c588bd32f9c0747aad0ba91b7a5fd0b96a3b926b6b5d72d675";

/// A server of one file that heeds conditions; of which kind, and of what content, may change.
class FileServer {
public:
    explicit FileServer(std::string content) : content_{std::move(content)} {}

    void change(const std::string& content, const std::string& etag) {
        const std::lock_guard guard{mutex_};
        content_ = content;
        etag_ = etag;
    }
    void break_off_after(std::size_t bytes) { sent_ = bytes; }
    [[nodiscard]] std::string url() const { return server_.url(); }
    const std::vector<std::string>& requests() { return server_.requests(); }

private:
    std::string respond(const std::string& request) {
        const std::lock_guard guard{mutex_};
        const std::string tag = etag_.empty() ? "" : "ETag: " + etag_;
        if (!tag.empty() && request.find("If-None-Match: " + etag_ + "\r\n") != std::string::npos)
            return http_answer("304 Not Modified", {tag}, "");
        const std::size_t range = request.find("\r\nRange: bytes=");
        std::size_t first = 0;
        if (range != std::string::npos &&
            request.find("If-Range: " + etag_ + "\r\n") != std::string::npos)
            first = std::stoul(request.substr(range + 15));
        const std::string_view rest = std::string_view{content_}.substr(first);
        std::vector<std::string> headers{tag, format("Content-Length: {}", rest.size())};
        if (first > 0)
            headers.push_back(format("Content-Range: bytes {}-{}/{}", first, content_.size() - 1,
                                     content_.size()));
        return http_answer(first > 0 ? "206 Partial Content" : "200 OK", headers,
                           rest.substr(0, sent_));
    }

    std::mutex mutex_;
    std::string content_;
    std::string etag_ = "\"1\"";
    std::atomic<std::size_t> sent_{std::string::npos};
    ScriptedServer server_{
        [this](const std::string& request, std::size_t) { return respond(request); }};
};

class StoreTest : public testing::Test {
protected:
    [[nodiscard]] Stored get(const FileServer& server, FetchOptions options = {},
                             Reuse reuse = Reuse::allowed) const {
        options.pause = 1ms;
        options.retries = 0;
        return fetch_stored(store_, server.url(), reuse, options);
    }
    /// The names of the whole files.
    [[nodiscard]] std::vector<std::string> objects() const {
        std::vector<std::string> names;
        for (const auto& entry : fs::directory_iterator{store_.folder})
            if (entry.path().filename().string().starts_with("sha256-"))
                names.push_back(entry.path().filename());
        return names;
    }
    [[nodiscard]] std::vector<std::string> left_overs() const {
        std::vector<std::string> names;
        for (const auto& entry : fs::directory_iterator{store_.folder})
            if (entry.path().filename().string().find('.') != std::string::npos)
                names.push_back(entry.path().filename());
        return names;
    }

    TemporaryFolder folder_{fs::temp_directory_path() / "glinda-store-"};
    Store store_{.folder = folder_.path() / "store"};
};

TEST_F(StoreTest, WhatTheServerSaysIsUnchangedIsNotFetchedAgain) {
    FileServer server{toto};
    const Stored first = get(server);
    EXPECT_EQ(first.source, Source::fetched);
    EXPECT_EQ(first.path.filename(), format("sha256-{}", sha256));
    const Stored second = get(server);
    EXPECT_EQ(second.source, Source::kept);
    EXPECT_EQ(second.path, first.path);
    EXPECT_EQ(read_file(second.path), toto);
    EXPECT_THAT(left_overs(), SizeIs(0));
    EXPECT_THAT(server.requests().at(1), HasSubstr("If-None-Match: \"1\"\r\n"));
}

TEST_F(StoreTest, WhatHasChangedIsFetched) {
    FileServer server{toto};
    const Stored old = get(server);
    server.change("other", "\"2\"");
    EXPECT_EQ(read_file(get(server).path), "other");
    EXPECT_EQ(read_file(old.path), toto);
}

TEST_F(StoreTest, AServerThatProvesNothingIsAskedForAll) {
    FileServer server{toto};
    server.change(toto, "");
    std::ignore = get(server);
    server.change("other", "");
    EXPECT_EQ(read_file(get(server).path), "other");
}

TEST_F(StoreTest, WhatHasTheExpectedDigestNeedsNoServer) {
    std::string url;
    for (const Digest& digest : {Digest{"md5", md5}, Digest{"sha256", sha256}}) {
        FileServer server{toto};
        EXPECT_EQ(get(server, {.expected = digest}).source,
                  url.empty() ? Source::fetched : Source::kept);
        url = server.url();
    }
    // Nobody listens any more.
    EXPECT_EQ(fetch_stored(store_, url, Reuse::allowed, {.expected = Digest{"md5", md5}}).source,
              Source::kept);
    EXPECT_THROW(std::ignore = fetch_stored(store_, url, Reuse::allowed), Error);
}

TEST_F(StoreTest, AnotherDigestIsNeitherAcceptedNorKept) {
    FileServer server{toto};
    std::ignore = get(server);
    const FetchOptions wrong{.expected = Digest{"md5", std::string(32, '0')}};
    EXPECT_THROW(std::ignore = get(server, wrong), Error);
    EXPECT_THAT(left_overs(), SizeIs(0));
    EXPECT_THAT(server.requests().at(1), Not(HasSubstr("If-None-Match")));
}

TEST_F(StoreTest, ItIsFetchedAgainIfThatIsAsked) {
    FileServer server{toto};
    const fs::path path = get(server).path;
    write_file(path, "rotten");
    EXPECT_EQ(get(server, {}, Reuse::refused).source, Source::fetched);
    EXPECT_EQ(read_file(path), toto);
    EXPECT_THAT(server.requests().at(1), Not(HasSubstr("If-")));
}

TEST_F(StoreTest, AnotherRunGoesOnWithThePart) {
    FileServer server{toto};
    server.break_off_after(2);
    EXPECT_THROW(std::ignore = get(server), Error);
    EXPECT_THAT(left_overs(), SizeIs(2));
    server.break_off_after(std::string::npos);
    EXPECT_EQ(read_file(get(server, {.expected = Digest{"md5", md5}}).path), toto);
    EXPECT_THAT(left_overs(), SizeIs(0));
    EXPECT_THAT(server.requests().at(1),
                AllOf(HasSubstr("Range: bytes=2-\r\n"), HasSubstr("If-Range: \"1\"\r\n")));
}

TEST_F(StoreTest, APartOfAnotherFileIsThrownAway) {
    FileServer server{toto};
    server.break_off_after(2);
    EXPECT_THROW(std::ignore = get(server), Error);
    server.break_off_after(std::string::npos);
    server.change("other", "\"2\"");
    EXPECT_EQ(read_file(get(server).path), "other");
}

TEST_F(StoreTest, APartOfWhichNothingIsKnownIsOfNoUse) {
    FileServer server{toto};
    server.break_off_after(2);
    EXPECT_THROW(std::ignore = get(server), Error);
    server.break_off_after(std::string::npos);
    for (const std::string& name : left_overs())
        if (name.ends_with(".from"))  // of an earlier run of the machine
            write_file(store_.folder / name, "elsewhen\n\"1\"\n\n5\n");
    EXPECT_EQ(read_file(get(server).path), toto);
    EXPECT_THAT(server.requests().at(1), Not(HasSubstr("Range")));
}

TEST_F(StoreTest, AWholeFileThatOnlyLacksItsNameIsTakenUp) {
    FileServer server{toto};
    server.break_off_after(4);
    EXPECT_THROW(std::ignore = get(server), Error);
    for (const std::string& name : left_overs())
        if (name.ends_with(".part"))
            write_file(store_.folder / name, toto);
    server.break_off_after(std::string::npos);
    EXPECT_EQ(read_file(get(server).path), toto);
    EXPECT_THAT(server.requests().at(1), HasSubstr("Range: bytes=4-\r\n"));
}

TEST_F(StoreTest, WhatWasNotUsedForLongestMakesRoom) {
    store_.limit = 250'000;
    std::vector<fs::path> paths;
    for (const char letter : {'a', 'b', 'c', 'd'}) {
        const FileServer server{std::string(100'000, letter)};
        paths.push_back(get(server).path);
    }
    EXPECT_FALSE(fs::exists(paths[0]));
    EXPECT_FALSE(fs::exists(paths[1]));
    EXPECT_TRUE(fs::exists(paths[2]));
    EXPECT_TRUE(fs::exists(paths[3]));
}

TEST_F(StoreTest, WhatIsInUseIsNotRemoved) {
    store_.limit = 1;
    const FileServer server{"a"};
    const Stored used = get(server);
    {
        const FileServer other{"b"};
        EXPECT_TRUE(fs::exists(get(other).path));
        EXPECT_THAT(objects(), SizeIs(2));
    }
    EXPECT_TRUE(is_held(used.path));
    EXPECT_FALSE(remove_unless_held(used.path));
    const FileServer third{"c"};
    std::ignore = get(third);
    EXPECT_THAT(objects(), SizeIs(2)) << "the second one was free";
    EXPECT_EQ(read_file(used.path), "a");
}

TEST_F(StoreTest, WhoComesSecondWaitsForTheFirst) {
    std::promise<void> both;
    const auto started = both.get_future().share();
    ScriptedServer server{[&](const std::string& request, std::size_t) {
        started.wait();
        return request.find("If-None-Match: \"1\"") == std::string::npos
                   ? http_answer("200 OK", {"ETag: \"1\"", "Content-Length: 5"}, toto)
                   : http_answer("304 Not Modified", {}, "");
    }};
    std::array<std::future<Source>, 4> sources;
    for (auto& source : sources)
        source = std::async(std::launch::async, [&] {
            return fetch_stored(store_, server.url(), Reuse::allowed).source;
        });
    both.set_value();
    int fetched = 0;
    for (auto& source : sources)
        fetched += source.get() == Source::fetched ? 1 : 0;
    EXPECT_EQ(fetched, 1);
    EXPECT_THAT(objects(), SizeIs(1));
}

TEST_F(StoreTest, AStopEndsTheWaitForAnother) {
    make_folders(store_.folder);
    const fs::path file = store_.folder / "seized";
    const FileDescriptor seized = seize(file, {});
    std::stop_source source;
    auto second = std::async(std::launch::async, [&] { return seize(file, source.get_token()); });
    source.request_stop();
    EXPECT_THROW(second.get(), Error);
}

/// The digests that the names of the whole files promise are theirs; then makes room.
void expect_right(const fs::path& folder, const std::vector<std::string>& names) {
    for (const std::string& name : names) {
        EXPECT_NO_THROW(check_file(folder / name, {"sha256", name.substr(7)}));
        fs::remove(folder / name);
    }
}

TEST_F(StoreTest, AKillAtAnyMomentLeavesNeitherAWrongFileNorALock) {
    constexpr std::size_t size = 1'000'000;
    FileServer server{std::string(size, '0')};
    const std::vector<std::string> command{STORE_PROGRAM, store_.folder, server.url()};
    const auto start = Clock::now();
    EXPECT_EQ(cli::Program(command, folder_.path()).wait(), 0);
    const Clock::duration whole = Clock::now() - start;

    std::mt19937 random{std::random_device{}()};
    int killed = 0;
    bool complete = true;
    for (int round = 1; killed < 50; ++round) {
        ASSERT_LT(round, 1000) << "too late to kill it";
        if (complete || random() % 2 == 0)  // else it goes on with what the last one left
            server.change(std::string(size, static_cast<char>('0' + round % 64)),
                          format("\"{}\"", round));
        cli::Program program{command, folder_.path()};
        std::this_thread::sleep_for(whole * (random() % 1000) / 1000);
        program.signal(SIGKILL);
        complete = program.wait() != 128 + SIGKILL;
        killed += complete ? 0 : 1;
        expect_right(store_.folder, objects());
    }
    for (const auto& entry : fs::directory_iterator{store_.folder})
        EXPECT_FALSE(is_held(entry.path())) << entry.path();

    const std::string last(size, 'z');
    server.change(last, "\"last\"");
    cli::Program program{command, folder_.path()};
    EXPECT_EQ(program.wait(), 0) << program.errors();
    EXPECT_EQ(read_file(program.output()), last);
}

}  // namespace
}  // namespace glinda::media
