#include "glinda/media/checksum.hpp"

#include <gmock/gmock.h>

#include "glinda/media/location.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/files.hpp"

namespace glinda::media {
namespace {

using testing::AllOf;
using testing::HasSubstr;
namespace fs = std::filesystem;

// The digests of "abc" (RFC 1321, A.5; FIPS 180-2, B.1).
constexpr const char* md5 = "900150983cd24fb0d6963f7d28e17f72";
constexpr const char* sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST(FindChecksum, ReadsBothForms) {
    const std::string list = std::string{"# a comment\n"} + sha256 + "  other.iso\n" + md5 +
                             " *cd/a.iso\nSHA256 (b.iso) = " + sha256 + "\n\\" + md5 + "  c.iso\n";
    EXPECT_EQ(find_checksum(list, "md5", "a.iso"), md5);
    EXPECT_EQ(find_checksum(list, "sha256", "b.iso"), sha256);
    EXPECT_EQ(find_checksum(list, "md5", "c.iso"), md5);
    EXPECT_EQ(find_checksum(list, "md5", "d.iso"), std::nullopt);
    EXPECT_EQ(find_checksum(list, "md5", "b.iso"), std::nullopt);
    EXPECT_EQ(find_checksum("", "md5", "a.iso"), std::nullopt);
}

TEST(CheckFile, ComparesAndSaysBothValues) {
    const TemporaryFolder folder{fs::temp_directory_path() / "glinda-test-"};
    const fs::path file = folder.path() / "abc";
    write_file(file, "abc");
    check_file(file, {"md5", md5});
    check_file(file, {"sha256", sha256});
    try {
        check_file(file, {"md5", std::string(32, '0')});
        FAIL() << "it was accepted";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), AllOf(HasSubstr(md5), HasSubstr(std::string(32, '0'))));
    }
    EXPECT_THROW(check_file(file, {"md5", "12"}), Error);
    EXPECT_THROW(check_file(file, {"crc32", "12345678"}), Error);
}

TEST(Locate, UnderstandsPathsAndUrls) {
    EXPECT_EQ(locate("a/../b.iso", "/t").path, "/t/b.iso");
    EXPECT_EQ(locate(" /abs.iso\n", "/t").path, "/abs.iso");
    EXPECT_EQ(locate("file:///with%20blank", "/t").path, "/with blank");
    EXPECT_EQ(locate("HTTPS://example.org/a", "/t").url, "HTTPS://example.org/a");
    EXPECT_FALSE(locate("http://example.org/a", "/t").path);
    EXPECT_THROW(locate("gopher://example.org/a", "/t"), Error);
}

TEST(SplitUrl, GivesWhatAnInstallerAsksFor) {
    const UrlParts parts = split_url("http://example.org:8080/debian/?x=1");
    EXPECT_EQ(parts.scheme, "http");
    EXPECT_EQ(parts.host, "example.org:8080");
    EXPECT_EQ(parts.path, "/debian/");
    EXPECT_EQ(split_url("https://[2001:db8::1]").host, "[2001:db8::1]");
    EXPECT_EQ(split_url("https://[2001:db8::1]").path, "/");
    EXPECT_THROW(split_url("/just/a/path"), Error);
}

TEST(IsLoopback, KnowsThisMachineByItsNames) {
    for (const char* host : {"localhost", "LOCALHOST:80", "localhost.localdomain", "127.0.0.1",
                             "127.1.2.3:8080", "[::1]", "[::1]:80"})
        EXPECT_TRUE(is_loopback(host)) << host;
    for (const char* host : {"example.org", "10.0.2.2:80", "[2001:db8::1]:80", "localhosts"})
        EXPECT_FALSE(is_loopback(host)) << host;
}

}  // namespace
}  // namespace glinda::media
