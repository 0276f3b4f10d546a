#include "customising.hpp"

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <map>
#include <thread>

#include "glinda/image/volume.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/files.hpp"
#include "glinda/util/text.hpp"
#include "golden.hpp"
#include "ssh_server.hpp"

namespace glinda::pipeline {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

tdl::Content content(std::string bytes) {
    return {.bytes = std::move(bytes)};
}

std::vector<std::string> titles(const std::vector<Step>& steps) {
    std::vector<std::string> all;
    for (const Step& step : steps)
        all.push_back(step.title);
    return all;
}

TEST(Steps, AreInOzsOrder) {
    const tdl::Template wanted{
        .packages = {{.name = "one"}},
        .files = {{"/etc/motd", content("hello")}},
        .precommands = {{.name = "before", .content = content("true")}},
        .commands = {{.name = "after", .content = content("true")}},
        .repositories = {{.name = "stays", .url = "http://a"},
                         {.name = "goes", .url = "http://b", .persisted = false}}};
    EXPECT_THAT(titles(steps_of(wanted, {})),
                ElementsAre("adding the repository stays", "adding the repository goes",
                            "precommand before", "refreshing the package lists", "installing one",
                            "file /etc/motd", "command after", "removing the repository goes"));
}

TEST(Steps, PlaybooksHaveTheirPlaceAmongTheCommands) {
    const tdl::Template wanted{.file = "/t/vm.tdl",
                               .commands = {{.name = "before", .content = content("true")},
                                            {.name = "web", .playbook = "plays/web.yml"},
                                            {.name = "after", .content = content("true")}}};
    const std::vector<Step> steps = steps_of(wanted, {});
    EXPECT_THAT(titles(steps), ElementsAre("command before", "command web", "command after"));
    EXPECT_EQ(steps[0].playbook, "");
    EXPECT_EQ(steps[1].playbook, "/t/plays/web.yml");
}

TEST(Steps, PackagesThatWantTheSameAreOneTransaction) {
    const tdl::Template wanted{.packages = {{.name = "a"},
                                            {.name = "b"},
                                            {.name = "c", .file = "/tmp/c.pkg"},
                                            {.name = "d", .arguments = "--no-docs -v"},
                                            {.name = "e", .repository = "other"}}};
    const std::vector<Step> steps = steps_of(wanted, {});
    EXPECT_THAT(titles(steps),
                ElementsAre("refreshing the package lists", "installing a b",
                            "installing /tmp/c.pkg", "installing d", "installing e"));
    EXPECT_THAT(steps[1].script, HasSubstr("\ninstall_packages '' 'yes' 'a' 'b'\n"));
    EXPECT_THAT(steps[3].script, HasSubstr("install_packages '' 'yes' '--no-docs' '-v' 'd'\n"));
    EXPECT_THAT(steps[4].script, HasSubstr("install_packages 'other' 'yes' 'e'\n"));
}

TEST(Steps, APackagesOwnRepositoryIsCalledAsItWasAdded) {
    const tdl::Template wanted{.packages = {{.name = "a", .repository = "my repo"}},
                               .repositories = {{.name = "my repo", .url = "http://r"}}};
    const std::vector<Step> steps = steps_of(wanted, {});
    EXPECT_THAT(steps.back().script, HasSubstr("install_packages 'my_repo' 'no' 'a'\n"));
}

TEST(Steps, CloudInitIsAPackageAndAFileThatNamesTheSourcesItMayAsk) {
    tdl::Template wanted{.packages = {{.name = "one"}}, .datasources = {"NoCloud", "ConfigDrive"}};
    add_cloud_init(wanted);
    const std::vector<Step> steps = steps_of(wanted, {});
    ASSERT_THAT(titles(steps),
                ElementsAre("refreshing the package lists", "installing one cloud-init",
                            "file /etc/cloud/cloud.cfg.d/95-datasources.cfg"));
    EXPECT_THAT(*steps.back().file->content.bytes,
                testing::StartsWith("datasource_list: [NoCloud, ConfigDrive, None]\n"));
}

TEST(Steps, NamesAndUrlsAreNoShellToTheGuest) {
    const tdl::Template wanted{
        .packages = {{.name = "$(reboot)'; reboot"}},
        .repositories = {{.name = "../a b", .url = "http://x/`reboot`", .is_signed = true}}};
    const std::vector<Step> steps = steps_of(wanted, {});
    EXPECT_THAT(steps[0].script, HasSubstr("'___a_b' 'http://x/`reboot`' 'yes' 'no'\n"));
    EXPECT_THAT(steps[2].script, HasSubstr("'$(reboot)'\\''; reboot'\n"));
}

/// The "guest" is this host: nothing but the test's folder is written to.
class Customising : public testing::Test, protected guest::SshServer {
protected:
    Customising() {
        make_folders(folder_.path() / "packages");
        write_file(folder_.path() / "packages/absent.sh", "is_here() { false; }\n");
        write_file(folder_.path() / "packages/fake.sh",
                   format("is_here() {{ true; }}\nsay() {{ echo \"$@\" >>'{}/said'; }}\n"
                          "add_repository() {{ say add \"$@\"; }}\n"
                          "remove_repository() {{ say remove \"$@\"; }}\n"
                          "refresh() {{ say refresh; }}\n"
                          "install_packages() {{ say install \"$@\"; }}\n",
                          folder_.path().string()));
    }
    void do_all(guest::Session& guest, const tdl::Template& wanted) {
        const auto manager = manager_of(guest, package_managers(folder_.path() / "packages"));
        ASSERT_TRUE(manager);
        EXPECT_EQ(manager->name, "fake");
        for (const Step& step : steps_of(wanted, *manager))
            do_step(guest, step, 30s, [&](std::string_view text) { output_ += text; });
    }
    std::string output_;
};

TEST_F(Customising, DoesWhatTheTemplateSays) {
    guest::Session guest = session();
    const std::string folder = folder_.path().string();
    do_all(guest, {.packages = {{.name = "one"}, {.name = "two"}},
                   .files = {{folder + "/made/file", content(std::string{"\0\n\xff", 3})}},
                   .precommands = {{.name = "p", .content = content("echo before")}},
                   .commands = {{.name = "c", .content = content("cat " + folder + "/said")}},
                   .repositories = {{.name = "r", .url = "http://r/x y", .persisted = false}}});
    EXPECT_EQ(output_, "before\nadd r http://r/x y no no\nrefresh\ninstall  no one two\n");
    EXPECT_EQ(read_file(folder_.path() / "made/file"), (std::string{"\0\n\xff", 3}));
    EXPECT_THAT(read_file(folder_.path() / "said"), HasSubstr("remove r http://r/x y\n"));
}

TEST_F(Customising, ACommandThatFailsIsNamedWithTheEndOfItsOutput) {
    guest::Session guest = session();
    try {
        do_all(guest, {.commands = {{.name = "setup",
                                     .content = content("seq 5000; echo no space >&2; exit 7")},
                                    {.name = "never", .content = content("echo never")}}});
        ADD_FAILURE();
    } catch (const Error& error) {
        EXPECT_EQ(error.fault(), Fault::guest);
        EXPECT_STREQ(error.what(), "command setup: it ended with status 7 in the guest");
        ASSERT_EQ(error.notes().size(), 1U);
        EXPECT_THAT(error.notes()[0], testing::EndsWith("4999\n5000\nno space"));
        EXPECT_LT(error.notes()[0].size(), 2000U);
    }
    EXPECT_THAT(output_, testing::Not(HasSubstr("never")));
}

TEST_F(Customising, ACommandThatRestartsTheGuestIsSurvived) {
    guest::Session guest = session();
    const Step restarting{
        .title = "command restart", .script = "kill $PPID; exec sleep 20", .may_restart = true};
    int restarts = 0;
    const auto on_output = [&](std::string_view text) { output_ += text; };
    do_step_through_restart(guest, restarting, 30s, on_output, [&] {
        ++restarts;
        guest = guest::Session::wait_for(login(), std::chrono::steady_clock::now() + 30s);
        return true;
    });
    const Step next{.title = "command next", .script = "echo after", .may_restart = true};
    do_step_through_restart(guest, next, 30s, on_output, [&] {
        ++restarts;
        return true;
    });
    EXPECT_EQ(restarts, 1);
    EXPECT_EQ(output_, "after\n");
}

TEST_F(Customising, AConnectionThatBreaksWithoutARestartIsAFailure) {
    guest::Session guest = session();
    Step breaking{.title = "command c", .script = "kill $PPID; exec sleep 20", .may_restart = true};
    const auto failure = [&] {
        try {
            do_step_through_restart(
                guest, breaking, 30s, [](std::string_view) {}, [] { return false; });
        } catch (const Error& error) {
            EXPECT_EQ(error.fault(), Fault::guest);
            return std::string{error.what()};
        }
        return std::string{};
    };
    EXPECT_THAT(failure(), HasSubstr("command c: the connection to the guest broke"));
    guest = guest::Session::wait_for(login(), std::chrono::steady_clock::now() + 30s);
    breaking.may_restart = false;  // half of an installation of packages is none
    EXPECT_THAT(failure(), HasSubstr("broke"));
    guest = guest::Session::wait_for(login(), std::chrono::steady_clock::now() + 30s);
    breaking = {.title = "command c", .script = "exit 7", .may_restart = true};
    EXPECT_EQ(failure(), "command c: it ended with status 7 in the guest");
}

TEST_F(Customising, AGuestWithoutAKnownPackageManagerHasNone) {
    fs::remove(folder_.path() / "packages/fake.sh");
    guest::Session guest = session();
    EXPECT_FALSE(manager_of(guest, package_managers(folder_.path() / "packages")));
}

class ReplacedImage : public testing::Test {
protected:
    /// An image, and an overlay that differs in the first sector.
    void make(const std::string& format) {
        image::create(runner_, image_, format, 1U << 20U);
        fs::permissions(image_, fs::perms{0640});
        image::overlay(runner_, image_, format, overlay_);
        runner_.output_of(
            {.argv = {"qemu-io", "-f", "qcow2", "-c", "write -P 0x61 0 512", overlay_}});
    }
    [[nodiscard]] bool holds_the_change(const std::string& format) {
        return runner_
                   .run({.argv = {"qemu-io", "-r", "-f", format, "-c", "read -P 0x61 0 512",
                                  image_}})
                   .output.find("Pattern verification failed") == std::string::npos;
    }
    [[nodiscard]] bool holds_zeros() {
        return runner_.run({.argv = {"qemu-io", "-r", "-f", "raw", "-c", "read -P 0 0 1M", image_}})
                   .output.find("Pattern verification failed") == std::string::npos;
    }
    TemporaryFolder folder_{fs::temp_directory_path() / "glinda-pipeline-"};
    SystemRunner runner_;
    fs::path image_{folder_.path() / "image"};
    fs::path overlay_{folder_.path() / "overlay"};
};

TEST_F(ReplacedImage, HoldsTheOverlayInItsOwnFormatAndKeepsItsMode) {
    for (const std::string format : {"raw", "qcow2"}) {
        make(format);
        write_file(image_.string() + ".customised", "left by one that was killed");
        EXPECT_FALSE(holds_the_change(format));
        replace_image(image_, format, overlay_, runner_);
        EXPECT_TRUE(holds_the_change(format));
        EXPECT_EQ(image::info(runner_, image_).format, format);
        EXPECT_EQ(fs::status(image_).permissions(), fs::perms{0640});
        fs::remove(image_);
        fs::remove(overlay_);
        EXPECT_TRUE(fs::is_empty(folder_.path()));
    }
}

TEST_F(ReplacedImage, IsAsItWasWhenTheNewOneCannotBeMade) {
    make("raw");
    EXPECT_THROW(replace_image(image_, "raw", folder_.path() / "missing", runner_), Error);
    EXPECT_FALSE(holds_the_change("raw"));
    EXPECT_FALSE(fs::exists(image_.string() + ".customised"));
}

TEST_F(ReplacedImage, IsTheOldOneOrTheNewOneWheneverWeAreKilled) {
    make("raw");
    const auto start = std::chrono::steady_clock::now();
    replace_image(image_, "raw", overlay_, runner_);
    const auto whole = std::chrono::steady_clock::now() - start;
    constexpr int moments = 50;
    for (int i = 0; i < moments; ++i) {
        TemporaryFolder own{folder_.path() / "kill-"};
        image_ = own.path() / "image";
        overlay_ = own.path() / "overlay";
        make("raw");
        const pid_t child = ::fork();
        if (child == 0) {
            try {
                replace_image(image_, "raw", overlay_, runner_);
            } catch (const Error&) {
                ::_exit(1);
            }
            ::_exit(0);
        }
        std::this_thread::sleep_for(whole * i / (moments - 5));  // the moment is what is tested
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
        // Neither a short image nor one that QEMU cannot read.
        const image::VolumeInfo info = image::info(runner_, image_);
        EXPECT_EQ(info.format, "raw");
        EXPECT_EQ(info.virtual_size, 1U << 20U);
        EXPECT_TRUE(holds_the_change("raw") || holds_zeros());
    }
}

/// The real shell functions, in a root of their own with programs that only say what they were
/// asked for.
class RealManager : public testing::TestWithParam<std::string> {
protected:
    RealManager() {
        for (const char* folder : {"bin", "dev", "etc/apt/sources.list.d", "etc/apt/apt.conf.d",
                                   "etc/yum.repos.d", "etc/apk", "etc/pacman.d"})
            make_folders(root_ / folder, 0755);
        fs::copy_file("/bin/busybox", root_ / "bin/busybox");
        for (const char* tool :
             {"sh", "cat", "sed", "grep", "sort", "rm", "mv", "mkdir", "env", "find"})
            fs::create_symlink("busybox", root_ / "bin" / tool);
        write_file(root_ / "etc/os-release", "ID=x\nVERSION_CODENAME=suite\n");
        write_file(root_ / "dev/null", "");
        if (GetParam() == "apk")
            write_file(root_ / "etc/apk/repositories", "http://own/\n");
        if (GetParam() == "pacman")
            write_file(root_ / "etc/pacman.conf", "[options]\n");
    }
    void fake(const std::string& program) {
        write_file(root_ / "bin" / program, "#!/bin/sh\necho \"${0##*/} $*\"\n", 0755);
    }
    /// As root, or as one in a user namespace: those may not be made within a chroot(2).
    std::string run(const std::string& script) {
        std::vector<std::string> argv{"chroot", root_, "/bin/sh"};
        if (::geteuid() != 0)
            argv.insert(argv.begin(), {"unshare", "--map-root-user"});
        return SystemRunner{}.output_of({.argv = std::move(argv),
                                         .input = script,
                                         .variables = {"PATH=/bin:/usr/sbin:/usr/bin"}});
    }
    TemporaryFolder folder_{fs::temp_directory_path() / "glinda-pipeline-"};
    fs::path root_{folder_.path() / "root"};
};

TEST_P(RealManager, DoesWhatItsManualSays) {
    const std::map<std::string, std::vector<std::string>> programs{
        {"apk", {"apk"}},
        {"apt", {"apt-get", "dpkg", "apt-add-repository"}},
        {"dnf", {"dnf", "yum"}},
        {"pacman", {"pacman", "pacman-key"}},
        {"pkg", {"pkg", "freebsd-version"}},
        {"urpmi", {"urpmi", "urpmi.addmedia", "urpmi.removemedia", "urpmi.update"}},
        {"zypper", {"zypper"}}};
    for (const std::string& program : programs.at(GetParam()))
        fake(program);
    std::string recognised;
    PackageManager manager;
    for (const PackageManager& known : package_managers(SOURCE_FOLDER "/auto/packages")) {
        if (run(known.functions + "\nif is_here; then echo yes; fi\n") == "yes\n")
            recognised += known.name;
        if (known.name == GetParam())
            manager = known;
    }
    EXPECT_EQ(recognised, GetParam());

    const tdl::Template wanted{
        .packages = {{.name = "one"},
                     {.name = "file", .file = "/tmp/file.pkg"},
                     {.name = "two", .repository = "other", .arguments = "-v"},
                     {.name = "three", .repository = "open"}},
        .repositories = {
            {.name = "signed", .url = "https://m.test/s", .is_signed = true, .verify_tls = true},
            {.name = "open", .url = "https://m.test/o", .persisted = false}}};
    const std::string show =
        "find /etc /usr -type f | grep -v os-release | sort | while read -r f; do "
        "echo \"-- $f\"; cat \"$f\"; done\n";
    std::string text;
    for (const Step& step : steps_of(wanted, manager)) {
        text += "== " + step.title + "\n" + run(step.script);
        if (step.title == "adding the repository open")
            text += run(show);
    }
    text += "== at the end\n" + run(show);
    expect_golden(text, "pipeline/packages/" + GetParam() + ".txt");
}

INSTANTIATE_TEST_SUITE_P(All, RealManager,
                         testing::Values("apk", "apt", "dnf", "pacman", "pkg", "urpmi", "zypper"),
                         [](const auto& each) { return each.param; });

}  // namespace
}  // namespace glinda::pipeline
