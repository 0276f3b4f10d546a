#include "glinda/pipeline/generalise.hpp"

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "generalising.hpp"
#include "glinda/image/volume.hpp"
#include "glinda/settings/settings.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/files.hpp"
#include "glinda/util/text.hpp"
#include "silence.hpp"

namespace glinda::pipeline {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

/// Images of a small root, on the second partition of a disk.
class Generalise : public testing::Test {
protected:
    [[nodiscard]] fs::path operator/(const std::string& name) const {
        return folder_.path() / name;
    }
    void add(const std::string& name, std::string_view content = "x", mode_t mode = 0644) {
        const fs::path file = *this / ("root/" + name);
        make_folders(file.parent_path(), 0755);
        write_file(file, content, mode);
    }
    void run(std::vector<std::string> argv, const std::string& input = "") {
        runner_.output_of({.argv = std::move(argv), .input = input, .directory = folder_.path()});
    }
    void add_system(const std::string& fstab = "UUID=x / ext4 defaults 0 1\n") {
        add("etc/fstab", fstab);
        add("etc/machine-id", "0123456789abcdef\n", 0444);
        add("etc/ssh/ssh_host_rsa_key", "THE-PRIVATE-KEY", 0600);
        add("etc/ssh/ssh_host_rsa_key.pub");
        add("etc/ssh/sshd_config");
        add("lib/systemd/system/ssh.service");
        add("var/log/installer/cdebconf/questions.dat", "THE-HASH");
        add("var/log/syslog", "log", 0640);
        add("var/log/app/deep/it's a \"log\".1", "log");
        add("root/.bash_history");
        add("root/.bashrc");
    }
    void make_disk(const std::string& file_system = "ext4") {
        const std::string disk = *this / "disk";
        fs::remove(disk);
        run({"truncate", "-s", "24M", disk});
        run({"sfdisk", "-q", disk}, "label: gpt\n2048,2048\n8192,32768\n");
        run({"mke2fs", "-q", "-F", "-t", file_system, "-d", *this / "root", "-E",
             format("offset={}", 8192 * 512), disk, "16M"});
    }
    /// What debugfs(8) says of the image.
    std::string ask(const std::string& command) {
        const Result result =
            runner_.run({.argv = {"debugfs", "-R", command,
                                  format("{}?offset={}", (*this / "disk").string(), 8192 * 512)}});
        return result.output + result.errors.substr(result.errors.find('\n') + 1);
    }
    GeneraliseResult generalise_disk(bool dry_run = false) {
        return generalise({.image = *this / "disk", .dry_run = dry_run}, context_);
    }

    TemporaryFolder folder_{fs::temp_directory_path() / "glinda-pipeline-"};
    SystemRunner runner_;
    Silence silent_;
    settings::Settings settings_;
    Context context_{.settings = settings_,
                     .families = SOURCE_FOLDER "/auto",
                     .schemas = SOURCE_FOLDER "/config",
                     .runner = runner_,
                     .progress = silent_,
                     .stop = {}};
};

std::vector<std::string> concerns_in(const GeneraliseResult& result) {
    std::vector<std::string> all;
    for (const Trace& trace : result.traces)
        all.push_back(trace.what);
    return all;
}

TEST_F(Generalise, TakesAwayWhatClonesMustNotShareAndLeavesTheRest) {
    add_system();
    make_disk();
    fs::permissions(*this / "disk", fs::perms{0640});
    const GeneraliseResult result = generalise_disk();
    EXPECT_THAT(concerns_in(result),
                ElementsAre("machine ID", "SSH host keys",
                            "what the installer left, with hashes of passwords", "logs and crashes",
                            "histories of shells and editors"));
    EXPECT_THAT(result.traces[1].paths,
                ElementsAre("/etc/ssh/ssh_host_rsa_key", "/etc/ssh/ssh_host_rsa_key.pub",
                            "/etc/systemd/system/make-ssh-host-keys.service",
                            "/etc/systemd/system/ssh.service.d/make-host-keys.conf"));
    EXPECT_THAT(result.traces[2].paths, ElementsAre("/var/log/installer"));
    // Emptied, with its mode; removed; made; untouched.
    EXPECT_THAT(ask("stat /etc/machine-id"),
                testing::AllOf(HasSubstr("Mode:  0444"), HasSubstr("Size: 0\n")));
    EXPECT_THAT(ask("stat /var/log/syslog"),
                testing::AllOf(HasSubstr("Mode:  0640"), HasSubstr("Size: 0\n")));
    EXPECT_THAT(ask("ls -p /var/log"), Not(HasSubstr("installer")));
    EXPECT_THAT(ask("ls -p /var/log/app/deep"), HasSubstr("/it's a \"log\".1/0/"));
    EXPECT_THAT(ask("ls -p /etc/ssh"), Not(HasSubstr("ssh_host")));
    EXPECT_THAT(ask("cat /etc/systemd/system/make-ssh-host-keys.service"),
                testing::AllOf(testing::StartsWith("[Unit]\n"), HasSubstr("ssh-keygen -A\n")));
    EXPECT_THAT(ask("stat /etc/systemd/system/make-ssh-host-keys.service"),
                HasSubstr("Mode:  0644"));
    EXPECT_THAT(ask("ls -p /root"), HasSubstr("/.bashrc/"));
    EXPECT_EQ(fs::status(*this / "disk").permissions(), fs::perms{0640});
    // A second time there is nothing left to do.
    EXPECT_THAT(concerns_in(generalise_disk()), IsEmpty());
}

TEST_F(Generalise, LeavesNoByteOfWhatWentInTheImage) {
    add_system();
    add("var/lib/apt/lists/198.51.100.7_dists_trixie_InRelease");
    make_disk();
    const fs::path disk = *this / "disk";
    EXPECT_THAT(read_file(disk), HasSubstr("THE-PRIVATE-KEY"));
    EXPECT_THAT(read_file(disk), HasSubstr("THE-HASH"));
    static_cast<void>(generalise_disk());
    EXPECT_THAT(read_file(disk), Not(HasSubstr("THE-PRIVATE-KEY")));
    EXPECT_THAT(read_file(disk), Not(HasSubstr("THE-HASH")));
    // Nor in its folder, which is still there.
    EXPECT_THAT(ask("ls -p /var/lib/apt/lists"), HasSubstr("/../"));
    EXPECT_THAT(read_file(disk), Not(HasSubstr("198.51.100.7")));
}

TEST_F(Generalise, EmptiesAFolderWhoseEntriesFillManyBlocks) {
    add_system();
    for (int number = 0; number < 200; ++number)
        add(glinda::format("/var/cache/apt/archives/package-of-a-long-name-{}_1.0-1_all.deb",
                           number));
    make_disk();
    EXPECT_THAT(concerns_in(generalise_disk()), Contains("caches of package managers"));
    EXPECT_THAT(concerns_in(generalise_disk()), IsEmpty());
}

TEST_F(Generalise, LeavesAnImageAloneWhoseGuestDidNotEndInOrder) {
    add_system();
    make_disk();
    run({"debugfs", "-w", "-R", "feature needs_recovery",
         format("{}?offset={}", (*this / "disk").string(), 8192 * 512)});
    const std::string before = read_file(*this / "disk");
    try {
        static_cast<void>(generalise_disk());
        ADD_FAILURE();
    } catch (const Error& error) {
        EXPECT_EQ(error.fault(), Fault::usage);
        EXPECT_THAT(error.what(), HasSubstr("a journal has to be replayed"));
    }
    EXPECT_TRUE(read_file(*this / "disk") == before);
}

TEST_F(Generalise, ADryRunChangesNothing) {
    add_system();
    make_disk();
    const std::string before = read_file(*this / "disk");
    EXPECT_THAT(concerns_in(generalise_disk(true)), Contains("SSH host keys"));
    EXPECT_TRUE(read_file(*this / "disk") == before);
    EXPECT_THAT(fs::exists(*this / "disk.generalised"), false);
}

TEST_F(Generalise, KeepsTheFormatOfAnImageThatADomainXmlNames) {
    add_system();
    make_disk();
    run({"mv", "disk", "raw"});
    run({"qemu-img", "convert", "-q", "-O", "qcow2", "raw", "disk"});
    write_file(*this / "vm.xml",
               glinda::format("<domain><devices><disk type='file'><driver type='qcow2'/>"
                              "<source file='{}/disk'/></disk></devices></domain>",
                              folder_.path().string()));
    static_cast<void>(generalise({.image = *this / "vm.xml"}, context_));
    EXPECT_EQ(image::info(runner_, *this / "disk").format, "qcow2");
    fs::remove(*this / "raw");
    run({"qemu-img", "convert", "-q", "-O", "raw", "disk", "raw"});
    run({"mv", "raw", "disk"});
    EXPECT_THAT(ask("ls -p /etc/ssh"), Not(HasSubstr("ssh_host")));
}

TEST_F(Generalise, RefusesWithoutATemplateWhatItCannotWriteOffline) {
    const auto complaint = [&] {
        make_disk();
        try {
            static_cast<void>(generalise_disk());
        } catch (const Error& error) {
            EXPECT_EQ(error.fault(), Fault::usage);
            EXPECT_THAT(error.notes(), ElementsAre(HasSubstr("--template TDL")));
            return std::string{error.what()};
        }
        return std::string{"it was accepted"};
    };
    add_system("/dev/a / ext4 d 0 1\n/dev/b /var xfs d 0 2\n/dev/c /srv ext4 d 0 2\n");
    EXPECT_THAT(complaint(), HasSubstr("it has file systems of their own for /var"));
    add_system();
    fs::rename(*this / "root/var/log", *this / "root/var/data");
    fs::create_symlink("data", *this / "root/var/log");
    EXPECT_THAT(complaint(), HasSubstr("it has links in place of folders: /var/log"));
    fs::remove(*this / "root/etc/fstab");
    EXPECT_THAT(complaint(), HasSubstr("its system is not on an ext2, ext3 or ext4 file system"));
}

TEST_F(Generalise, RefusesAnImageThatRestsOnAnother) {
    add_system();
    make_disk();
    image::overlay(runner_, *this / "disk", "raw", *this / "overlay");
    EXPECT_THROW(static_cast<void>(generalise({.image = *this / "overlay"}, context_)), Error);
}

TEST_F(Generalise, AnImageThatIsNotThereIsTheUsersMistake) {
    write_file(*this / "vm.xml",
               "<domain><devices><disk type='file'><source file='/no/such'/></disk></devices>"
               "</domain>");
    for (const char* const name : {"vm.xml", "missing"}) {
        try {
            static_cast<void>(generalise({.image = *this / name}, context_));
            ADD_FAILURE();
        } catch (const Error& error) {
            EXPECT_EQ(error.fault(), Fault::usage);
            EXPECT_THAT(error.what(), HasSubstr(name));
        }
    }
}

TEST_F(Generalise, AFileWhoseNameHasALineEndStopsItAndLeavesTheImage) {
    add_system();
    add("tmp/a\nb");
    make_disk();
    const std::string before = read_file(*this / "disk");
    EXPECT_THROW(static_cast<void>(generalise_disk()), Error);
    EXPECT_TRUE(read_file(*this / "disk") == before);
}

TEST_F(Generalise, TheImageIsTheOldOneOrTheNewOneWheneverWeAreKilled) {
    add_system();
    make_disk();
    const std::string old = read_file(*this / "disk");
    const auto start = std::chrono::steady_clock::now();
    static_cast<void>(generalise_disk());
    const auto whole = std::chrono::steady_clock::now() - start;
    constexpr int moments = 10;
    int new_ones = 0;
    for (int i = 0; i < moments; ++i) {
        write_file(*this / "disk", old);
        const pid_t child = ::fork();
        if (child == 0) {
            try {
                static_cast<void>(generalise_disk());
            } catch (const Error&) {
            }
            ::_exit(0);
        }
        std::this_thread::sleep_for(whole * i / (moments - 3));  // the moment is what is tested
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
        if (read_file(*this / "disk") == old)
            continue;
        ++new_ones;
        EXPECT_THAT(ask("ls -p /etc/ssh"), Not(HasSubstr("ssh_host")));
        EXPECT_THAT(ask("stat /etc/machine-id"), HasSubstr("Size: 0\n"));
    }
    EXPECT_LT(new_ones, moments);
}

/// The scripts for a running guest, on a folder in place of its root.
TEST_F(Generalise, TheScriptsForAGuestDoTheSame) {
    add_system();
    const std::string root = *this / "root";
    std::vector<Concern> concerns = read_concerns(SOURCE_FOLDER "/auto/generalise.xml");
    for (Concern& concern : concerns)
        for (Action& action : concern.actions) {
            action.path = root + action.path;
            for (std::string& path : action.with)
                path = root + path;
        }
    const auto shell = [&](const std::string& script) {
        return runner_.output_of({.argv = {"sh", "-e"}, .input = script});
    };
    const std::vector<Trace> traces = traces_in(shell(listing_script(concerns)));
    ASSERT_EQ(traces.size(), 5U);
    EXPECT_EQ(traces[1].what, "SSH host keys");
    EXPECT_THAT(traces[1].paths, Contains(root + "/etc/ssh/ssh_host_rsa_key"));
    shell(changing_script(concerns));
    EXPECT_THAT(shell(listing_script(concerns)), Not(HasSubstr(root)));
    EXPECT_FALSE(fs::exists(root + "/var/log/installer"));
    EXPECT_EQ(fs::file_size(root + "/var/log/app/deep/it's a \"log\".1"), 0U);
    EXPECT_THAT(read_file(root + "/etc/systemd/system/make-ssh-host-keys.service"),
                HasSubstr("[Service]\nType=oneshot\n"));
    EXPECT_TRUE(fs::exists(root + "/root/.bashrc"));
}

TEST(OtherMounts, AreThoseThatGeneralisingHasToDoWith) {
    const std::vector<Concern> concerns{
        {.what = "x", .actions = {{.path = "/home/*/.*_history"}, {.path = "/var/log/a"}}}};
    EXPECT_THAT(
        other_mounts("# /dev/x /var ext4 d 0 0\n/dev/a / ext4 d 0 1\n/dev/b none swap s 0 0\n"
                     "tmpfs /var/log tmpfs d 0 0\n/dev/c /boot ext2 d 0 2\n"
                     "/dev/d /home ext4 d 0 2\n/dev/e /var/log xfs d 0 2\n",
                     concerns),
        ElementsAre("/home", "/var/log"));
}

}  // namespace
}  // namespace glinda::pipeline
