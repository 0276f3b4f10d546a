// Downloads by https: whose word is taken, and where a redirect may lead.

#include <gmock/gmock.h>

#include <chrono>
#include <thread>

#include "../cli/program.hpp"
#include "glinda/media/fetch.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/process.hpp"
#include "glinda/util/text.hpp"
#include "range_server.hpp"

namespace glinda::media {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

/// A server with a certificate of its own, which gives out files as whole answers.
class TlsTest : public testing::Test {
protected:
    TlsTest() {
        runner_.output_of({.argv = {"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                                    "ec_paramgen_curve:P-256", "-nodes", "-keyout", key_.string(),
                                    "-out", certificate_.string(), "-days", "2", "-subj",
                                    "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"}});
        answer("file", "200 OK\r\nContent-Length: 8", "content\n");
        server_.emplace(
            std::vector<std::string>{"sh", "-c",
                                     format("cd '{}' && exec openssl s_server -accept 127.0.0.1:0 "
                                            "-cert certificate -key key -HTTP",
                                            folder_.path().string())},
            folder_.path());
        constexpr std::string_view mark = "ACCEPT 127.0.0.1:";
        for (int i = 0; i < 200 && port_.empty(); ++i) {
            std::this_thread::sleep_for(std::chrono::milliseconds{50});
            const std::string said = server_->output();
            if (const std::size_t at = said.find(mark); at != std::string::npos)
                port_ = trim(std::string_view{said}.substr(at + mark.size()));
        }
    }

    void answer(const std::string& name, std::string_view head, std::string_view body) const {
        write_file(folder_.path() / name,
                   format("HTTP/1.1 {}\r\nConnection: close\r\n\r\n{}", head, body));
    }
    [[nodiscard]] std::string url(const std::string& name) const {
        return format("https://127.0.0.1:{}/{}", port_, name);
    }
    [[nodiscard]] bool can_unshare() {
        return runner_.run({.argv = {"unshare", "--map-root-user", "--mount", "true"}}).status == 0;
    }
    /// Fetches by a program for which the server's certificate is the only one that is known.
    Result fetch_knowing_it(const std::vector<std::string>& arguments) {
        std::vector<std::string> argv{
            "unshare",
            "--map-root-user",
            "--mount",
            "sh",
            "-c",
            R"(mount --bind "$0" /etc/ssl/certs/ca-certificates.crt && exec "$@")",
            certificate_.string(),
            STORE_PROGRAM};
        argv.insert(argv.end(), arguments.begin(), arguments.end());
        return runner_.run({.argv = argv});
    }

    TemporaryFolder folder_{fs::temp_directory_path() / "glinda-tls-"};
    const fs::path key_ = folder_.path() / "key";
    const fs::path certificate_ = folder_.path() / "certificate";
    const fs::path to_ = folder_.path() / "fetched";
    const std::string sha256_ = "434728a410a78f56fc1b5899c3593436e61ab0c731e9072d95e96db290205e53";
    SystemRunner runner_;
    std::string port_;
    std::optional<cli::Program> server_;
};

TEST_F(TlsTest, AnUnknownCertificateIsRefused) {
    try {
        fetch(url("file"), to_, {.expected = Digest{"sha256", sha256_}});
        FAIL() << "nothing was thrown";
    } catch (const Error& error) {
        EXPECT_EQ(error.fault(), Fault::environment);
        EXPECT_THAT(error.what(), HasSubstr("certificate"));
    }
    EXPECT_FALSE(fs::exists(to_));
}

TEST_F(TlsTest, AKnownOneIsAccepted) {
    if (!can_unshare())
        GTEST_SKIP() << "without namespaces, only the host's own certificates are known";
    const Result result = fetch_knowing_it({to_.string(), url("file"), sha256_});
    EXPECT_EQ(result.status, 0) << result.errors;
    EXPECT_EQ(read_file(to_), "content\n");
}

TEST_F(TlsTest, ARedirectLeavesTlsOnlyIfADigestVouches) {
    if (!can_unshare())
        GTEST_SKIP() << "without namespaces, only the host's own certificates are known";
    write_file(folder_.path() / "plain", "content\n");
    const RangeServer plain{folder_.path() / "plain"};
    answer("moved", format("302 Found\r\nLocation: {}\r\nContent-Length: 0", plain.url()), "");
    const fs::path store = folder_.path() / "store";
    const Result refused = fetch_knowing_it({store.string(), url("moved")});
    EXPECT_EQ(refused.status, 1);
    EXPECT_THAT(refused.errors, HasSubstr("\"http\""));
    const Result vouched = fetch_knowing_it({to_.string(), url("moved"), sha256_});
    EXPECT_EQ(vouched.status, 0) << vouched.errors;
    EXPECT_EQ(read_file(to_), "content\n");
}

}  // namespace
}  // namespace glinda::media
