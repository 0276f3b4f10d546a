#include "extras.hpp"

#include <gmock/gmock.h>

#include "ftp_server.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/files.hpp"
#include "scripted_server.hpp"
#include "silence.hpp"

namespace glinda::pipeline {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

class Extras : public testing::Test {
protected:
    /// What a folder at a URL becomes: a line for each, with its content.
    std::vector<std::string> gathered(const std::string& url) {
        Plan plan{};
        plan.template_file = folder_.path() / "vm.tdl";
        plan.extras = {{tdl::Extra::Kind::directory, url, "/extra/"}};
        const Context context{.settings = settings_,
                              .families = SOURCE_FOLDER "/auto",
                              .schemas = SOURCE_FOLDER "/config",
                              .runner = runner_,
                              .progress = silent_,
                              .stop = {}};
        std::vector<std::string> lines;
        for (const media::IsoChange& change : gather_extras(plan, folder_.path(), context))
            lines.push_back(change.path +
                            (change.file.empty() ? "" : "=" + read_file(change.file)));
        std::ranges::sort(lines);
        return lines;
    }

    TemporaryFolder folder_{fs::temp_directory_path() / "glinda-extras-"};
    settings::Settings settings_{};
    SystemRunner runner_;
    Silence silent_;
};

TEST_F(Extras, AFolderOfAnFtpServerIsFetchedWithAllThatIsInIt) {
    const media::FtpServer server{
        {{"some/a b", "1"}, {"some/deep/er/c", "22"}, {"some/none/", ""}}};
    EXPECT_THAT(gathered(server.url("some")),
                ElementsAre("/extra/", "/extra/a b=1", "/extra/deep/", "/extra/deep/er/",
                            "/extra/deep/er/c=22", "/extra/none/"));
}

TEST_F(Extras, AFolderOfAWebServerIsFetchedByItsLists) {
    const ScriptedServer server{[](const std::string& request, std::size_t) {
        if (request.starts_with("GET /some/ "))
            return http_answer("200 OK", {},
                               "<title>Index of /some/</title><a href=\"../\">../</a>"
                               "<a href=\"deep/\">deep/</a><a href=\"a\">a</a>");
        if (request.starts_with("GET /some/deep/ "))
            return http_answer("200 OK", {}, "<title>Index of</title><a href=\"b\">b</a>");
        return http_answer("200 OK", {}, request.substr(0, request.find(" HTTP")));
    }};
    EXPECT_THAT(gathered(server.origin() + "/some"),
                ElementsAre("/extra/", "/extra/a=GET /some/a", "/extra/deep/",
                            "/extra/deep/b=GET /some/deep/b"));
}

TEST_F(Extras, AFolderThatHoldsItselfIsRefused) {
    const ScriptedServer server{[](const std::string&, std::size_t) {
        return http_answer("200 OK", {}, "<title>Index of</title><a href=\"again/\">again/</a>");
    }};
    try {
        gathered(server.origin());
        FAIL() << "nothing was thrown";
    } catch (const Error& error) {
        EXPECT_EQ(error.fault(), Fault::usage);
        EXPECT_THAT(error.what(), HasSubstr("more than 32 levels"));
    }
}

}  // namespace
}  // namespace glinda::pipeline
