// The program from outside: what a person types and sees, without a guest.

#include <gmock/gmock.h>

#include "glinda/util/files.hpp"
#include "glinda/util/hold.hpp"
#include "glinda/util/process.hpp"
#include "glinda/util/text.hpp"

namespace glinda::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;
namespace fs = std::filesystem;

class Cli : public testing::Test {
protected:
    Result glinda(std::vector<std::string> words, std::vector<std::string> variables = {}) {
        words.insert(words.begin(), GLINDA);
        variables.push_back("HOME=" + folder_.path().string());
        return SystemRunner{}.run(
            {.argv = std::move(words), .directory = folder_.path(), .variables = variables});
    }
    Result install(const fs::path& tdl, std::vector<std::string> words = {},
                   std::vector<std::string> variables = {}) {
        words.insert(words.begin(), {"install", tdl.string(), "--set",
                                     "paths.output_dir=" + folder_.path().string() + "/images",
                                     "--set", "paths.data_dir=" + folder_.path().string()});
        return glinda(std::move(words), std::move(variables));
    }
    fs::path tdl(const std::string& install_type, const std::string& location,
                 const std::string& extra = "", const std::string& os = "Debian",
                 const std::string& version = "13") {
        const fs::path file = folder_.path() / "vm.tdl";
        write_file(file, format("<template>\n<name>vm</name>\n<os><name>{3}</name>"
                                "<version>{4}</version><arch>x86_64</arch>\n"
                                "<install type='{0}'><{0}>{1}</{0}></install></os>\n{2}</template>",
                                install_type, location, extra, os, version));
        return file;
    }
    /// A mirror of Debian, as far as a plan needs it.
    void make_tree() {
        const fs::path boot = folder_.path() /
                              "tree/dists/trixie/main/installer-amd64/current/images/netboot/"
                              "debian-installer/amd64";
        make_folders(boot);
        write_file(boot / "linux", "");
        write_file(boot / "initrd.gz", "");
    }
    /// Runs the program under one of Oz's names, in the test's folder, which holds all its data.
    Result oz(const std::string& name, std::vector<std::string> words,
              const std::string& input = "") {
        const fs::path link = folder_.path() / name;
        std::error_code exists;
        fs::create_symlink(GLINDA, link, exists);
        words.insert(words.begin(), {link.string(), "--set",
                                     "paths.output_dir=" + folder_.path().string() + "/images",
                                     "--set", "paths.data_dir=" + folder_.path().string()});
        return SystemRunner{}.run({.argv = std::move(words),
                                   .input = input,
                                   .directory = folder_.path(),
                                   .variables = {"HOME=" + folder_.path().string()}});
    }
    std::vector<std::string> images() {
        std::vector<std::string> names;
        std::error_code none;
        for (const auto& entry : fs::directory_iterator{folder_.path() / "images", none})
            names.push_back(entry.path().filename());
        return names;
    }

    TemporaryFolder folder_{fs::temp_directory_path() / "glinda-test-"};
};

TEST_F(Cli, SaysItsVersionAndHelp) {
    EXPECT_THAT(glinda({"--version"}).output, StartsWith("glinda "));
    const Result help = glinda({"--help"});
    EXPECT_EQ(help.status, 0);
    EXPECT_THAT(help.output, AllOf(HasSubstr("install"), HasSubstr("validate"), HasSubstr("test"),
                                   HasSubstr("clean-cache")));
    EXPECT_THAT(glinda({"install", "--help"}).output, HasSubstr("--remaster"));
}

TEST_F(Cli, AWrongCommandLineIsStatusTwoAndOneMessage) {
    for (const auto& words : std::vector<std::vector<std::string>>{{},
                                                                   {"instal"},
                                                                   {"install"},
                                                                   {"install", "--colour", "a.tdl"},
                                                                   {"install", "-d", "x", "a"}}) {
        const Result result = glinda(words);
        EXPECT_EQ(result.status, 2) << join(words, " ");
        EXPECT_THAT(result.errors, StartsWith("glinda: ")) << join(words, " ");
        EXPECT_THAT(result.output, IsEmpty());
    }
}

TEST_F(Cli, UnderOzsNamesItIsOzsPrograms) {
    for (const char* name :
         {"oz-install", "oz-customize", "oz-generate-icicle", "oz-cleanup-cache"}) {
        const Result help = oz(name, {"-h"});
        EXPECT_EQ(help.status, 0);
        EXPECT_THAT(help.output, HasSubstr(format("Usage: {} [OPTIONS]", name)));
        EXPECT_THAT(help.output, HasSubstr("-c,--config FILE"));
        const Result wrong = oz(name, {"--colour"});
        EXPECT_EQ(wrong.status, 2);
        EXPECT_THAT(wrong.errors,
                    AllOf(StartsWith("glinda: "), HasSubstr(format("see {} --help", name))));
        EXPECT_EQ(oz(name, {"a", "b", "c"}).status, 2);
    }
}

/// All that the installer would ask for.
constexpr std::string_view right_preseed =
    "d-i debian-installer/locale string en_US.UTF-8\n"
    "d-i keyboard-configuration/xkb-keymap select us\n"
    "d-i passwd/root-password-crypted password $6$salt$hash\n"
    "d-i passwd/make-user boolean false\n"
    "d-i time/zone string Etc/UTC\n"
    "d-i partman-auto/method string regular\n"
    "d-i partman-partitioning/confirm_write_new_label boolean true\n"
    "d-i partman/choose_partition select finish\n"
    "d-i partman/confirm boolean true\n"
    "d-i partman/confirm_nooverwrite boolean true\n"
    "d-i finish-install/reboot_in_progress note\n"
    "d-i debian-installer/exit/poweroff boolean true\n";

TEST_F(Cli, TakesAllOptionsOfOzInAnyOrder) {
    make_tree();
    write_file(folder_.path() / "my.answers", right_preseed);
    const std::string file = tdl("url", "tree").string();
    const std::string image = (folder_.path() / "other/vm.img").string();
    const auto understood =
        AllOf(HasSubstr(format("image:         {} ", image)),
              HasSubstr(format("domain XML:    {}/out.xml\n", folder_.path().string())),
              HasSubstr(format("into initrd:   /preseed.cfg ({} bytes)", right_preseed.size())),
              HasSubstr("<mac address=\"52:54:00:"), HasSubstr("type=\"e1000\""),
              HasSubstr("bus=\"sata\""), HasSubstr("90 s in all"));
    const std::string mac = "52:54:00:aB:cd:01";
    const Result brief =
        oz("oz-install", {"-fpd0", file, "-a", "my.answers", "-bsata", "-m", mac, "-n", "e1000",
                          "--dry-run", "-s", image, "-t90", "-x", "out.xml"});
    EXPECT_EQ(brief.status, 0) << brief.errors;
    EXPECT_THAT(brief.output, understood);
    EXPECT_THAT(brief.errors, IsEmpty());
    const Result full = oz("oz-install", {"--force-download", "--cleanup", "--debug=0", "--auto",
                                          "my.answers", "--disk-bus=sata", "--mac-address", mac,
                                          "--network-device", "e1000", "--dry-run", "--disk", image,
                                          "--timeout=90", "--xmlfile", "out.xml", "--", file});
    EXPECT_EQ(full.status, 0) << full.errors;
    EXPECT_EQ(full.output, brief.output);
    const Result cut = oz("oz-install", {"--fo", "--cl", "--de=9", "--a", "my.answers", "--disk-b",
                                         "sata", "--m", mac, file, "--n=e1000", "--dr", "--disk",
                                         image, "--t=90", "--x", "out.xml"});
    EXPECT_EQ(cut.status, 0) << cut.errors;
    EXPECT_EQ(cut.output, brief.output);
    const Result own = install(file, {"-fpd0", "-a", "my.answers", "-bsata", "-m", mac, "-n",
                                      "e1000", "--dry-run", "-s", image, "-t90", "-x", "out.xml"});
    EXPECT_EQ(own.output, brief.output);
    const Result unclear = oz("oz-install", {"--di", "x", file});
    EXPECT_EQ(unclear.status, 2);
    EXPECT_THAT(unclear.errors, HasSubstr("--di may be --disk-bus or --disk"));
}

TEST_F(Cli, RefusesValuesThatCannotBe) {
    make_tree();
    const std::string file = tdl("url", "tree").string();
    for (const auto& words : std::vector<std::vector<std::string>>{{"-m", "52:54:00:12:34"},
                                                                   {"-m", "52:54:00:12:34:5g"},
                                                                   {"-m", "01:54:00:12:34:56"},
                                                                   {"-t", "0"},
                                                                   {"-t", "soon"},
                                                                   {"-d", "much"},
                                                                   {"-b", "floppy"},
                                                                   {"-s", "relative.img"},
                                                                   {"-a", "none.cfg"},
                                                                   {"-c", "none.cfg"},
                                                                   {"-x", "none/out.xml"},
                                                                   {"-i", "out.icicle"}}) {
        std::vector<std::string> all{file};
        all.insert(all.end(), words.begin(), words.end());
        const Result result = oz("oz-install", all);
        EXPECT_EQ(result.status, 2) << join(words, " ") << result.errors;
        EXPECT_THAT(result.output, IsEmpty());
    }
    EXPECT_THAT(images(), IsEmpty());
}

TEST_F(Cli, OzsDomainXmlIsInTheCurrentFolderAndNamedByTheDate) {
    make_tree();
    const Result result = oz("oz-install", {tdl("url", "tree").string(), "--dry-run"});
    EXPECT_THAT(result.output,
                testing::ContainsRegex("domain XML:    " + folder_.path().string() +
                                       "/vm[A-Z][a-z][a-z]_[0-3][0-9]_[0-9]{4}-[0-2][0-9]:[0-5]"
                                       "[0-9]:[0-6][0-9]\n"));
}

TEST_F(Cli, ADomainXmlThatIsNamedMayBeReplaced) {
    make_tree();
    write_file(folder_.path() / "out.xml", "old");
    const Result result =
        install(tdl("url", "tree"), {"-x", "out.xml"}, {"PATH=" + folder_.path().string()});
    EXPECT_EQ(result.status, 1);  // there is no QEMU: it came as far as that
    EXPECT_EQ(read_file(folder_.path() / "out.xml"), "old");
}

TEST_F(Cli, ADomainOfTheSameNameIsOnlyReplacedIfThatIsAsked) {
    make_tree();
    const fs::path file = folder_.path() / "test.tdl";
    std::string text = read_file(tdl("url", "tree"));
    text.replace(text.find("vm"), 2, "test");  // libvirt's test driver comes with such a domain
    write_file(file, text);
    const std::string uri = "libvirt.uri=test:///default";
    const Result refused = install(file, {"--set", uri});
    EXPECT_EQ(refused.status, 2);
    EXPECT_THAT(refused.errors,
                AllOf(HasSubstr("a domain with the name test exists already"), HasSubstr("-p")));
    const Result replaced = install(file, {"--set", uri, "-p"});
    EXPECT_THAT(replaced.errors, AllOf(HasSubstr("the domain test is destroyed and undefined"),
                                       Not(HasSubstr("exists already"))));
    EXPECT_EQ(replaced.status, 1);  // the test driver has no machines that could be installed
    EXPECT_THAT(images(), IsEmpty());
}

TEST_F(Cli, AnImageThatIsMissingIsAMistakeOfTheCommandLine) {
    const std::string file = tdl("url", "tree").string();
    for (const Result& result : {oz("oz-generate-icicle", {"-i", "out", file, "vm.xml"}),
                                 oz("oz-customize", {file, "-m", "52:54:00:12:34:56", "vm.xml"}),
                                 glinda({"manifest", file, "vm.xml"}),
                                 glinda({"manifest", "--diff", "old.xml", "vm.xml"})}) {
        EXPECT_EQ(result.status, 2);
        EXPECT_THAT(result.errors, HasSubstr(".xml: No such file or directory\n"));
        EXPECT_THAT(result.output, IsEmpty());
    }
    EXPECT_FALSE(fs::exists(folder_.path() / "out"));
    EXPECT_THAT(glinda({"manifest", file, "vm.xml", "--format", "csv"}).errors, HasSubstr("csv"));
}

TEST_F(Cli, ASystemWhoseInstallerIsNotDrivenIsSaidWithTheReason) {
    write_file(folder_.path() / "my.ks", "poweroff\n");
    const fs::path file = tdl("url", "http://mirror.example.org/", "", "RHEL-5", "U3");
    for (const auto& words :
         std::vector<std::vector<std::string>>{{}, {"-a", "my.ks"}, {"--dry-run"}}) {
        const Result result = install(file, words);
        EXPECT_EQ(result.status, 2);
        EXPECT_THAT(result.errors,
                    AllOf(HasSubstr("RHEL-5 U3 cannot be installed: older"), HasSubstr("(-a)")));
    }
    EXPECT_THAT(images(), IsEmpty());
}

TEST_F(Cli, AReleaseThatIsNewerThanAllIsInstalledLikeTheNewestWithAWarning) {
    make_tree();
    const Result result = install(tdl("url", "tree", "", "Debian", "99"), {"--dry-run"});
    EXPECT_EQ(result.status, 0) << result.errors;
    EXPECT_THAT(result.output, HasSubstr("/trixie/"));
    EXPECT_THAT(result.errors, HasSubstr("glinda: warning: Debian 99 is newer than all that glinda "
                                         "knows; it is installed like 13\n"));
}

TEST_F(Cli, AResultThatCannotBeWrittenIsAFailure) {
    const Result result = SystemRunner{}.run({.argv = {"sh", "-c", GLINDA " --help >/dev/full"}});
    EXPECT_EQ(result.status, 1);
    EXPECT_THAT(result.errors, HasSubstr("standard output"));
}

/// A data folder with something in it.
class CleanCache : public Cli {
protected:
    CleanCache() {
        for (const char* name : {"isos/a.iso", "jeos/b/c.dsk", "builds/vm-1/console.log",
                                 "images/vm.dsk", "elsewhere/file", "elsewhere/d/file"}) {
            make_folders(file(name).parent_path());
            write_file(file(name), std::string(8192, 'x'));
        }
        write_file(file("builds/.vm.lock"), "");
        fs::create_symlink(file("elsewhere/file"), file("isos/link"));
        fs::create_symlink(file("elsewhere"), file("isos/folder-link"));
        fs::create_symlink(file("elsewhere"), file("kernels"));
    }
    [[nodiscard]] fs::path file(const std::string& name) const { return folder_.path() / name; }
    void expect_clean() const {
        EXPECT_TRUE(fs::is_empty(file("isos")));
        EXPECT_TRUE(fs::is_empty(file("jeos")));
        for (const char* name : {"builds/vm-1/console.log", "images/vm.dsk", "elsewhere/file",
                                 "elsewhere/d/file", "kernels"})
            EXPECT_TRUE(fs::exists(file(name))) << name;
    }
    void expect_untouched() const {
        EXPECT_TRUE(fs::exists(file("isos/a.iso")));
        EXPECT_TRUE(fs::exists(file("jeos/b/c.dsk")));
    }
};

TEST_F(CleanCache, RemovesWhatIsCachedAndNothingElse) {
    const Result result = oz("oz-cleanup-cache", {"-f"});
    EXPECT_EQ(result.status, 0) << result.errors;
    EXPECT_EQ(result.output, format("Removing cached content from {0}/isos\n"
                                    "Removing cached content from {0}/jeos\n",
                                    folder_.path().string()));
    expect_clean();
}

TEST_F(CleanCache, ADryRunShowsWhatWouldBeFreed) {
    const Result result = oz("oz-cleanup-cache", {"--dry-run", "-d1"});
    EXPECT_EQ(result.status, 0);
    // The links take no block of their own, or one.
    EXPECT_THAT(result.output,
                AllOf(HasSubstr("/isos: 3 files, 0.0 MiB"), HasSubstr("/jeos: 1 file, 0.0 MiB"),
                      HasSubstr("in all: 4 files, 0.0 MiB")));
    EXPECT_THAT(result.errors, HasSubstr("kernels is a link, which is not followed"));
    expect_untouched();
}

TEST_F(CleanCache, AsksFirst) {
    for (const char* no : {"\n", "n\n", "No\n", "what?\n\n"}) {
        const Result result = oz("oz-cleanup-cache", {}, no);
        EXPECT_EQ(result.status, 0);
        EXPECT_THAT(result.output, IsEmpty());
        EXPECT_THAT(result.errors, AllOf(HasSubstr("/isos: 3 files"), HasSubstr("(y/N)")));
        expect_untouched();
    }
    const Result silent = oz("oz-cleanup-cache", {}, "what?\n");
    EXPECT_EQ(silent.status, 2);
    EXPECT_THAT(silent.errors, AllOf(HasSubstr("please answer y or n"), HasSubstr("-f")));
    expect_untouched();
    EXPECT_EQ(oz("oz-cleanup-cache", {}, "Y\n").status, 0);
    expect_clean();
}

TEST_F(CleanCache, LeavesAMediumThatABuildUsesAlone) {
    make_folders(file("isos/store"));
    write_file(file("isos/store/sha256-1"), "used");
    write_file(file("isos/store/sha256-2"), "free");
    const auto used = hold(file("isos/store/sha256-1"));
    EXPECT_THAT(oz("oz-cleanup-cache", {"--dry-run"}).output,
                HasSubstr("/isos: 4 files, 0.0 MiB (1 in use, left alone)\n"));
    const Result result = oz("oz-cleanup-cache", {"-f", "-d1"});
    EXPECT_EQ(result.status, 0);
    EXPECT_THAT(result.errors, HasSubstr("isos what is in use"));
    EXPECT_TRUE(fs::exists(file("isos/store/sha256-1")));
    EXPECT_FALSE(fs::exists(file("isos/store/sha256-2")));
    EXPECT_FALSE(fs::exists(file("isos/a.iso")));
}

TEST_F(CleanCache, AFolderThatIsNotThereIsNoError) {
    EXPECT_EQ(oz("oz-cleanup-cache", {"-f", "--set", "paths.data_dir=/none/such"}).status, 0);
}

TEST_F(Cli, IsInstalledWithOzsNamesAndItsData) {
    const fs::path prefix = folder_.path() / "usr";
    SystemRunner{}.output_of({.argv = {CMAKE, "--install", BUILD_FOLDER, "--prefix", prefix}});
    EXPECT_EQ(fs::read_symlink(prefix / "bin/oz-install"), "glinda");
    for (const char* name :
         {"oz-install", "oz-customize", "oz-generate-icicle", "oz-cleanup-cache"}) {
        const Result help = SystemRunner{}.run({.argv = {prefix / "bin" / name, "--help"}});
        EXPECT_THAT(help.output, HasSubstr(format("Usage: {} ", name)));
    }
    // It reads the data that it was installed with, not those of the source tree.
    const fs::path family = prefix / "share/glinda/auto/debian-installer/family.xml";
    write_file(family, "no XML");
    const Result result = SystemRunner{}.run(
        {.argv = {prefix / "bin/glinda", "install", "--dry-run", tdl("url", "tree")},
         .directory = folder_.path(),
         .variables = {"HOME=" + folder_.path().string()}});
    EXPECT_EQ(result.status, 1);
    EXPECT_THAT(result.errors, HasSubstr("cannot read " + family.string()));
}

TEST_F(Cli, ValidatesEachTemplate) {
    const fs::path good = tdl("url", "http://mirror.example.org/");
    const fs::path bad = folder_.path() / "bad.tdl";
    write_file(bad, "<template>\n<name>x</name>\n</template>");
    const Result result = glinda({"validate", good.string(), bad.string()});
    EXPECT_EQ(result.status, 2);
    EXPECT_THAT(result.output, AllOf(HasSubstr("vm.tdl: valid\n"), HasSubstr("bad.tdl:")));
    EXPECT_EQ(glinda({"validate", good.string()}).status, 0);
}

TEST_F(Cli, AnUnknownElementIsNamedWithFileAndLine) {
    const Result result = install(tdl("url", "http://mirror.example.org/", "<colour/>\n"));
    EXPECT_EQ(result.status, 2);
    EXPECT_THAT(result.errors,
                AllOf(StartsWith("glinda: "), HasSubstr("vm.tdl:5: "), HasSubstr("colour")));
}

TEST_F(Cli, AMissingTemplateOrMediumIsTheUsersFault) {
    EXPECT_EQ(install("none.tdl").status, 2);
    const Result result = install(tdl("iso", "/no/such.iso"));
    EXPECT_EQ(result.status, 2);
    EXPECT_THAT(result.errors, HasSubstr("/no/such.iso"));
}

TEST_F(Cli, ATruncatedIsoIsRefusedBeforeAnythingIsMade) {
    const fs::path iso = folder_.path() / "cut.iso";
    write_file(folder_.path() / "content", std::string(4'000'000, 'x'));
    SystemRunner{}.output_of({.argv = {"xorriso", "-as", "mkisofs", "-quiet", "-o", iso.string(),
                                       (folder_.path() / "content").string()}});
    fs::resize_file(iso, fs::file_size(iso) / 2);
    const Result result = install(tdl("iso", iso.string()));
    EXPECT_EQ(result.status, 2);
    EXPECT_THAT(result.errors, AllOf(HasSubstr("cut.iso"), HasSubstr("truncated")));
    EXPECT_THAT(images(), IsEmpty());
}

TEST_F(Cli, AUrlOfThisMachineItselfIsRefusedWithTheWayOut) {
    const Result result = install(tdl("url", "http://localhost:1/debian"));
    EXPECT_EQ(result.status, 2);
    EXPECT_THAT(result.errors, HasSubstr("give the tree's folder instead"));
}

TEST_F(Cli, AnExistingImageIsNotTouched) {
    make_folders(folder_.path() / "images");
    make_tree();
    write_file(folder_.path() / "images/vm.dsk", "precious");
    const Result result = install(tdl("url", "tree"));
    EXPECT_EQ(result.status, 2);
    EXPECT_THAT(result.errors, AllOf(HasSubstr("vm.dsk exists already"), HasSubstr("-p")));
    EXPECT_EQ(read_file(folder_.path() / "images/vm.dsk"), "precious");
}

TEST_F(Cli, AMissingQemuIsNamedAndNothingIsLeft) {
    make_tree();
    const Result result = install(tdl("url", "tree"), {}, {"PATH=" + folder_.path().string()});
    EXPECT_EQ(result.status, 1);
    EXPECT_THAT(result.errors,
                AllOf(StartsWith("glinda: "), HasSubstr("qemu"), HasSubstr("install")));
    EXPECT_THAT(images(), IsEmpty());
}

TEST_F(Cli, AWrongSettingIsNamed) {
    const Result result = install(tdl("url", "tree"), {"--set", "timeouts.instal=3"});
    EXPECT_EQ(result.status, 2);
    EXPECT_THAT(result.errors, HasSubstr("instal"));
}

TEST_F(Cli, ADryRunPrintsThePlanAndMakesNothing) {
    make_tree();
    const Result result = install(tdl("url", "tree", "<disk><size>3</size></disk>"), {"--dry-run"});
    EXPECT_EQ(result.status, 0) << result.errors;
    EXPECT_THAT(result.output, AllOf(HasSubstr("3.0 GiB"), HasSubstr("preseed.cfg"),
                                     HasSubstr("<domain"), HasSubstr("(hidden)")));
    EXPECT_THAT(images(), IsEmpty());
    EXPECT_FALSE(fs::exists(folder_.path() / "builds"));
}

}  // namespace
}  // namespace glinda::cli
