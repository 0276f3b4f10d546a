// Whole builds with every family's own data, on stand-ins for its installer (tests/stand-in), from
// the medium to a disk that boots.

#include <gmock/gmock.h>

#include "glinda/util/process.hpp"
#include "glinda/util/text.hpp"
#include "program.hpp"

namespace glinda::cli {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
namespace fs = std::filesystem;

/// What the installed system says on its console until it switches itself off.
std::string boot(const fs::path& image, const char* disk, const std::string& firmware = "") {
    Command qemu{
        .argv = {"qemu-system-x86_64", "-machine", "q35,accel=tcg", "-m", "512", "-nodefaults",
                 "-display", "none", "-no-reboot", "-serial", "stdio", "-device", "ahci,id=more",
                 "-drive", "file=" + image.string() + ",format=raw,if=none,id=disk", "-device",
                 std::string{disk} + ",drive=disk"},
        .timeout = 400s};
    if (!firmware.empty())
        qemu.argv.insert(qemu.argv.end(), {"-bios", firmware});
    return SystemRunner{}.run(qemu).output;
}

/// How many pictures the builds in a folder have kept.
std::size_t pictures_below(const fs::path& folder) {
    std::size_t count = 0;
    for (const auto& entry : fs::recursive_directory_iterator{folder / "builds"})
        count += entry.path().extension() == ".png" ? 1 : 0;
    return count;
}

/// The words that install a template, with all results in a folder.
std::vector<std::string> install_words(const std::string& tdl, const std::string& folder) {
    return {GLINDA,  "install",
            "-x",    folder + "/vm.xml",
            "--set", "paths.output_dir=" + folder,
            "--set", "paths.data_dir=" + folder,
            "--set", "paths.screenshot_dir=" + folder,
            "--set", "timeouts.inactivity=60",
            tdl};
}

struct Family {
    const char* medium;  ///< its name in tests/stand-in/media.txt
    const char* os;
    const char* version;
    const char* own;        ///< the user's answer file, in tests/stand-in/answers
    bool is_marked = true;  ///< glinda adds the proof of success to the user's own answer file
    bool has_packages = true;
    const char* disk = "virtio-blk-pci";
    const char* host = "img";  ///< its name; Windows makes one itself, for "*"
    /// Its installation by UEFI is tested here; of some dialects the adopted files do that.
    bool by_uefi = false;
};

void PrintTo(const Family& family, std::ostream* out) {
    *out << family.medium;
}

class Families : public testing::TestWithParam<Family> {
protected:
    fs::path tdl(const char* firmware) {
        const fs::path file = folder_.path() / "vm.tdl";
        write_file(
            file,
            format("<template><name>{}</name><os><name>{}</name><version>{}</version>"
                   "<arch>x86_64</arch><install type='iso'><iso>{}/{}.iso</iso></install>"
                   "<rootpw>s3cret</rootpw><firmware>{}</firmware></os>{}"
                   "<disk><size>4</size></disk></template>",
                   name_, GetParam().os, GetParam().version, STAND_IN_MEDIA, GetParam().medium,
                   firmware,
                   GetParam().has_packages ? "<packages><package name='vim'/></packages>" : ""));
        return file;
    }
    Program install(const std::vector<std::string>& more = {}, const char* firmware = "bios") {
        std::vector<std::string> words = install_words(tdl(firmware), folder_.path());
        words.insert(words.end(), more.begin(), more.end());
        return {words, folder_.path()};
    }
    /// An answer file of the user's own, as a person would write it.
    static std::string own() {
        return read_file(SOURCE_FOLDER "/tests/stand-in/answers/" + std::string{GetParam().own});
    }
    static std::string replaced(std::string text, const std::string& right,
                                const std::string& wrong) {
        const std::size_t at = text.find(right);
        return at == std::string::npos ? text : text.replace(at, right.size(), wrong);
    }
    std::string write(const std::string& answers) {
        write_file(folder_.path() / "answers", answers);
        return (folder_.path() / "answers").string();
    }
    [[nodiscard]] fs::path image() const { return folder_.path() / (name_ + ".dsk"); }

    const std::string name_ = "img";
    TemporaryFolder folder_{fs::temp_directory_path() / "glinda-test-"};
};

TEST_P(Families, TheGeneratedAnswerFileInstallsADiskThatBoots) {
    Program program = install();
    ASSERT_EQ(program.wait(), 0) << program.errors();
    EXPECT_THAT(pictures_below(folder_.path()), AllOf(testing::Ge(1U), testing::Le(48U)));
    EXPECT_THAT(boot(image(), GetParam().disk),
                AllOf(HasSubstr(std::string{"stand-in host name: "} + GetParam().host),
                      Not(HasSubstr("stand-in root password: \r\n")),
                      HasSubstr(GetParam().has_packages ? " vim" : "stand-in packages:"),
                      HasSubstr("stand-in system: up")));
}

TEST_P(Families, SoDoesTheUsersOwn) {
    std::string answers = own();
    if (GetParam().is_marked)
        answers = replaced(answers, "glinda: installation finished", "finished");
    Program program = install({"-a", write(answers)});
    ASSERT_EQ(program.wait(), 0) << program.errors();
    EXPECT_THAT(boot(image(), GetParam().disk),
                AllOf(HasSubstr("stand-in host name: img"), HasSubstr("stand-in system: up")));
}

const Family families[] = {
    {"anaconda", "CentOS", "9", "anaconda/ks.cfg"},
    {"anaconda-6", "CentOS", "6", "anaconda-6/ks.cfg"},
    {.medium = "debian-installer",
     .os = "Debian",
     .version = "13",
     .own = "debian-installer/preseed.cfg",
     .by_uefi = true},
    {"debian-installer-12", "Debian", "12", "debian-installer-12/preseed.cfg"},
    {"subiquity", "Ubuntu", "24.04", "subiquity/user-data"},
    {"autoyast", "OpenSUSE", "15.5", "autoyast/autoinst.xml"},
    {.medium = "agama",
     .os = "OpenSUSE",
     .version = "16.0",
     .own = "agama/autoinst.json",
     .by_uefi = true},
    {.medium = "setup-alpine",
     .os = "Alpine",
     .version = "3.20",
     .own = "setup-alpine/etc/glinda/answers",
     .by_uefi = true},
    {.medium = "archinstall",
     .os = "Arch",
     .version = "2025.01",
     .own = "archinstall/user_configuration.json",
     .by_uefi = true},
    {.medium = "drakx",
     .os = "Mageia",
     .version = "9",
     .own = "drakx/auto_inst.cfg.pl",
     .is_marked = false,
     .by_uefi = true},
    {.medium = "bsdinstall",
     .os = "FreeBSD",
     .version = "14.1",
     .own = "bsdinstall/etc/installerconfig",
     .by_uefi = true},
    {.medium = "windows-setup",
     .os = "Windows",
     .version = "10",
     .own = "windows-setup/autounattend.xml",
     .is_marked = false,
     .has_packages = false,
     .disk = "ide-hd,bus=more.0",
     .host = "*"},
};

std::vector<Family> families_by_uefi() {
    std::vector<Family> some;
    std::ranges::copy_if(families, std::back_inserter(some), &Family::by_uefi);
    return some;
}

std::string without_dashes(std::string name) {
    std::erase_if(name, [](char c) { return c == '-' || c == '.'; });
    return name;
}

INSTANTIATE_TEST_SUITE_P(, Families, testing::ValuesIn(families),
                         [](const auto& one) { return without_dashes(one.param.medium); });

class ByUefi : public Families {};

TEST_P(ByUefi, TheGeneratedAnswerFileInstallsADiskThatBoots) {
    Program program = install({}, "efi");
    ASSERT_EQ(program.wait(), 0) << program.errors();
    EXPECT_THAT(boot(image(), GetParam().disk, "/usr/share/ovmf/OVMF.fd"),
                HasSubstr("stand-in system: up"));
}

INSTANTIATE_TEST_SUITE_P(, ByUefi, testing::ValuesIn(families_by_uefi()),
                         [](const auto& one) { return without_dashes(one.param.medium); });

/// UEFI's boot file on Windows' media asks for a key, and Setup has no driver for virtio.
TEST(WindowsByUefi, GetsItsKeyAndItsDriversBesideTheAnswerFile) {
    const TemporaryFolder folder{fs::temp_directory_path() / "glinda-test-"};
    make_folders(folder.path() / "virtio");
    write_file(folder.path() / "virtio/viostor.inf", "a driver");
    write_file(folder.path() / "vm.tdl",
               format("<template><name>img</name><os><name>Windows</name><version>11</version>"
                      "<arch>x86_64</arch><install type='iso'><iso>{}/windows-setup-11.iso</iso>"
                      "<extras><directory source='virtio' destination='drivers'/></extras>"
                      "</install><rootpw>s3cret</rootpw><firmware>efi</firmware></os>"
                      "<disk bus='virtio'><size>4</size></disk></template>",
                      STAND_IN_MEDIA));
    Program program{install_words(folder.path() / "vm.tdl", folder.path()), folder.path()};
    ASSERT_EQ(program.wait(), 0) << program.errors();
    EXPECT_THAT(boot(folder.path() / "img.dsk", "virtio-blk-pci", "/usr/share/ovmf/OVMF.fd"),
                HasSubstr("stand-in system: up"));
}

/// An answer file that an installer has left on its machine, in tests/data/adopt, and the medium
/// that it is adopted for.
struct Machine {
    const char* answers;
    const char* medium;
};

void PrintTo(const Machine& machine, std::ostream* out) {
    *out << machine.answers;
}

class Adopted : public testing::TestWithParam<Machine> {
protected:
    /// The template that `adopt` has made, with a medium that is there.
    void set_medium() const {
        const std::string medium = STAND_IN_MEDIA + std::string{"/"} + GetParam().medium;
        std::string tdl = read_file(file("vm.tdl"));
        for (const auto& [element, location] :
             {std::pair{"iso", medium + ".iso"}, std::pair{"url", "file://" + medium}}) {
            const std::string start = format("<{}>", element);
            const std::size_t at = tdl.find(start);
            if (at != std::string::npos)
                tdl.replace(at + start.size(),
                            tdl.find(format("</{}>", element)) - at - start.size(), location);
        }
        write_file(file("vm.tdl"), tdl);
    }
    [[nodiscard]] fs::path file(const std::string& name) const { return folder_.path() / name; }

    TemporaryFolder folder_{fs::temp_directory_path() / "glinda-test-"};
};

TEST_P(Adopted, InstallsItsSystemAgain) {
    const std::string own = GetParam().answers;
    const std::string here = folder_.path();
    const Result adopted = SystemRunner{}.run(
        {.argv = {GLINDA, "adopt", TEST_DATA "/adopt/" + own, "-o", here, "--name", "vm"}});
    ASSERT_EQ(adopted.status, 0) << adopted.errors;
    set_medium();
    std::vector<std::string> words = install_words(file("vm.tdl"), here);
    words.insert(words.end(), {"-a", file("vm" + own.substr(own.rfind('.')))});
    Program program{words, folder_.path()};
    ASSERT_EQ(program.wait(), 0) << program.errors();
    EXPECT_THAT(program.errors(), Not(testing::ContainsRegex(":[0-9]+: error:")));
    EXPECT_TRUE(fs::exists(file("vm.xml")));
}

INSTANTIATE_TEST_SUITE_P(
    , Adopted,
    testing::Values(Machine{"rhel-6.ks", "anaconda-6"}, Machine{"centos-7.ks", "anaconda-7"},
                    Machine{"rhel-7.ks", "anaconda-7"}, Machine{"almalinux-8.ks", "anaconda-8"},
                    Machine{"fedora-28.ks", "anaconda-8"}, Machine{"rhel-8.ks", "anaconda-8"},
                    Machine{"centos-stream-9.ks", "anaconda"}, Machine{"rhel-9.ks", "anaconda"},
                    Machine{"rocky-9.ks", "anaconda"}, Machine{"fedora-36.ks", "anaconda-10"},
                    Machine{"fedora-40.ks", "anaconda-10"}, Machine{"fedora-42.ks", "anaconda-10"},
                    Machine{"fedora-43.ks", "anaconda-10"}, Machine{"rhel-10.ks", "anaconda-10"},
                    Machine{"debian-12.cfg", "debian-installer-12"},
                    Machine{"leap-15.xml", "autoyast"}, Machine{"ubuntu-22.04.yaml", "subiquity"}),
    [](const auto& one) { return without_dashes(fs::path{one.param.answers}.stem()); });

}  // namespace
}  // namespace glinda::cli
