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

struct Family {
    const char* medium;  ///< its name in tests/stand-in/media.txt
    const char* os;
    const char* version;
    const char* own;        ///< the user's answer file, in tests/stand-in/answers
    const char* right;      ///< what of it is replaced …
    const char* wrong;      ///< … by what makes the installer fail
    const char* failure;    ///< what the installer says then
    bool is_marked = true;  ///< glinda adds the proof of success to the user's own answer file
    bool has_packages = true;
    const char* disk = "virtio-blk-pci";
    const char* host = "img";  ///< its name; Windows makes one itself, for "*"
};

void PrintTo(const Family& family, std::ostream* out) {
    *out << family.medium;
}

class Families : public testing::TestWithParam<Family> {
protected:
    fs::path tdl() {
        const fs::path file = folder_.path() / "vm.tdl";
        write_file(
            file,
            format("<template><name>{}</name><os><name>{}</name><version>{}</version>"
                   "<arch>x86_64</arch><install type='iso'><iso>{}/{}.iso</iso></install>"
                   "<rootpw>s3cret</rootpw></os>{}<disk><size>1</size></disk></template>",
                   name_, GetParam().os, GetParam().version, STAND_IN_MEDIA, GetParam().medium,
                   GetParam().has_packages ? "<packages><package name='vim'/></packages>" : ""));
        return file;
    }
    Program install(const std::vector<std::string>& more = {}) {
        const std::string here = folder_.path().string();
        std::vector<std::string> words{GLINDA,  "install",
                                       "-x",    here + "/vm.xml",
                                       "--set", "paths.output_dir=" + here,
                                       "--set", "paths.data_dir=" + here,
                                       "--set", "paths.screenshot_dir=" + here,
                                       "--set", "timeouts.inactivity=60",
                                       tdl()};
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
    /// What the installed system says on its console until it switches itself off.
    std::string boot() {
        const std::string image = (folder_.path() / (name_ + ".dsk")).string();
        return SystemRunner{}
            .run({.argv = {"qemu-system-x86_64", "-machine", "q35,accel=tcg", "-m", "256",
                           "-nodefaults", "-display", "none", "-no-reboot", "-serial", "stdio",
                           "-device", "ahci,id=more", "-drive",
                           "file=" + image + ",format=raw,if=none,id=disk", "-device",
                           std::string{GetParam().disk} + ",drive=disk"},
                  .timeout = 400s})
            .output;
    }

    const std::string name_ = "img";
    TemporaryFolder folder_{fs::temp_directory_path() / "glinda-test-"};
};

TEST_P(Families, TheGeneratedAnswerFileInstallsADiskThatBoots) {
    Program program = install();
    ASSERT_EQ(program.wait(), 0) << program.errors();
    EXPECT_THAT(boot(), AllOf(HasSubstr(std::string{"stand-in host name: "} + GetParam().host),
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
    EXPECT_THAT(boot(),
                AllOf(HasSubstr("stand-in host name: img"), HasSubstr("stand-in system: up")));
}

TEST_P(Families, AFailureIsToldInTheInstallersWords) {
    const std::string answers = replaced(own(), GetParam().right, GetParam().wrong);
    ASSERT_NE(answers, own());
    Program program =
        install({"-a", write(answers), "--no-lint", "--set", "timeouts.inactivity=30"});
    // Where no rule of the family's errors.xml knows the words, it is that nothing moves any more.
    EXPECT_THAT(program.wait(), testing::AnyOf(3, 4));
    EXPECT_THAT(program.errors(), AllOf(HasSubstr(GetParam().failure), HasSubstr("report.html")));
}

INSTANTIATE_TEST_SUITE_P(
    , Families,
    testing::Values(Family{"anaconda", "CentOS", "9", "anaconda/ks.cfg", "echo late",
                           "exit 3; echo late",
                           "There was an error running the kickstart script at line"},
                    Family{"anaconda-6", "CentOS", "6", "anaconda-6/ks.cfg", "echo late",
                           "exit 3; echo late",
                           "There was an error running the kickstart script at line"},
                    Family{"debian-installer", "Debian", "13", "debian-installer/preseed.cfg",
                           "in-target", "exit 3; in-target", "failed with exit code"},
                    Family{"debian-installer-12", "Debian", "12", "debian-installer-12/preseed.cfg",
                           "partman/confirm ", "partman/confirmed ", "Write the changes to disks?"},
                    Family{"subiquity", "Ubuntu", "24.04", "subiquity/user-data",
                           "curtin in-target", "false && curtin in-target", "late-commands failed"},
                    Family{"autoyast", "OpenSUSE", "15.5", "autoyast/autoinst.xml", "/dev/vda",
                           "/dev/vdz", "No disk /dev/vdz was found"},
                    Family{"agama", "OpenSUSE", "16.0", "agama/autoinst.json", "echo late",
                           "exit 3; echo late", "Failed to run the script"},
                    Family{"setup-alpine", "Alpine", "3.20", "setup-alpine/etc/glinda/answers",
                           "/dev/vda", "/dev/vdz", "/dev/vdz is not a block device"},
                    Family{"archinstall", "Arch", "2025.01", "archinstall/user_configuration.json",
                           "/dev/vda", "/dev/vdz", "Device /dev/vdz not found"},
                    Family{"drakx", "Mageia", "9", "drakx/auto_inst.cfg.pl", "};", "",
                           "Missing right curly", false},
                    Family{"bsdinstall", "FreeBSD", "14.1", "bsdinstall/etc/installerconfig",
                           "vtbd0", "ada0", "gpart: arg0"},
                    Family{"windows-setup", "Windows", "10", "windows-setup/autounattend.xml",
                           "AcceptEula>true", "AcceptEula>false", "accept the license terms", false,
                           false, "ide-hd,bus=more.0", "*"}),
    [](const auto& instance) {
        std::string name = instance.param.medium;
        std::erase(name, '-');
        return name;
    });

}  // namespace
}  // namespace glinda::cli
