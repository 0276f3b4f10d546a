#include "glinda/media/listing.hpp"

#include <gmock/gmock.h>

#include "ftp_server.hpp"
#include "glinda/media/byte_source.hpp"
#include "glinda/util/error.hpp"
#include "scripted_server.hpp"

namespace glinda::media {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

std::vector<std::string> names_in(const std::string& url) {
    std::vector<std::string> names;
    for (const Listed& entry : list_folder(url))
        names.push_back(entry.kind == Listed::Kind::folder ? entry.name + "/" : entry.name);
    return names;
}

Error refusal(const std::string& url) {
    try {
        std::ignore = list_folder(url);
    } catch (const Error& error) {
        return error;
    }
    return {Fault::guest, "nothing was thrown"};
}

TEST(Listing, AnFtpFolderHasWhatItsServerLists) {
    const FtpServer server{{{"top", "1"},
                            {"extra/b c.txt", "22"},
                            {"extra/a", "1"},
                            {"extra/deep/er/x", "1"},
                            {"extra/none/", ""}}};
    EXPECT_THAT(names_in(server.url("extra")), ElementsAre("a", "b c.txt", "deep/", "none/"));
    EXPECT_THAT(names_in(server.url("extra/deep/")), ElementsAre("er/"));
    EXPECT_THAT(names_in(server.url("extra/none/")), ElementsAre());
}

TEST(Listing, AnFtpFolderThatIsNotThereIsTheServersFault) {
    const FtpServer server{{{"top", "1"}}};
    const Error error = refusal(server.url("none"));
    EXPECT_EQ(error.fault(), Fault::environment);
    EXPECT_THAT(error.what(), StartsWith("cannot list " + server.url("none")));
}

std::string page(const std::string& title, const std::string& links) {
    return http_answer(
        "200 OK", {},
        format("<html><head><title>{}</title></head><body>{}</body></html>", title, links));
}

TEST(Listing, AWebServersListIsRead) {
    // As nginx, Apache (which sorts by links), Python's http.server and lighttpd write it.
    for (const char* title : {"Index of /extra/", "Directory listing for /extra/"}) {
        const ScriptedServer server{[&](const std::string& request, std::size_t) {
            EXPECT_THAT(request, StartsWith("GET /extra/ "));
            return page(title,
                        "<a href=\"../\">../</a><a href='?C=N;O=D'>Name</a>"
                        "<A class=x HREF=\"/\">Parent</A>"
                        "<a href=\"b%20c.txt\">b c..&gt;</a> <a href=\"a\">a</a>"
                        "<a href=\"./x:y\">x:y</a><a href=\"t&amp;c\">t&amp;c</a>"
                        "<a href=\"deep/\">deep/</a><a href=\"a\">again</a>"
                        "<a href=\"https://example.org/\">made by</a><a href=\"#top\">top</a>"
                        "<a href=\"..%2f..%2fetc\">up</a><a href=\"deep/er\">further</a>");
        }};
        EXPECT_THAT(names_in(server.origin() + "/extra"),
                    ElementsAre("a", "b c.txt", "deep/", "t&c", "x:y"));
    }
}

TEST(Listing, AnotherPageIsNoList) {
    const ScriptedServer server{[](const std::string& request, std::size_t) {
        return request.starts_with("GET /none/")
                   ? http_answer("404 None", {"Content-Length: 0"}, "")
                   : page("Welcome", "<a href=\"download.zip\">Download</a>");
    }};
    const Error error = refusal(server.origin());
    EXPECT_EQ(error.fault(), Fault::usage);
    EXPECT_THAT(error.what(), HasSubstr("its server shows no list of its files"));
    EXPECT_THAT(refusal(server.origin() + "/none").what(), HasSubstr("there is no such folder"));
}

TEST(Listing, AFolderWithoutEndIsRefused) {
    std::string links;
    for (int i = 0; i < 10001; ++i)
        links += format("<a href=\"{}\">x</a>", i);
    const ScriptedServer server{
        [&](const std::string&, std::size_t) { return page("Index of /", links); }};
    EXPECT_THAT(refusal(server.origin()).what(), HasSubstr("more than 10000 files"));
}

TEST(Listing, UrlsOfEntriesAreEscaped) {
    EXPECT_EQ(url_in("ftp://x/a", {"b c#d", Listed::Kind::file}), "ftp://x/a/b%20c%23d");
    EXPECT_EQ(url_in("http://x/a/", {"b", Listed::Kind::folder}), "http://x/a/b/");
}

TEST(Listing, AnFtpServerIsAskedWhetherItHasAFile) {
    const FtpServer server{{{"a/b", "1"}}};
    EXPECT_TRUE(exists_at(server.url("a/b")));
    EXPECT_FALSE(exists_at(server.url("a/c")));
    EXPECT_FALSE(exists_at(server.url("none/c")));
}

}  // namespace
}  // namespace glinda::media
