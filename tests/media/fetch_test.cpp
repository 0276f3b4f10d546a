#include "glinda/media/fetch.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <array>
#include <thread>

#include "glinda/media/server.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/files.hpp"
#include "glinda/util/text.hpp"
#include "listener.hpp"

namespace glinda::media {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

/// A server that sends the same words to whoever asks, once, and then waits for the client to go.
class OneAnswer {
public:
    explicit OneAnswer(std::string words) : words_{std::move(words)} {
        thread_ = std::jthread{[this] { serve(); }};
    }

    [[nodiscard]] std::string url() const {
        return format("http://127.0.0.1:{}/file", listener_.port());
    }
    /// What the client sent; it is to be done.
    const std::string& request() {
        thread_.join();
        return request_;
    }

private:
    void serve() {
        const FileDescriptor client = listener_.accept();
        std::array<char, 4096> buffer{};
        while (request_.find("\r\n\r\n") == std::string::npos) {
            const ssize_t got = ::read(client.get(), buffer.data(), buffer.size());
            if (got <= 0)
                return;
            request_.append(buffer.data(), static_cast<std::size_t>(got));
        }
        write_all(client.get(), words_, "the answer");
        if (words_.find("Connection: close") != std::string::npos)
            return;
        while (::read(client.get(), buffer.data(), buffer.size()) > 0) {
        }
    }

    std::string words_;
    std::string request_;
    Listener listener_;
    std::jthread thread_;
};

class FetchTest : public testing::Test {
protected:
    FetchTest() {
        make_folders(folder_.path() / "out");
        write_file(folder_.path() / "tree/file", "Toto\n");
        write_file(folder_.path() / "tree/big", std::string(3'000'000, 'b'));
    }

    static fs::path made(const fs::path& folder) {
        make_folders(folder);
        return folder;
    }
    [[nodiscard]] std::string http(std::string_view path) const {
        return format("http://127.0.0.1:{}{}", server_.port(), path);
    }
    [[nodiscard]] std::string file(std::string_view name) const {
        return format("file://{}/tree/{}", folder_.path().string(), name);
    }

    Error refusal(const std::string& url, FetchOptions options = {}) {
        options.retries = 0;
        try {
            fetch(url, out_, options);
        } catch (const Error& error) {
            EXPECT_TRUE(fs::is_empty(folder_.path() / "out")) << "something was left behind";
            return error;
        }
        return {Fault::guest, "nothing was thrown"};
    }

    TemporaryFolder folder_{fs::temp_directory_path() / "glinda-fetch-"};
    fs::path out_ = folder_.path() / "out/file";
    TreeServer server_{made(folder_.path() / "tree")};
};

TEST_F(FetchTest, WritesWhatTheServerHas) {
    fetch(http("/big"), out_);
    EXPECT_EQ(read_file(out_), std::string(3'000'000, 'b'));
    fetch(file("file"), out_);
    EXPECT_EQ(read_file(out_), "Toto\n");
}

TEST_F(FetchTest, TellsHowFarItIs) {
    std::uint64_t last = 0;
    std::uint64_t whole = 0;
    fetch(http("/big"), out_, {.on_progress = [&](std::uint64_t bytes, std::uint64_t total) {
              EXPECT_GE(bytes, last);
              last = bytes;
              whole = total;
          }});
    EXPECT_EQ(last, 3'000'000U);
    EXPECT_EQ(whole, 3'000'000U);
}

TEST_F(FetchTest, AMissingFileIsNamed) {
    const Error error = refusal(http("/none"));
    EXPECT_EQ(error.fault(), Fault::environment);
    EXPECT_THAT(error.what(), HasSubstr(http("/none") + ": there is no such file"));
    EXPECT_THAT(refusal(file("none")).what(), HasSubstr("there is no such file"));
}

TEST_F(FetchTest, AnotherStatusIsNamedWithTheUrl) {
    const OneAnswer server{"HTTP/1.1 503 Busy\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"};
    EXPECT_THAT(refusal(server.url()).what(),
                HasSubstr(server.url() + ": the server answers with status 503"));
}

TEST_F(FetchTest, AShortAnswerIsNoFile) {
    const OneAnswer server{"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 100\r\n\r\nx"};
    EXPECT_EQ(refusal(server.url()).fault(), Fault::environment);
}

TEST_F(FetchTest, ARedirectIsFollowedToHttpButNotToAFile) {
    const OneAnswer good{"HTTP/1.1 302 F\r\nConnection: close\r\nContent-Length: 0\r\nLocation: " +
                         http("/file") + "\r\n\r\n"};
    fetch(good.url(), out_);
    EXPECT_EQ(read_file(out_), "Toto\n");
    fs::remove(out_);
    const OneAnswer bad{"HTTP/1.1 302 F\r\nConnection: close\r\nContent-Length: 0\r\nLocation: " +
                        file("file") + "\r\n\r\n"};
    EXPECT_THAT(refusal(bad.url()).what(), HasSubstr("rotocol"));
}

TEST_F(FetchTest, SaysWhoItIs) {
    OneAnswer server{"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"};
    fetch(server.url(), out_);
    EXPECT_THAT(server.request(), HasSubstr("User-Agent: glinda/" GLINDA_VERSION "\r\n"));
}

TEST_F(FetchTest, TheExpectedDigestIsAccepted) {
    // By md5sum and its sisters.
    const std::vector<Digest> right{
        {"md5", "08387f861dcfdcbfb01592929b7280cc"},
        {"sha1", "6ae4495b2b16f7762e77edb452a87bf3872d4cd6"},
        {"sha256", "e7b0c94c16d470c588bd32f9c0747aad0ba91b7a5fd0b96a3b926b6b5d72d675"},
        {"sha384",
         "5eff539a1236977f9e8b7b915c3531dcd96ad8df656676fbe023cc0dae5753aaedf1b16975d7829e63c9002ff"
         "6947a23"},
        {"sha512",
         "5cdcaef09838ba3b977eed78103318ae76e8857a717d3e3b7c1d75d0902ba5cf5daafcfd0d13b2aa292f23aa2"
         "c2fd4dba7cb714999ba7b99c9ee8cb0fc6d2e53"}};
    for (const Digest& digest : right) {
        fetch(http("/file"), out_, {.expected = digest});
        EXPECT_EQ(read_file(out_), "Toto\n");
        fs::remove(out_);
    }
}

TEST_F(FetchTest, AnotherDigestLeavesNothingAndNamesBoth) {
    const Error error = refusal(http("/file"), {.expected = Digest{"md5", std::string(32, 'A')}});
    EXPECT_EQ(error.fault(), Fault::environment);
    EXPECT_THAT(error.what(), HasSubstr("08387f861dcfdcbfb01592929b7280cc"));
    EXPECT_THAT(error.what(), HasSubstr(std::string(32, 'a')));
}

TEST_F(FetchTest, ADigestThatIsNoneIsTheUsersFault) {
    for (const Digest& digest :
         {Digest{"crc", "00"}, Digest{"md5", "00"}, Digest{"md5", std::string(31, '0') + "g"}})
        EXPECT_EQ(refusal(http("/file"), {.expected = digest}).fault(), Fault::usage);
}

TEST_F(FetchTest, AFailureKeepsTheOldFile) {
    write_file(out_, "old");
    EXPECT_THROW(fetch(http("/none"), out_), Error);
    EXPECT_EQ(read_file(out_), "old");
}

TEST_F(FetchTest, AStopEndsASilentDownloadWithinASecondOrTwo) {
    const OneAnswer server{"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nx"};
    std::stop_source source;
    const auto start = std::chrono::steady_clock::now();
    const Error error = refusal(server.url(), {.on_progress =
                                                   [&](std::uint64_t bytes, std::uint64_t) {
                                                       if (bytes == 1)
                                                           source.request_stop();
                                                   },
                                               .stop = source.get_token()});
    EXPECT_EQ(error.fault(), Fault::cancelled);
    EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
}

TEST_F(FetchTest, AServerThatFallsSilentIsATimeout) {
    const OneAnswer server{"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nx"};
    EXPECT_EQ(refusal(server.url(), {.stall_limit = 1s}).fault(), Fault::timeout);
}

TEST_F(FetchTest, NobodyListeningIsTheNetworksFault) {
    std::uint16_t port = 0;
    {
        const TreeServer gone{folder_.path()};
        port = gone.port();
    }
    EXPECT_EQ(refusal(format("http://127.0.0.1:{}/", port)).fault(), Fault::environment);
}

TEST_F(FetchTest, OtherKindsOfUrlAreRefused) {
    for (const char* url : {"gopher://x/", "scp://x/y", "nonsense", "", "http://", "dict://x/"})
        EXPECT_EQ(refusal(url).fault(), Fault::usage) << url;
}

TEST_F(FetchTest, AFolderIsNoFile) {
    EXPECT_EQ(refusal(file("")).fault(), Fault::usage);
}

TEST_F(FetchTest, APasswordIsNotShown) {
    const Error error = refusal(format("http://dorothy:ruby@127.0.0.1:{}/none", server_.port()));
    EXPECT_THAT(error.what(), Not(HasSubstr("ruby")));
    EXPECT_THAT(refusal("http://dorothy:ruby@:x y/").what(), Not(HasSubstr("ruby")));
}

TEST_F(FetchTest, ACallersErrorComesThrough) {
    const Error error = refusal(http("/big"), {.on_progress = [](std::uint64_t, std::uint64_t) {
                                    throw Error{Fault::guest, "enough"};
                                }});
    EXPECT_STREQ(error.what(), "enough");
}

TEST_F(FetchTest, TextIsGivenBackOrNothing) {
    EXPECT_EQ(fetch_text(http("/file"), 5), "Toto\n");
    EXPECT_EQ(fetch_text(http("/none"), 5), std::nullopt);
    EXPECT_EQ(fetch_text(file("none"), 5), std::nullopt);
    EXPECT_THROW(std::ignore = fetch_text(http("/file"), 4), Error);
}

}  // namespace
}  // namespace glinda::media
