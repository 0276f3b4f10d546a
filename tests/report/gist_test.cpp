#include "glinda/report/gist.hpp"

#include <gmock/gmock.h>

#include "glinda/report/build_folder.hpp"
#include "glinda/util/error.hpp"

namespace glinda::report {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
namespace fs = std::filesystem;

class Gist : public testing::Test {
protected:
    Gist() {
        build_.add_event("phase", "partitioning");
        build_.add_event("activity", "1 ms of processor, 2 disk requests, 3 KiB");
        build_.write("screens/0001.txt", "first\n");
        build_.write("screens/0002.txt", "Which disk?\n\n<OK>\n");
    }

    TemporaryFolder folder_{fs::temp_directory_path() / "glinda-test-"};
    BuildFolder build_{folder_.path(), "vm"};
};

TEST_F(Gist, TellsHowABuildEndedWhyAndWhatIsLeftOfIt) {
    build_.write_record(
        {.state = "failed",
         .name = "vm",
         .failure = {{"cause", "no disk \x1b[31mvdz"}, {"answer file", "/ks.cfg:9: clearpart"}}});
    EXPECT_THAT(gist(build_.path()),
                AllOf(HasSubstr("vm: failed\n"), HasSubstr("cause       no disk vdz\n"),
                      HasSubstr("/ks.cfg:9: clearpart"), HasSubstr("partitioning\n"),
                      HasSubstr("  | Which disk?\n  | <OK>\n"), Not(HasSubstr("first")),
                      Not(HasSubstr("disk requests")),
                      HasSubstr((build_.path() / "report.html").string())));
}

TEST_F(Gist, IsOfTheNewestBuildOfAName) {
    build_.write_record({.state = "failed", .name = "vm"});
    BuildFolder other{folder_.path(), "vm-2"};
    other.write_record({.name = "vm-2"});
    for (const char* const name : {"vm-20000101T000000Z", "vm-29991231T235959Z"}) {
        fs::create_directory(folder_.path() / name);
        write_file(folder_.path() / name / "build.json", "{}");
    }
    EXPECT_EQ(find_build(folder_.path(), "vm").filename(), "vm-29991231T235959Z");
    EXPECT_EQ(find_build("/", build_.path()), build_.path());
    EXPECT_EQ(find_build(folder_.path(), build_.path().filename()), build_.path());
    EXPECT_THROW(std::ignore = find_build(folder_.path(), "v"), Error);
    EXPECT_THROW(std::ignore = find_build(folder_.path(), "../vm"), Error);
}

TEST_F(Gist, AFileThatIsNoneIsNamed) {
    build_.write("build.json", "[1");
    try {
        std::ignore = gist(build_.path());
        FAIL() << "nothing was thrown";
    } catch (const Error& error) {
        EXPECT_EQ(error.fault(), Fault::usage);
        EXPECT_THAT(error.what(), HasSubstr("build.json is no file of a build"));
    }
}

}  // namespace
}  // namespace glinda::report
