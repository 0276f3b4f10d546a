// The fault suite: builds that are broken in ways that people break them, on the stand-ins for
// every family's installer (tests/stand-in). Each must end with the right cause, the line of the
// answer file where one is concerned, and its evidence; none may end as a success. Run as a whole,
// this prints how many did, and how long it took from the failure to the end.

#include <gmock/gmock.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "glinda/util/process.hpp"
#include "glinda/util/text.hpp"
#include "program.hpp"

namespace glinda::cli {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::AnyOf;
using testing::HasSubstr;
using testing::Not;
namespace fs = std::filesystem;

/// What stands behind a build.
struct Family {
    const char* medium;  ///< its name in tests/stand-in/media.txt
    const char* os;
    const char* version;
    const char* own;  ///< the user's answer file, in tests/stand-in/answers
};
constexpr Family anaconda{"anaconda", "CentOS", "9", "anaconda/ks.cfg"};
constexpr Family anaconda_6{"anaconda-6", "CentOS", "6", "anaconda-6/ks.cfg"};
constexpr Family debian{"debian-installer", "Debian", "13", "debian-installer/preseed.cfg"};
constexpr Family debian_12{"debian-installer-12", "Debian", "12",
                           "debian-installer-12/preseed.cfg"};
constexpr Family subiquity{"subiquity", "Ubuntu", "24.04", "subiquity/user-data"};
constexpr Family autoyast{"autoyast", "OpenSUSE", "15.5", "autoyast/autoinst.xml"};
constexpr Family agama{"agama", "OpenSUSE", "16.0", "agama/autoinst.json"};
constexpr Family alpine{"setup-alpine", "Alpine", "3.20", "setup-alpine/etc/glinda/answers"};
constexpr Family arch{"archinstall", "Arch", "2025.01", "archinstall/user_configuration.json"};
constexpr Family drakx{"drakx", "Mageia", "9", "drakx/auto_inst.cfg.pl"};
constexpr Family bsd{"bsdinstall", "FreeBSD", "14.1", "bsdinstall/etc/installerconfig"};
constexpr Family windows{"windows-setup", "Windows", "10", "windows-setup/autounattend.xml"};

enum class Medium { whole, damaged, unbootable, without_loaders_files };

struct Fault {
    const char* name;
    Family family;
    const char* right;  ///< what of the answer file is replaced …
    const char* wrong;  ///< … by what
    const char* cause;  ///< what the message has to say
    int line = 0;       ///< of the answer file, that it has to name
    const char* kernel = "";
    Medium medium = Medium::whole;
    const char* nic = "virtio";
};

void PrintTo(const Fault& fault, std::ostream* out) {
    *out << fault.name;
}

/// What all builds of this process came to.
struct Figures {
    int builds = 0;
    int right_causes = 0;
    int lines = 0;
    int right_lines = 0;
    std::vector<double> seconds{};
};
Figures& figures() {
    static Figures all;
    return all;
}

class Summary : public testing::Environment {
public:
    void TearDown() override {
        Figures& all = figures();
        if (all.builds < 2)
            return;
        std::ranges::sort(all.seconds);
        fmt::print(
            "{} broken builds: {} with the right cause, {} of {} with the right line; "
            "{:.1f} s from the failure to the end (median), {:.1f} s at most\n",
            all.builds, all.right_causes, all.right_lines, all.lines,
            all.seconds.at(all.seconds.size() / 2), all.seconds.back());
    }
};
const auto* const summary = testing::AddGlobalTestEnvironment(new Summary);

class Faults : public testing::TestWithParam<Fault> {
protected:
    void run(const std::vector<std::string>& argv) const {
        const Result result = SystemRunner{}.run({.argv = argv, .directory = folder_.path()});
        ASSERT_EQ(result.status, 0) << result.errors;
    }
    /// An ISO of a few files; `loader`: its first sectors are started.
    void make_iso(const std::string& iso, const std::vector<std::string>& loader) const {
        std::vector<std::string> words{"xorriso", "-as",    "mkisofs", "-quiet",
                                       "-V",      "BROKEN", "-o",      iso};
        words.insert(words.end(), loader.begin(), loader.end());
        words.push_back((folder_.path() / "tree").string());
        run(words);
    }
    std::string medium() {
        const std::string whole = format("{}/{}.iso", STAND_IN_MEDIA, GetParam().family.medium);
        const std::string iso = (folder_.path() / "medium.iso").string();
        make_folders(folder_.path() / "tree");
        switch (GetParam().medium) {
            case Medium::whole:
                return whole;
            case Medium::damaged: {
                std::string bytes = read_file(whole, glinda::Fault::environment, 1U << 30U);
                bytes.at(bytes.find("1700000000.123456")) ^= 1;  // its .discinfo
                write_file(iso, bytes);
                return iso;
            }
            case Medium::unbootable:
                write_file(folder_.path() / "tree/readme", "nothing to boot");
                make_iso(iso, {});
                return iso;
            case Medium::without_loaders_files:
                break;
        }
        run({"grub-mkimage", "-O", "i386-pc-eltorito", "-p", "/nowhere", "-o", "tree/grub.img",
             "biosdisk", "iso9660"});
        make_iso(iso,
                 {"-b", "grub.img", "-no-emul-boot", "-boot-load-size", "4", "-boot-info-table"});
        return iso;
    }
    fs::path tdl() {
        const fs::path file = folder_.path() / "vm.tdl";
        const Family& family = GetParam().family;
        write_file(file, format("<template><name>{}</name><os><name>{}</name><version>{}</version>"
                                "<arch>x86_64</arch><install type='iso'><iso>{}</iso></install>"
                                "<rootpw>s3cret</rootpw><kernelparam>{}</kernelparam></os>"
                                "<disk><size>1</size></disk></template>",
                                name_, family.os, family.version, medium(), GetParam().kernel));
        return file;
    }
    std::string answers() {
        std::string text = read_file(SOURCE_FOLDER "/tests/stand-in/answers/" +
                                     std::string{GetParam().family.own});
        const std::string right = GetParam().right;
        if (!right.empty()) {
            const std::size_t at = text.find(right);
            EXPECT_NE(at, std::string::npos);
            text.replace(at, right.size(), GetParam().wrong);
        }
        write_file(folder_.path() / "answers", text);
        return (folder_.path() / "answers").string();
    }
    Program install() {
        const std::string here = folder_.path().string();
        return {{GLINDA,      "install",
                 "-x",        here + "/vm.xml",
                 "--set",     "paths.output_dir=" + here,
                 "--set",     "paths.data_dir=" + here,
                 "--set",     "paths.screenshot_dir=" + here,
                 "--set",     "timeouts.inactivity=25",
                 "-t",        "300",
                 "-n",        GetParam().nic,
                 "-a",        answers(),
                 "--no-lint", tdl().string()},
                folder_.path()};
    }
    [[nodiscard]] fs::path build() const {
        for (const auto& entry : fs::directory_iterator{folder_.path() / "builds"})
            if (entry.is_directory())
                return entry.path();
        return {};
    }
    /// From the first sign of the failure, by the time stamps of the events, to the program's end.
    [[nodiscard]] double seconds_to_the_end(fs::file_time_type end) const {
        const std::string text = read_file(build() / "events.jsonl");
        long seen = -1;
        long last = 0;
        for (const std::string_view line : split(text, '\n')) {
            if (line.empty())
                continue;
            const auto event = nlohmann::json::parse(line);
            last = event.at("at_ms");
            // A failure on the screen is seen once that stands still; its picture is older.
            const bool screen = event.at("kind") == "screen" && shows_failure(event.at("text"));
            if (seen < 0 && (screen || event.at("kind") == "failure seen"))
                seen = last;
        }
        const auto after = end - fs::last_write_time(build() / "events.jsonl");
        return static_cast<double>(last - seen) / 1000 +
               std::chrono::duration<double>(after).count();
    }
    [[nodiscard]] bool shows_failure(const std::string& picture) const {
        const fs::path text = (build() / picture).replace_extension(".txt");
        const auto record = nlohmann::json::parse(read_file(build() / "build.json"));
        const std::string evidence = record.at("failure").value("evidence", "");
        return !evidence.empty() && fs::exists(text) &&
               read_file(text).find(evidence) != std::string::npos;
    }
    void expect_nothing_left() const {
        for (const auto& entry : fs::directory_iterator{folder_.path()})
            EXPECT_THAT(entry.path().string(),
                        Not(AnyOf(HasSubstr(".dsk"), HasSubstr(".installing"))));
        for (const auto& entry : fs::directory_iterator{"/proc"}) {
            std::string line;
            try {
                line = read_file(entry.path() / "cmdline");
            } catch (const Error&) {  // no process, or one that has just ended
            }
            EXPECT_THAT(line, Not(HasSubstr("guest=" + name_)));
        }
    }
    void expect_evidence() const {
        EXPECT_TRUE(fs::exists(build() / "report.html"));
        bool has_screen = false;
        for (const auto& entry : fs::recursive_directory_iterator{build()}) {
            if (!entry.is_regular_file())
                continue;
            has_screen = has_screen || entry.path().extension() == ".txt";
            EXPECT_THAT(read_file(entry.path()),
                        AllOf(Not(HasSubstr("s3cret")), Not(HasSubstr("$6$aa$bb"))))
                << entry.path();
        }
        EXPECT_TRUE(has_screen);
    }

    const std::string name_ = format("fault-{}", ::getpid());
    TemporaryFolder folder_{fs::temp_directory_path() / "glinda-test-"};
};

TEST_P(Faults, AreToldWithTheirCauseAndTheirLine) {
    Program program = install();
    const int status = program.wait();
    const auto end = fs::file_time_type::clock::now();
    const std::string errors = program.errors();
    Figures& all = figures();
    ++all.builds;
    EXPECT_THAT(status, AnyOf(3, 4)) << errors;
    EXPECT_THAT(errors, AllOf(HasSubstr(GetParam().cause), Not(HasSubstr("s3cret"))));
    all.right_causes += errors.find(GetParam().cause) == std::string::npos ? 0 : 1;
    if (GetParam().line > 0) {
        const std::string line = format("answers:{}", GetParam().line);
        EXPECT_THAT(errors, AnyOf(HasSubstr(line + ":"), HasSubstr(line + ")")));
        ++all.lines;
        all.right_lines += errors.find(line) == std::string::npos ? 0 : 1;
    }
    ASSERT_FALSE(build().empty()) << errors;
    expect_evidence();
    expect_nothing_left();
    // What stands only on the screen is seen there, not looked up once nothing moves any more.
    const bool only_on_screen = GetParam().medium == Medium::unbootable ||
                                GetParam().medium == Medium::without_loaders_files;
    if (only_on_screen) {
        EXPECT_THAT(read_file(build() / "events.jsonl"),
                    Not(HasSubstr("\"kind\":\"failure seen\",\"text\":\"\"")));
    }
    all.seconds.push_back(seconds_to_the_end(end));
}

INSTANTIATE_TEST_SUITE_P(
    , Faults,
    testing::Values(
        Fault{"unknown-command", anaconda, "zerombr", "zerombr_yes", "zerombr_yes", 8},
        Fault{"argument-where-none-may-be", anaconda, "zerombr", "zerombr yes",
              "line 8 of the kickstart file is wrong", 8},
        Fault{"section-without-end", anaconda, "vim\n%end", "vim", "%packages has no %end", 13},
        Fault{"no-such-disk", anaconda, "autopart", "ignoredisk --only-use=vdz\nautopart",
              "disk that the guest does not have: vdz", 10},
        Fault{"post-script-fails", anaconda, "echo late", "exit 3; echo late",
              "the script at line 17", 17},
        Fault{"no-root-password", anaconda, "rootpw --iscrypted $6$aa$bb/cc\n", "",
              "leaves root's password open"},
        Fault{"no-disk-layout", anaconda, "autopart --type=plain\n", "", "leaves the disk open"},
        Fault{"missing-package", anaconda, "vim", "no-such-package", "no-such-package", 15},
        Fault{"disk-too-small", anaconda, "autopart --type=plain", "part / --size=90000",
              "the disk is too small", 10},
        Fault{"no-kickstart-there", anaconda, "", "", "cannot get the kickstart file", 0,
              "inst.ks=hd:LABEL=NONE:/ks.cfg"},
        Fault{"kickstart-of-a-dead-server", anaconda, "", "", "cannot get the kickstart file", 0,
              "inst.ks=http://10.0.2.2:9/ks.cfg"},
        Fault{"mirror-of-a-dead-server", anaconda, "", "", "second stage from http://10.0.2.2:9", 0,
              "inst.stage2=http://10.0.2.2:9/tree"},
        Fault{"wrong-label", anaconda, "", "", "/dev/disk/by-label/Other", 0,
              "inst.stage2=hd:LABEL=Other"},
        Fault{"bad-checksum", anaconda, "", "", "the medium fails its own check", 0,
              "rd.live.check", Medium::damaged},
        Fault{"kernel-panic", anaconda, "", "", "no root file system", 0, "rdinit=/none"},
        Fault{"out-of-memory", anaconda, "", "", "not enough memory", 0, "mem=112M"},
        Fault{"unknown-command-of-an-old-release", anaconda_6, "zerombr", "reqpart", "reqpart", 9},
        Fault{"post-script-fails-in-an-old-release", anaconda_6, "echo late", "exit 3; echo late",
              "the script at line 17", 17},
        Fault{"late-command-fails", debian, "in-target", "exit 3; in-target", "exit 3; in-target",
              18},
        Fault{"early-command-fails", debian, "d-i passwd/make-user",
              "d-i preseed/early_command string no-such-command\nd-i passwd/make-user",
              "no-such-command", 7},
        Fault{"no-consent-to-partition", debian, "d-i partman/confirm boolean true\n", "",
              "asks whether it may write to the disk"},
        Fault{"no-such-disk-to-partition", debian, "partman-auto/disk string /dev/vda",
              "partman-auto/disk string /dev/vdz", "no root file system", 8},
        Fault{"no-such-disk-to-boot-from", debian, "bootdev string /dev/vda",
              "bootdev string /dev/vdz", "cannot be installed on /dev/vdz", 16},
        Fault{"no-preseed-line", debian, "d-i keyboard-configuration/xkb-keymap select us",
              "keyboard", "cannot read the preseed"},
        Fault{"password-prompt", debian, "d-i passwd/root-password-crypted password $6$aa$bb/cc\n",
              "", "passwd/root-password-crypted"},
        Fault{"preseed-of-a-dead-server", debian, "", "", "cannot get the preseed", 0,
              "preseed/url=http://10.0.2.2:9/preseed.cfg"},
        Fault{"user-question", debian_12, "d-i passwd/make-user boolean false\n", "",
              "passwd/make-user"},
        Fault{"missing-package-of-a-preseed", debian, "vim", "no-such-package",
              "packages that the preseed wants cannot be installed", 14},
        Fault{"disk-too-small-for-the-recipe", debian, "d-i partman-auto/method",
              "d-i partman-auto/expert_recipe string one :: 90000 1 -1 ext4 .\nd-i "
              "partman-auto/method",
              "cannot be partitioned", 9},
        Fault{.name = "no-network",
              .family = debian,
              .right = "",
              .wrong = "",
              .cause = "found no network card",
              .nic = "rtl8139"},
        Fault{"late-commands-fail", subiquity, "curtin in-target", "false && curtin in-target",
              "late-commands failed", 9},
        Fault{"early-commands-fail", subiquity, "  late-commands:",
              "  early-commands: [false]\n  late-commands:", "early-commands failed", 9},
        Fault{"no-user", subiquity,
              "  identity: {hostname: img, username: build, password: \"$6$aa$bb/cc\"}\n", "",
              "makes no user", 2},
        Fault{"wrong-version", subiquity, "version: 1", "version: 2",
              "no version that this release knows", 3},
        Fault{"no-such-disk-to-store-on", subiquity, "storage: {layout: {name: direct}}",
              "storage: {config: [{type: disk, path: /dev/vdz}]}",
              "no disk of the guest fits /dev/vdz", 7},
        Fault{"no-cloud-config", subiquity, "#cloud-config\n", "", "select your language"},
        Fault{"no-such-disk-in-the-profile", autoyast, "/dev/vda", "/dev/vdz",
              "disk that the guest does not have: /dev/vdz", 6},
        Fault{"profile-is-no-xml", autoyast, "</scripts>", "", "no well-formed XML"},
        Fault{"profile-wants-consent", autoyast, "boolean\">false</confirm>",
              "boolean\">true</confirm>", "Confirm Installation"},
        Fault{"no-repository", autoyast, "", "", "finds no repository", 0,
              "install=http://10.0.2.2:9/leap"},
        Fault{"profile-of-a-dead-server", autoyast, "", "", "cannot get the profile", 0,
              "autoyast=http://10.0.2.2:9/profile.xml"},
        Fault{"script-of-the-profile-fails", agama, "echo late", "exit 3; echo late",
              "a script of the profile failed", 4},
        Fault{"unknown-key", agama, "\"product\"", "\"produkt\"", "does not know: produkt", 1},
        Fault{"no-such-drive", agama, "\"software\"",
              "\"storage\":{\"drives\":[{\"search\":\"/dev/vdz\"}]},\n \"software\"",
              "disk that the guest does not have: /dev/vdz", 3},
        Fault{"nobody-can-log-in", agama, "\"password\"", "\"passwort\"",
              "leaves something open: Defining a user"},
        Fault{"profile-is-no-json", agama, "\"vim\"]", "\"vim\"", "no well-formed JSON"},
        Fault{"live-system-with-another-label", agama, "", "", "/dev/disk/by-label/Other", 0,
              "root=live:LABEL=Other"},
        Fault{"no-block-device", alpine, "/dev/vda", "/dev/vdz",
              "/dev/vdz is no disk that can be partitioned", 11},
        Fault{"no-such-device", arch, "/dev/vda", "/dev/vdz",
              "disk that the guest does not have: /dev/vdz", 5},
        Fault{"live-medium-with-another-label", arch, "", "", "does not find its medium", 0,
              "archisosearchuuid= archisolabel=OTHER"},
        Fault{"perl-that-is-none", drakx, "};", "", "no valid Perl"},
        Fault{"another-systems-disk-name", bsd, "vtbd0", "ada0",
              "disk that the guest does not have: ada0", 2},
        Fault{"script-of-the-installerconfig-fails", bsd, "sysrc", "exit 3; sysrc",
              "script in installerconfig failed", 4},
        Fault{"no-distributions", bsd, "base.txz ", "", "Choose optional system components"},
        Fault{"license", windows, "AcceptEula>true", "AcceptEula>false", "license is accepted", 13},
        Fault{"no-place-to-install-to", windows,
              "<InstallTo><DiskID>0</DiskID><PartitionID>1</PartitionID></InstallTo>", "",
              "asks for the disk", 11},
        Fault{"no-boot-device", windows, "", "", "found nothing that it can boot", 0, "",
              Medium::unbootable},
        Fault{"loader-without-its-files", windows, "", "", "boot loader does not find its files", 0,
              "", Medium::without_loaders_files}),
    [](const auto& instance) {
        std::string name = instance.param.name;
        std::erase(name, '-');
        return name;
    });

}  // namespace
}  // namespace glinda::cli
