// What a download does when the server or the network does not do its part.

#include <gmock/gmock.h>

#include <cstdlib>

#include "ftp_server.hpp"
#include "glinda/media/fetch.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/files.hpp"
#include "scripted_server.hpp"

namespace glinda::media {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using Clock = std::chrono::steady_clock;

std::string content(char seed) {
    std::string text(3'000'000, seed);
    for (std::size_t i = 0; i < text.size(); i += 7)
        text[i] = static_cast<char>('a' + i / 7 % 26);
    return text;
}

class RetryTest : public testing::Test {
protected:
    /// What is there in the end.
    std::string fetched(const ScriptedServer& server, FetchOptions options = {}) {
        options.pause = 1ms;
        fetch(server.url(), out_, options);
        return read_file(out_);
    }
    Error refusal(const ScriptedServer& server, const FetchOptions& options = {.pause = 1ms}) {
        fs::remove(out_);
        try {
            fetch(server.url(), out_, options);
        } catch (const Error& error) {
            EXPECT_TRUE(fs::is_empty(folder_.path())) << "something was left behind";
            return error;
        }
        return {Fault::guest, "nothing was thrown"};
    }
    /// All of `text`, or its first half by a server that then breaks off.
    static std::string whole(const std::string& text, const std::string& validator,
                             std::size_t sent = std::string::npos) {
        return http_answer("200 OK", {format("Content-Length: {}", text.size()), validator},
                           std::string_view{text}.substr(0, sent));
    }
    /// The rest of `text`, from where a request for a part says.
    static std::string rest(const std::string& text, const std::string& validator,
                            const std::string& request) {
        const std::size_t at = request.find("Range: bytes=") + 13;
        const std::size_t first = std::stoul(request.substr(at));
        return http_answer(
            "206 Partial Content",
            {format("Content-Length: {}", text.size() - first),
             format("Content-Range: bytes {}-{}/{}", first, text.size() - 1, text.size()),
             validator},
            std::string_view{text}.substr(first));
    }

    TemporaryFolder folder_{fs::temp_directory_path() / "glinda-retry-"};
    fs::path out_ = folder_.path() / "file";
    const std::string old_ = content('o');
    const std::string new_ = content('n');
};

TEST_F(RetryTest, ABrokenDownloadGoesOnWhereItBroke) {
    ScriptedServer server{[&](const std::string& request, std::size_t count) {
        return count == 0 ? whole(old_, "ETag: \"1\"", 2'000'000)
                          : rest(old_, "ETag: \"1\"", request);
    }};
    std::uint64_t last = 0;
    EXPECT_EQ(fetched(server, {.on_progress =
                                   [&](std::uint64_t bytes, std::uint64_t total) {
                                       EXPECT_GE(bytes, last);
                                       last = bytes;
                                       EXPECT_EQ(total, bytes == 0 ? total : 3'000'000U);
                                   }}),
              old_);
    EXPECT_EQ(last, 3'000'000U);
    ASSERT_EQ(server.requests().size(), 2U);
    EXPECT_THAT(server.requests()[0], Not(HasSubstr("Range:")));
    EXPECT_THAT(server.requests()[1],
                AllOf(HasSubstr("Range: bytes=2000000-\r\n"), HasSubstr("If-Range: \"1\"\r\n")));
}

TEST_F(RetryTest, TheDigestIsThatOfBothHalves) {
    const ScriptedServer server{[&](const std::string& request, std::size_t count) {
        return count == 0 ? whole("Toto\n", "ETag: \"1\"", 2) : rest("Toto\n", "", request);
    }};
    const Digest md5{"md5", "08387f861dcfdcbfb01592929b7280cc"};
    EXPECT_EQ(fetched(server, {.expected = md5}), "Toto\n");
    const ScriptedServer other{[&](const std::string&, std::size_t count) {
        return count == 0 ? whole("Dodo\n", "ETag: \"1\"", 2) : whole("Toto\n", "ETag: \"2\"");
    }};
    EXPECT_EQ(fetched(other, {.expected = md5}), "Toto\n");
}

TEST_F(RetryTest, HalvesOfTwoFilesAreNeverMixed) {
    // A server that heeds If-Range.
    const ScriptedServer honest{[&](const std::string&, std::size_t count) {
        return count == 0 ? whole(old_, "ETag: \"1\"", 2'000'000) : whole(new_, "ETag: \"2\"");
    }};
    EXPECT_EQ(fetched(honest), new_);
    // Servers that do not, but whose answers show it.
    for (const char* shown : {"ETag: \"2\"", "Last-Modified: Sun, 22 Nov 2026 09:00:00 GMT"}) {
        ScriptedServer careless{[&](const std::string& request, std::size_t count) {
            return count == 0   ? whole(old_, "ETag: \"1\"", 2'000'000)
                   : count == 1 ? rest(new_, shown, request)
                                : whole(new_, shown);
        }};
        EXPECT_EQ(fetched(careless), new_) << shown;
        EXPECT_THAT(careless.requests().at(2), Not(HasSubstr("Range:")));
    }
    const ScriptedServer shrunk{[&](const std::string&, std::size_t count) {
        return count == 0   ? whole(old_, "ETag: \"1\"", 2'000'000)
               : count == 1 ? http_answer("206 Partial Content",
                                          {"Content-Range: bytes 2000000-2000001/2000002",
                                           "Content-Length: 2"},
                                          "xx")
                            : whole(new_, "ETag: \"2\"");
    }};
    EXPECT_EQ(fetched(shrunk), new_);
}

TEST_F(RetryTest, OnlyAStrongValidatorProvesThatItIsTheSameFile) {
    for (const char* weak : {"ETag: W/\"1\"", "X-Nothing: 1",
                             "Last-Modified: Sun, 22 Nov 2026 09:00:00 GMT\r\n"
                             "Date: Sun, 22 Nov 2026 09:00:00 GMT"}) {
        ScriptedServer server{[&](const std::string&, std::size_t count) {
            return count == 0 ? whole(old_, weak, 2'000'000) : whole(new_, weak);
        }};
        EXPECT_EQ(fetched(server), new_) << weak;
        EXPECT_THAT(server.requests().at(1), Not(HasSubstr("Range:"))) << weak;
    }
    ScriptedServer dated{[&](const std::string& request, std::size_t count) {
        constexpr const char* date = "Last-Modified: Sun, 22 Nov 2026 09:00:00 GMT";
        return count == 0 ? whole(old_, date, 2'000'000) : rest(old_, date, request);
    }};
    EXPECT_EQ(fetched(dated), old_);
    EXPECT_THAT(dated.requests().at(1), HasSubstr("If-Range: Sun, 22 Nov 2026 09:00:00 GMT\r\n"));
}

TEST_F(RetryTest, APartThatTheServerNoLongerHasIsFetchedFromTheBeginning) {
    const ScriptedServer server{[&](const std::string&, std::size_t count) {
        return count == 0   ? whole(old_, "ETag: \"1\"", 2'000'000)
               : count == 1 ? http_answer("416 Range Not Satisfiable", {"Content-Length: 0"}, "")
                            : whole(new_, "ETag: \"2\"");
    }};
    EXPECT_EQ(fetched(server), new_);
}

TEST_F(RetryTest, ABusyServerIsAskedAgain) {
    for (const char* status : {"503 Busy", "500 Oops", "429 Too Many", "408 Slow"}) {
        const ScriptedServer server{[&](const std::string&, std::size_t count) {
            return count < 2 ? http_answer(status, {"Content-Length: 0"}, "") : whole("x", "");
        }};
        EXPECT_EQ(fetched(server), "x") << status;
    }
    ScriptedServer never{[](const std::string&, std::size_t) {
        return http_answer("403 Forbidden", {"Content-Length: 0"}, "");
    }};
    EXPECT_THAT(refusal(never).what(), HasSubstr("status 403"));
    EXPECT_EQ(never.requests().size(), 1U);
}

TEST_F(RetryTest, WhyAndHowLongItWaitsIsTold) {
    const ScriptedServer server{[&](const std::string&, std::size_t count) {
        return count < 2 ? http_answer("503 Busy", {"Content-Length: 0"}, "") : whole("x", "");
    }};
    std::vector<std::string> told;
    EXPECT_EQ(fetched(server, {.on_pause =
                                   [&](const std::string& why, std::chrono::milliseconds pause) {
                                       told.push_back(format("{}, {} ms", why, pause.count()));
                                   }}),
              "x");
    const std::string why =
        format("cannot fetch {}: the server answers with status 503", server.url());
    EXPECT_THAT(told, testing::ElementsAre(why + ", 1 ms", why + ", 2 ms"));
}

TEST_F(RetryTest, TheServerSaysWhenToComeBack) {
    const ScriptedServer soon{[](const std::string&, std::size_t count) {
        return count == 0 ? http_answer("429 Slowly", {"Content-Length: 0", "Retry-After: 1"}, "")
                          : whole("x", "");
    }};
    const auto start = Clock::now();
    EXPECT_EQ(fetched(soon), "x");
    EXPECT_GE(Clock::now() - start, 1s);
    const ScriptedServer late{[](const std::string&, std::size_t) {
        return http_answer("503 Closed", {"Content-Length: 0", "Retry-After: 3600"}, "");
    }};
    const Error error = refusal(late);
    EXPECT_THAT(error.what(), HasSubstr("status 503"));
    EXPECT_THAT(error.notes().at(0), HasSubstr("3600 s"));
}

TEST_F(RetryTest, ItGivesUpAndSaysBothSizes) {
    ScriptedServer server{[](const std::string&, std::size_t) {
        return http_answer("200 OK", {"Content-Length: 100"}, std::string(42, 'x'));
    }};
    const Error error = refusal(server, {.retries = 2, .pause = 1ms});
    EXPECT_EQ(error.fault(), Fault::environment);
    EXPECT_THAT(error.what(), AllOf(HasSubstr("100 bytes"), HasSubstr("only 42 came")));
    EXPECT_EQ(server.requests().size(), 3U);
}

TEST_F(RetryTest, AStopEndsThePauseAtOnce) {
    std::stop_source source;
    ScriptedServer server{[&](const std::string&, std::size_t) {
        source.request_stop();
        return http_answer("503 Busy", {"Content-Length: 0"}, "");
    }};
    const auto start = Clock::now();
    const Error error = refusal(server, {.stop = source.get_token(), .pause = 1h});
    EXPECT_EQ(error.fault(), Fault::cancelled);
    EXPECT_LT(Clock::now() - start, 5s);
}

TEST_F(RetryTest, AProxyOfTheEnvironmentIsAsked) {
    ScriptedServer proxy{[](const std::string&, std::size_t) { return whole("by proxy", ""); }};
    ::setenv("http_proxy", proxy.origin().c_str(), 1);
    ::setenv("no_proxy", "", 1);
    fetch("http://glinda.invalid/file", out_);
    ::unsetenv("http_proxy");
    EXPECT_EQ(read_file(out_), "by proxy");
    EXPECT_THAT(proxy.requests().at(0), StartsWith("GET http://glinda.invalid/file HTTP/1.1\r\n"));
}

TEST_F(RetryTest, AnFtpDownloadGoesOnWhereItBroke) {
    FtpServer server{[&](std::size_t count) {
        return FtpServer::File{.content = old_, .most = count == 0 ? 1'000'000 : old_.size()};
    }};
    fetch(server.url(), out_, {.pause = 1ms});
    EXPECT_EQ(read_file(out_), old_);
    EXPECT_THAT(server.told(), testing::ElementsAre("RETR file", "REST 1000000", "RETR file"));
}

TEST_F(RetryTest, AnFtpFileThatChangedOrSaysNoDateIsFetchedAnew) {
    for (const char* changed : {"20240102030406", ""}) {
        FtpServer server{[&, changed](std::size_t count) {
            return count == 0 ? FtpServer::File{.content = old_, .most = 1'000'000}
                              : FtpServer::File{.content = new_, .changed = changed};
        }};
        fetch(server.url(), out_, {.pause = 1ms});
        EXPECT_EQ(read_file(out_), new_) << changed;
        EXPECT_EQ(server.told().back(), "RETR file") << changed;
    }
}

}  // namespace
}  // namespace glinda::media
