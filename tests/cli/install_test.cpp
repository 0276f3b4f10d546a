// Whole builds from outside, with a stand-in installer (tests/data/stand-in) that boots in seconds.

#include <gmock/gmock.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "glinda/util/follower.hpp"
#include "glinda/util/mailbox.hpp"
#include "glinda/util/text.hpp"
#include "program.hpp"

namespace glinda::cli {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;
namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

/// The processes whose command line holds `word`.
std::vector<std::string> processes_with(const std::string& word) {
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator{"/proc"}) {
        try {
            const std::string line = read_file(entry.path() / "cmdline");
            if (line.find(word) != std::string::npos)
                found.push_back(line);
        } catch (const Error&) {  // no process, or one that has just ended
        }
    }
    return found;
}

class Install : public testing::Test {
protected:
    Install() { make_folders(images_); }

    /// The template of a guest that does `task`.
    fs::path tdl(const std::string& task) {
        const fs::path file = folder_.path() / "vm.tdl";
        write_file(file, format("<template><name>{}</name><os><name>Stand-In</name>"
                                "<version>1</version><arch>x86_64</arch>"
                                "<install type='url'><url>{}</url></install><rootpw>s3cret</rootpw>"
                                "<kernelparam>glinda.test={}</kernelparam></os>"
                                "<disk><size>1</size></disk></template>",
                                name_, TEST_GUEST, task));
        return file;
    }
    Program start(const std::string& task, const std::vector<std::string>& more = {}) {
        std::vector<std::string> words{GLINDA,
                                       "install",
                                       tdl(task).string(),
                                       "--set",
                                       "glinda.data=" STAND_IN,
                                       "--set",
                                       "paths.output_dir=" + images_.string(),
                                       "--set",
                                       "paths.data_dir=" + folder_.path().string(),
                                       "--set",
                                       "paths.screenshot_dir=" + screens_.string()};
        words.insert(words.end(), more.begin(), more.end());
        return {words, folder_.path()};
    }
    [[nodiscard]] std::vector<std::string> files_in(const fs::path& folder) const {
        std::vector<std::string> names;
        std::error_code none;
        for (const auto& entry : fs::directory_iterator{folder, none})
            names.push_back(entry.path().filename());
        return names;
    }
    /// The folder of the only build.
    [[nodiscard]] fs::path build() const {
        for (const auto& entry : fs::directory_iterator{folder_.path() / "builds"})
            if (entry.is_directory())
                return entry.path();
        return {};
    }
    /// The newest picture of the screen.
    [[nodiscard]] fs::path last_screen() const {
        std::vector<fs::path> pictures;
        for (const auto& entry : fs::directory_iterator{build() / "screens"})
            if (entry.path().extension() == ".png")
                pictures.push_back(entry.path());
        return pictures.empty() ? "" : *std::ranges::max_element(pictures);
    }
    void expect_nothing_left() const {
        EXPECT_THAT(files_in(images_), IsEmpty());
        EXPECT_THAT(processes_with("guest=" + name_), IsEmpty());
    }
    void expect_evidence(const Program& program) const {
        EXPECT_THAT(program.errors(), HasSubstr("report.html"));
        EXPECT_TRUE(fs::exists(build() / "report.html"));
        const fs::path screen = last_screen();
        EXPECT_THAT(read_file(screen), testing::StartsWith("\x89PNG"));
        EXPECT_THAT(program.errors(), HasSubstr(screen.string()));
        EXPECT_EQ(read_file(screens_ / (build().filename().string() + ".png")), read_file(screen));
    }
    /// Waits until the program's standard error holds `words`.
    static void wait_for(const Program& program, const std::string& words) {
        Mailbox<std::string> pieces;
        const Follower follower{{{program.errors_file(), [&pieces](std::string_view bytes) {
                                      pieces.send(std::string{bytes});
                                  }}}};
        std::string all;
        while (all.find(words) == std::string::npos) {
            const auto piece = pieces.receive(Clock::now() + 60s);
            ASSERT_TRUE(piece) << "it never said \"" << words << "\", but: " << all;
            all += *piece;
        }
    }

    const std::string name_ = format("vm-{}", ::getpid());
    TemporaryFolder folder_{fs::temp_directory_path() / "glinda-test-"};
    const fs::path images_ = folder_.path() / "images";
    const fs::path screens_ = folder_.path() / "screens";
};

TEST_F(Install, LeavesAnImageADomainXmlAndAReport) {
    Program program = start("install");
    ASSERT_EQ(program.wait(), 0) << program.errors();
    EXPECT_THAT(files_in(images_), UnorderedElementsAre(name_ + ".dsk", name_ + ".xml"));
    EXPECT_THAT(program.output(), AllOf(HasSubstr((images_ / (name_ + ".dsk")).string()),
                                        HasSubstr((images_ / (name_ + ".xml")).string()),
                                        HasSubstr((build() / "report.html").string())));
    EXPECT_THAT(program.errors(), HasSubstr("copying files"));
    struct stat image {};
    ASSERT_EQ(::stat((images_ / (name_ + ".dsk")).c_str(), &image), 0);
    EXPECT_EQ(image.st_mode & 0777U, 0600U);
    EXPECT_EQ(image.st_uid, ::geteuid());
    EXPECT_EQ(read_file(images_ / (name_ + ".dsk"), Fault::environment, 2U << 30U).substr(0, 9),
              "installed");
    EXPECT_THAT(processes_with("guest=" + name_), IsEmpty());
}

TEST_F(Install, LearnsHowLongItTakes) {
    Program program = start("install");
    ASSERT_EQ(program.wait(), 0) << program.errors();
    const std::string events = read_file(build() / "events.jsonl");
    EXPECT_THAT(events, AllOf(HasSubstr(R"("kind":"progress","text":"75 %")"),
                              Not(HasSubstr("\"kind\":\"estimate\""))));
    EXPECT_THAT(read_file(folder_.path() / "courses/stand-in"), HasSubstr(" copying files\n"));
    fs::remove_all(build());
    Program again = start("install", {"-p"});
    ASSERT_EQ(again.wait(), 0) << again.errors();
    EXPECT_THAT(
        read_file(build() / "events.jsonl"),
        testing::ContainsRegex("\"kind\":\"estimate\",\"text\":\"[0-9]+ % of all, .* left"));
}

TEST_F(Install, ShowsTheScreenAsTextAndInTheUsersOwnViewer) {
    const fs::path viewer = folder_.path() / "viewer";
    write_file(viewer,
               format("#!/bin/sh\necho \"$@\" >{}/seen\ntest -S \"$2\"\n", folder_.path().string()),
               0755);
    Program program = start(
        "ask", {"--watch", "--view", "--set", "glinda.viewer=" + viewer.string() + " -fullscreen",
                "--set", "timeouts.inactivity=20"});
    EXPECT_EQ(program.wait(), 3) << program.errors();
    EXPECT_THAT(program.errors(),
                AllOf(HasSubstr("| glinda test guest: ask"), Not(HasSubstr("the viewer:"))));
    EXPECT_THAT(read_file(folder_.path() / "seen"),
                AllOf(testing::StartsWith("-fullscreen /"), HasSubstr("vnc.sock")));
}

TEST_F(Install, TheSecretStaysOutOfEverythingThatIsKept) {
    Program program = start("install", {"-d", "3"});
    ASSERT_EQ(program.wait(), 0) << program.errors();
    EXPECT_THAT(program.errors(), AllOf(Not(HasSubstr("s3cret")), Not(HasSubstr("$6$"))));
    for (const auto& entry : fs::recursive_directory_iterator{build()}) {
        if (entry.is_regular_file()) {
            EXPECT_THAT(read_file(entry.path()),
                        AllOf(Not(HasSubstr("s3cret")), Not(HasSubstr("$6$"))))
                << entry.path();
        }
    }
}

TEST_F(Install, AFailureThatTheLogTellsEndsItAtOnce) {
    Program program = start("fail", {"--json"});
    EXPECT_EQ(program.wait(), 3);
    EXPECT_THAT(program.errors(),
                AllOf(HasSubstr("the step copy failed"), HasSubstr("mend the answer"),
                      HasSubstr("stand-in: step copy failed")));
    EXPECT_THAT(program.output(), AllOf(HasSubstr("\"cause\": \"the step copy failed\""),
                                        HasSubstr("\"outcome\": \"failed\"")));
    expect_evidence(program);
    Program report{{GLINDA, "report", name_, "--set", "paths.data_dir=" + folder_.path().string()},
                   folder_.path()};
    EXPECT_EQ(report.wait(), 0) << report.errors();
    EXPECT_THAT(report.output(), AllOf(HasSubstr(name_ + ": failed\n"),
                                       HasSubstr("cause       the step copy failed\n"),
                                       HasSubstr("  | "), HasSubstr("report.html")));
    expect_nothing_left();
}

TEST_F(Install, AQuestionThatNobodyAnswersIsToldLongBeforeTheTimeouts) {
    Program program = start("ask");
    EXPECT_EQ(program.wait(), 3);
    EXPECT_THAT(program.errors(), AllOf(HasSubstr("asks for the disk"), HasSubstr("which disk?")));
    expect_evidence(program);
    expect_nothing_left();
}

TEST_F(Install, APowerOffWithoutProofIsNoSuccess) {
    Program program = start("poweroff");
    EXPECT_EQ(program.wait(), 3);
    EXPECT_THAT(program.errors(), HasSubstr("switched itself off before"));
    expect_nothing_left();
}

TEST_F(Install, AKernelPanicIsToldWithItsScreen) {
    Program program = start("panic");
    EXPECT_EQ(program.wait(), 3);
    EXPECT_THAT(program.errors(), HasSubstr("panicked"));
    // How much of its beginning has scrolled away differs with the length of the trace.
    EXPECT_THAT(read_file(last_screen().replace_extension(".txt")), HasSubstr("</TASK>"));
    expect_evidence(program);
    expect_nothing_left();
}

TEST_F(Install, ASilentGuestIsHung) {
    Program program = start("hang", {"--set", "timeouts.inactivity=5"});
    EXPECT_EQ(program.wait(), 4);
    EXPECT_THAT(program.errors(), HasSubstr("nothing moved for 5.0 s"));
    expect_evidence(program);
    expect_nothing_left();
}

TEST_F(Install, TheTimeLimitEndsIt) {
    Program program = start("hang", {"-t", "5"});
    EXPECT_EQ(program.wait(), 4);
    EXPECT_THAT(program.errors(), HasSubstr("did not end within 5.0 s"));
    expect_evidence(program);
    expect_nothing_left();
}

TEST_F(Install, AnInterruptUndoesEverythingWithinFiveSeconds) {
    Program program = start("hang");
    wait_for(program, "starting the installer");
    const Clock::time_point start = Clock::now();
    program.signal(SIGINT);
    EXPECT_EQ(program.wait(), 130);
    EXPECT_LT(Clock::now() - start, 5s);
    expect_nothing_left();
}

TEST_F(Install, AfterAKillTheSameCommandWorks) {
    {
        Program program = start("hang");
        wait_for(program, "starting the installer");
        program.signal(SIGKILL);
        EXPECT_EQ(program.wait(), 128 + SIGKILL);
    }
    Program program = start("install");
    EXPECT_EQ(program.wait(), 0) << program.errors();
    EXPECT_THAT(files_in(images_), UnorderedElementsAre(name_ + ".dsk", name_ + ".xml"));
    EXPECT_THAT(processes_with("guest=" + name_), IsEmpty());
}

TEST_F(Install, TwoBuildsOfOneNameAreOneTooMany) {
    Program first = start("hang");
    wait_for(first, "starting the installer");
    make_folders(folder_.path() / "second");
    Program second{{GLINDA, "install", tdl("install").string(), "--set", "glinda.data=" STAND_IN,
                    "--set", "paths.data_dir=" + folder_.path().string()},
                   folder_.path() / "second"};
    EXPECT_EQ(second.wait(), 1);
    EXPECT_THAT(second.errors(), HasSubstr("another glinda is building"));
    first.signal(SIGTERM);
    EXPECT_EQ(first.wait(), 130);
    expect_nothing_left();
}

TEST_F(Install, AnOldImageStaysUntilTheNewOneIsFinished) {
    write_file(images_ / (name_ + ".dsk"), "old");
    EXPECT_EQ(start("fail", {"-p"}).wait(), 3);
    EXPECT_EQ(read_file(images_ / (name_ + ".dsk")), "old");
    EXPECT_THAT(files_in(images_), ElementsAre(name_ + ".dsk"));
}

TEST_F(Install, AKeptGuestIsThereAndItsEndIsTold) {
    Program program = start("fail", {"--keep"});
    EXPECT_EQ(program.wait(), 3);
    EXPECT_THAT(processes_with("guest=" + name_), testing::SizeIs(1));
    EXPECT_THAT(files_in(images_), ElementsAre(name_ + ".dsk.installing"));
    const std::string errors = program.errors();
    const std::string mark = "to remove it: ";
    ASSERT_THAT(errors, HasSubstr(mark));
    const std::size_t start = errors.find(mark) + mark.size();
    const std::string command = errors.substr(start, errors.find('\n', start) - start);
    Program remove{{"sh", "-c", command}, folder_.path()};
    EXPECT_EQ(remove.wait(), 0) << command;
    // A killed process is there until the kernel has taken it down.
    for (const auto end = Clock::now() + 10s; Clock::now() < end;) {
        if (processes_with("guest=" + name_).empty())
            break;
    }
    expect_nothing_left();
}

/// A small file system of its own; needs root.
class SmallDisk : public Install {
protected:
    SmallDisk() { mounted_ = ::mount("glinda-test", images_.c_str(), "tmpfs", 0, "size=3m") == 0; }
    ~SmallDisk() override {
        if (mounted_)
            ::umount(images_.c_str());
    }
    bool mounted_ = false;
};

TEST_F(SmallDisk, AFullOneIsToldAndNothingIsLeft) {
    if (!mounted_)
        GTEST_SKIP() << "only root can mount a small file system";  // a user's run of the tests
    Program program = start("fill-disk");
    EXPECT_EQ(program.wait(), 1);
    EXPECT_THAT(program.errors(), AllOf(HasSubstr("disk is full"), HasSubstr("make room")));
    expect_evidence(program);
    expect_nothing_left();
}

}  // namespace
}  // namespace glinda::cli
