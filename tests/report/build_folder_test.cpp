#include "glinda/report/build_folder.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "glinda/util/text.hpp"

namespace glinda::report {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
namespace fs = std::filesystem;

class BuildFolderTest : public testing::Test {
protected:
    TemporaryFolder parent_{fs::temp_directory_path() / "glinda-test-"};
    BuildFolder folder_{parent_.path() / "builds", "vm"};
};

TEST_F(BuildFolderTest, IsItsOwnersAlone) {
    struct stat status {};
    ASSERT_EQ(::stat(folder_.path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0700U);
}

TEST_F(BuildFolderTest, TwoBuildsInOneSecondHaveTwoFolders) {
    const BuildFolder other{parent_.path() / "builds", "vm"};
    EXPECT_NE(other.path(), folder_.path());
}

TEST_F(BuildFolderTest, KeepsEventsAsTheyCome) {
    folder_.add_event("phase", "partitioning");
    folder_.add_event("line", "broken \xff text");
    const std::string text = read_file(folder_.path() / "events.jsonl");
    const auto first = nlohmann::json::parse(text.substr(0, text.find('\n')));
    EXPECT_EQ(first["kind"], "phase");
    EXPECT_EQ(first["text"], "partitioning");
    EXPECT_GE(first["at_ms"], 0);
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
}

TEST_F(BuildFolderTest, ShowsTheEndOfTheConsoleAsAPersonReadsIt) {
    EXPECT_EQ(folder_.console_tail(3), "");
    folder_.add_console("one\r\n\x1b[31mtwo\x1b[0m\r\n");
    folder_.add_console("three\n\n");
    EXPECT_EQ(folder_.console_tail(2), "two\nthree");
    EXPECT_EQ(folder_.console_tail(9), "one\ntwo\nthree");
}

TEST_F(BuildFolderTest, TellsARunningBuildFromAnEndedOne) {
    folder_.write_record({.name = "vm"});
    EXPECT_EQ(nlohmann::json::parse(read_file(folder_.path() / "build.json"))["state"], "running");
    EXPECT_FALSE(fs::exists(folder_.path() / "report.html"));
    folder_.write_record({.state = "failed", .name = "vm", .verdict = "no disk"});
    EXPECT_EQ(nlohmann::json::parse(read_file(folder_.path() / "build.json"))["verdict"],
              "no disk");
    EXPECT_TRUE(fs::exists(folder_.path() / "report.html"));
}

TEST_F(BuildFolderTest, TheReportShowsWhatTheGuestSaidAndRunsNothingOfIt) {
    folder_.add_console("<script>alert(1)</script>");
    folder_.add_event("phase", "a < b");
    folder_.write("screens/0001.png", "\x89PNG");
    folder_.write_record({.state = "failed",
                          .name = "vm",
                          .results = {{"image", "/i.dsk"}},
                          .verdict = "it & failed",
                          .notes = {"look at <this>"}});
    EXPECT_THAT(read_file(folder_.path() / "report.html"),
                AllOf(HasSubstr("it &amp; failed"), HasSubstr("look at &lt;this&gt;"),
                      HasSubstr("a &lt; b"), HasSubstr("&lt;script&gt;"), Not(HasSubstr("<script")),
                      HasSubstr("/i.dsk"), HasSubstr("data:image/png;base64,iVBORw==")));
}

TEST_F(BuildFolderTest, TheReportHasTheTextBesideTheScreenAndMarksWhatDecided) {
    folder_.write("screens/0001.png", "\x89PNG");
    folder_.write("screens/0001.txt", "an installer\n  no <disk> found  \n");
    folder_.write("answers/ks.cfg", "rootpw --lock\nautopart");
    folder_.write("plan.txt", "one disk");
    folder_.add_event("phase", "partitioning");
    folder_.add_event("deciding line", "no <disk> found");
    folder_.add_console("one\nno <disk> found\nthree\n");
    folder_.write_record({.state = "failed", .name = "vm", .failure = {{"answer line", "2"}}});
    EXPECT_THAT(
        read_file(folder_.path() / "report.html"),
        AllOf(HasSubstr("<pre>an installer\n<mark>  no &lt;disk&gt; found  </mark>\n"),
              HasSubstr("<pre>one\n<mark>no &lt;disk&gt; found</mark>\nthree\n"),
              HasSubstr("   1  rootpw --lock\n   2  <mark>autopart</mark>\n"),
              HasSubstr("<pre>one disk\n"), HasSubstr(">partitioning 0"), HasSubstr("0001.png")));
}

TEST_F(BuildFolderTest, TheReportShowsTheLineThatDecidedHoweverMuchFollowed) {
    folder_.add_event("deciding line", "no disk found");
    folder_.add_installer_log("first\nbefore\nno disk found\nafter\n");
    for (int number = 0; number < 9000; ++number)
        folder_.add_installer_log(format("line {}\n", number));
    folder_.write_record({.state = "failed", .name = "vm"});
    EXPECT_THAT(read_file(folder_.path() / "report.html"),
                AllOf(HasSubstr("before\n<mark>no disk found</mark>\nafter\n"),
                      HasSubstr("line 8999"), Not(HasSubstr("line 5000"))));
}

TEST_F(BuildFolderTest, TheReportPlotsWhatTheGuestDid) {
    folder_.add_event("start", "the guest runs");
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
    folder_.add_event("activity",
                      "1200 ms of processor, 17 disk requests, 512 KiB, 3 open connections");
    folder_.add_event("screen", "screens/0001.png");
    folder_.write("screens/0001.png", "\x89PNG");
    folder_.write_record({.state = "failed", .name = "vm", .versions = {{"QEMU", "7.2.0"}}});
    const std::string page = read_file(folder_.path() / "report.html");
    EXPECT_THAT(page, AllOf(HasSubstr("<polygon class=\"processor\" points="),
                            HasSubstr("<polygon class=\"disk\""), HasSubstr("class=\"screen\""),
                            HasSubstr("0001.png, after "), Not(HasSubstr("17 disk requests")),
                            HasSubstr("<th>QEMU</th><td>7.2.0</td>")));
}

TEST_F(BuildFolderTest, TheReportShowsTheLastScreenAndThenTheOthersInTheirOrder) {
    folder_.write("screens/0010.png", "b");
    folder_.write("screens/0002.png", "a");
    folder_.write("screens/0003.png", "a");
    folder_.write_record({.state = "failed", .name = "vm"});
    const std::string page = read_file(folder_.path() / "report.html");
    EXPECT_LT(page.find("0010.png"), page.find("2 earlier screens"));
    EXPECT_LT(page.find("2 earlier screens"), page.find("0002.png"));
    EXPECT_LT(page.find("0002.png"), page.find("0003.png"));
}

}  // namespace
}  // namespace glinda::report
