#include "glinda/media/server.hpp"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <future>

#include "glinda/media/fetch.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/text.hpp"

namespace glinda::media {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

/// A tree to serve, a file outside of it, and a client that sends what no library would.
class TreeServerTest : public testing::Test {
protected:
    TreeServerTest() {
        make_folders(tree_ / "dists/stable");
        write_file(tree_ / "dists/stable/Release", "release file");
        write_file(tree_ / "big", std::string(5'000'000, 'b') + "end");
        write_file(tree_ / "a name", "spaced");
        write_file(folder_.path() / "secret", "secret");
        fs::create_symlink("dists/stable", tree_ / "inside");
        fs::create_symlink("../secret", tree_ / "outside");
        fs::create_symlink(folder_.path() / "secret", tree_ / "absolute");
        fs::create_symlink("..", tree_ / "up");
    }

    /// What the server answers to one request, all of it.
    static std::string ask(std::uint16_t port, const std::string& line,
                           const std::string& headers = "") {
        const FileDescriptor client{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) !=
            0)
            throw system_error("cannot connect");
        write_all(client.get(),
                  line + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + headers + "\r\n",
                  "the request");
        std::string all;
        std::array<char, 65536> buffer{};
        while (true) {
            const ssize_t got = ::read(client.get(), buffer.data(), buffer.size());
            if (got <= 0)
                return all;
            all.append(buffer.data(), static_cast<std::size_t>(got));
        }
    }

    TemporaryFolder folder_{fs::temp_directory_path() / "glinda-server-"};
    fs::path tree_ = folder_.path() / "tree";
};

constexpr const char* not_found = "HTTP/1.1 404 ";

TEST_F(TreeServerTest, ServesFilesAndFollowsLinksWithinTheFolder) {
    const TreeServer server{tree_};
    EXPECT_THAT(ask(server.port(), "GET /dists/stable/Release"),
                AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr("Content-Length: 12\r\n"),
                      EndsWith("\r\n\r\nrelease file")));
    EXPECT_THAT(ask(server.port(), "GET //dists/../inside/Release"), EndsWith("release file"));
    EXPECT_THAT(ask(server.port(), "GET /a%20name"), EndsWith("spaced"));
}

TEST_F(TreeServerTest, SendsAllOfABigFile) {
    const TreeServer server{tree_};
    const std::string answer = ask(server.port(), "GET /big");
    EXPECT_EQ(answer.substr(answer.find("\r\n\r\n") + 4), std::string(5'000'000, 'b') + "end");
}

TEST_F(TreeServerTest, NothingOutsideOfTheFolderIsThere) {
    const TreeServer server{tree_};
    for (const char* path :
         {"/../secret", "/%2e%2e/secret", "/dists/../../secret", "/outside", "/absolute",
          "/up/secret", "/..%2fsecret", "/%00", "/none", "/dists/stable/Release/x"})
        EXPECT_THAT(ask(server.port(), std::string{"GET "} + path),
                    AllOf(StartsWith(not_found), Not(EndsWith("secret"))))
            << path;
}

TEST_F(TreeServerTest, AFolderIsNoFile) {
    const TreeServer server{tree_};
    EXPECT_THAT(ask(server.port(), "GET /"), StartsWith(not_found));
    EXPECT_THAT(ask(server.port(), "GET /dists/"), StartsWith(not_found));
}

TEST_F(TreeServerTest, HeadTellsTheSizeAndSendsNothing) {
    const TreeServer server{tree_};
    EXPECT_THAT(ask(server.port(), "HEAD /big"),
                AllOf(StartsWith("HTTP/1.1 200 "), HasSubstr("Content-Length: 5000003\r\n"),
                      EndsWith("\r\n\r\n")));
}

TEST_F(TreeServerTest, OtherMethodsAreRefused) {
    const TreeServer server{tree_};
    EXPECT_THAT(ask(server.port(), "DELETE /big"), StartsWith("HTTP/1.1 405 "));
    EXPECT_THAT(ask(server.port(), "POST /big", "Content-Length: 0\r\n"),
                StartsWith("HTTP/1.1 405 "));
    EXPECT_TRUE(fs::exists(tree_ / "big"));
}

TEST_F(TreeServerTest, APartOfAFileCanBeAskedFor) {
    const TreeServer server{tree_};
    const auto part = [&](const std::string& range) {
        return ask(server.port(), "GET /dists/stable/Release", "Range: bytes=" + range + "\r\n");
    };
    EXPECT_THAT(part("8-"),
                AllOf(StartsWith("HTTP/1.1 206 "), HasSubstr("Content-Range: bytes 8-11/12\r\n"),
                      EndsWith("\nfile")));
    EXPECT_THAT(part("0-6"), EndsWith("\r\n\r\nrelease"));
    EXPECT_THAT(part("-4"), EndsWith("\r\n\r\nfile"));
    EXPECT_THAT(part("8-99"), EndsWith("\r\n\r\nfile"));
    for (const char* odd :
         {"12-", "5-2", "x-", "-0", "-", "1-x", "0-1,4-5", "99999999999999999999-"})
        EXPECT_THAT(part(odd), AllOf(StartsWith("HTTP/1.1 200 "), EndsWith("release file"))) << odd;
}

TEST_F(TreeServerTest, TellsOfEachRequest) {
    std::vector<std::string> told;
    {
        const TreeServer server{tree_, [&](std::string_view path, int status) {
                                    told.push_back(format("{} {}", path, status));
                                }};
        ask(server.port(), "GET /big");
        ask(server.port(), "GET /none");
    }
    EXPECT_THAT(told, testing::ElementsAre("/big 200", "/none 404"));
}

TEST_F(TreeServerTest, AnswersManyAtOnce) {
    const TreeServer server{tree_};
    std::array<std::future<std::string>, 8> answers;
    for (std::future<std::string>& answer : answers)
        answer = std::async(std::launch::async, [&] { return ask(server.port(), "GET /big"); });
    for (std::future<std::string>& answer : answers)
        EXPECT_THAT(answer.get(), EndsWith("bend"));
}

TEST_F(TreeServerTest, AFolderThatIsNoneIsAnError) {
    EXPECT_THROW(TreeServer{folder_.path() / "secret"}, Error);
}

}  // namespace
}  // namespace glinda::media
