#include "glinda/answer/adopt.hpp"

#include <gmock/gmock.h>

#include <algorithm>

#include "glinda/answer/kickstart.hpp"
#include "glinda/tdl/template.hpp"
#include "glinda/util/text.hpp"
#include "golden.hpp"

namespace glinda::answer {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;
namespace fs = std::filesystem;

const fs::path kickstart_rules = SOURCE_FOLDER "/auto/anaconda/adopt.xml";

/// A machine's file of tests/data/adopt/, and what it is known to be of.
struct Sample {
    const char* file;
    const char* dialect;
    const char* rules;
    const char* system;   ///< as the file tells
    const char* version;  ///< likewise, a code name too
};

std::ostream& operator<<(std::ostream& out, const Sample& sample) {
    return out << sample.file;
}

std::string as_text(const std::vector<AdoptedLine>& lines) {
    std::string text;
    for (const AdoptedLine& line : lines)
        text += format("{}: {}\n  -> {}\n  {}\n", line.line, line.before, line.after,
                       join(line.reasons, "; "));
    return text;
}

class Adopt : public testing::TestWithParam<Sample> {
protected:
    Adopt() {
        std::optional<AdoptedMachine> known = recognize(text_, rules_);
        EXPECT_TRUE(known);
        machine_ = known.value_or(AdoptedMachine{});
        if (machine_.version.empty())
            machine_.version = machine_.codename;
        told_ = {machine_.system, machine_.version};
        // What the file does not tell, the user says.
        if (machine_.system.empty())
            machine_.system = "Hurd";
        if (machine_.version.empty())
            machine_.version = "1";
        adopted_ = adopt(text_, GetParam().dialect, rules_, machine_);
    }
    [[nodiscard]] tdl::Template read_tdl() const {
        const std::string text = template_of(machine_, adopted_, "adopted");
        tdl::Variables variables;
        for (const char* name : {"iso", "url"})
            if (text.find(format("${{{}}}", name)) != std::string::npos)
                variables.emplace(name, "/somewhere");
        return tdl::parse_template(text, "adopted.tdl",
                                   tdl::Schema{SOURCE_FOLDER "/config/tdl.rng"}, variables);
    }

    std::string text_ = read_file(fs::path{TEST_DATA "/adopt"} / GetParam().file);
    fs::path rules_ = fs::path{SOURCE_FOLDER "/auto"} / GetParam().rules / "adopt.xml";
    AdoptedMachine machine_;
    std::pair<std::string, std::string> told_;
    Adopted adopted_;
};

TEST_P(Adopt, KnowsTheReleaseByTheFile) {
    EXPECT_EQ(told_.first, GetParam().system);
    EXPECT_EQ(told_.second, GetParam().version);
}

TEST_P(Adopt, LoosensTheFile) {
    expect_golden(adopted_.text, format("adopt/{}", GetParam().file));
}

TEST_P(Adopt, SaysWhatItHasChangedAndWhy) {
    expect_golden(as_text(adopted_.lines), format("adopt/{}.lines", GetParam().file));
}

TEST_P(Adopt, MakesATemplateThatIsValid) {
    const tdl::Template made = read_tdl();
    EXPECT_EQ(made.name, "adopted");
    expect_golden(template_of(machine_, adopted_, "adopted"),
                  format("adopt/{}.tdl", GetParam().file));
}

TEST_P(Adopt, KeepsSecretsAndShowsNone) {
    EXPECT_THAT(adopted_.text, HasSubstr("SECRET"));
    for (const AdoptedLine& line : adopted_.lines) {
        EXPECT_THAT(line.before, Not(HasSubstr("SECRET")));
        EXPECT_THAT(line.after, Not(HasSubstr("SECRET")));
    }
}

TEST_P(Adopt, HasNothingMoreToLoosenInItsOwnResult) {
    const std::optional<AdoptedMachine> again = recognize(adopted_.text, rules_);
    ASSERT_TRUE(again);
    AdoptedMachine machine = *again;
    machine.version = machine_.version;
    EXPECT_EQ(adopt(adopted_.text, GetParam().dialect, rules_, machine).text, adopted_.text);
}

TEST_P(Adopt, NamesTheLinesOfTheFile) {
    const std::vector<std::string_view> lines = split(text_, '\n');
    for (const AdoptedLine& line : adopted_.lines)
        if (line.line > 0) {
            ASSERT_LE(line.line, lines.size());
            const std::string word{words(line.before).front()};
            EXPECT_THAT(std::string{lines[line.line - 1]},
                        HasSubstr(word.substr(0, word.find('*'))));
        }
}

constexpr auto kickstart = [](const char* file, const char* system, const char* version) {
    return Sample{file, "kickstart", "anaconda", system, version};
};
INSTANTIATE_TEST_SUITE_P(
    Kickstart, Adopt,
    testing::Values(
        kickstart("almalinux-8.ks", "AlmaLinux", "8"), kickstart("centos-7.ks", "CentOS", "7"),
        kickstart("centos-stream-9.ks", "CentOS", "9"), kickstart("fedora-28.ks", "Fedora", "28"),
        kickstart("fedora-33.ks", "Fedora", "33"), kickstart("fedora-36.ks", "Fedora", "36"),
        kickstart("fedora-40.ks", "Fedora", "40"), kickstart("fedora-42.ks", "Fedora", "42"),
        kickstart("fedora-43.ks", "Fedora", "43"), kickstart("rhel-6.ks", "RHEL", "6"),
        kickstart("rhel-7.ks", "RHEL", "7"), kickstart("rhel-8.ks", "RHEL", "8"),
        kickstart("rhel-9.ks", "RHEL", "9"), kickstart("rhel-10.ks", "RHEL", "10"),
        kickstart("rocky-9.ks", "Rocky", "9")),
    [](const auto& test) {
        std::string name = test.param.file;
        std::ranges::replace(name, '-', '_');
        std::ranges::replace(name, '.', '_');
        return name;
    });

/// The loosened text of a few lines of a kickstart file.
std::string loosened(const std::string& lines, const std::string& version = "9") {
    const std::string text = "#version=RHEL9\nlang en_US.UTF-8\n" + lines;
    const std::optional<AdoptedMachine> machine = recognize(text, kickstart_rules);
    EXPECT_TRUE(machine);
    AdoptedMachine known = machine.value_or(AdoptedMachine{});
    known.version = version;
    return adopt(text, "kickstart", kickstart_rules, known).text;
}

TEST(AdoptKickstart, LeavesTheBytesOfAllThatItDoesNotChange) {
    EXPECT_THAT(loosened("part  /  --fstype='xfs'\t--ondisk=sda   --size=\"9000\"   # root\n"),
                HasSubstr("\npart  /  --fstype='xfs'   --size=\"9000\"   # root\n"));
}

TEST(AdoptKickstart, GivesSeveralDisksTheNamesOfNewOnes) {
    EXPECT_THAT(loosened("ignoredisk --only-use=sdc,sdb\n"
                         "part raid.1 --ondisk=sdc --size=9000\n"
                         "part raid.2 --ondisk=/dev/sdb --size=9000\n"),
                AllOf(HasSubstr("part raid.1 --ondisk=vda --size"),
                      HasSubstr("part raid.2 --ondisk=vdb --size"),
                      HasSubstr("ignoredisk --only-use=vda,vdb\n")));
}

TEST(AdoptKickstart, TakesAValueThatIsAWordOfItsOwn) {
    EXPECT_THAT(loosened("network --device eth0 --bootproto static --ip 192.0.2.1\n"),
                HasSubstr("network --device=link --bootproto=dhcp\n"));
}

TEST(AdoptKickstart, LeavesAlineThatTheInstallerWouldRefuse) {
    EXPECT_THAT(loosened("part / --ondisk=sda --label=\"open\n"),
                HasSubstr("part / --ondisk=sda --label=\"open\n"));
}

TEST(AdoptKickstart, PutsNothingIntoScripts) {
    const std::string text = loosened("%post\nreboot\npart / --ondisk=sda\n%end\n");
    EXPECT_THAT(text, HasSubstr("poweroff\n%post\nreboot\npart / --ondisk=sda\n%end\n"));
}

TEST(AdoptKickstart, KnowsNoReqpartBeforeThereWasOne) {
    const std::string efi = "part /boot/efi --fstype=efi --ondisk=sda --size=200\n";
    EXPECT_THAT(loosened(efi, "6"), HasSubstr("part /boot/efi --fstype=efi --size=200\n"));
    EXPECT_THAT(loosened(efi, "7"), HasSubstr("reqpart\n"));
}

TEST(AdoptKickstart, TakesNoTimeForManyOptions) {
    std::string line = "part / ";
    while (line.size() < adopt_limit / 2)
        line += "--ondisk=sda ";
    EXPECT_THAT(loosened(line + "--size=1\n"), HasSubstr("part / --size=1\n"));
}

TEST(AdoptKickstart, IsNotAnyText) {
    for (const char* text : {"", "#!/bin/sh\necho hello\n", "lang en_US\n", "\xff\xfe\x00",
                             "<profile/>", "#version=DEVEL\n"})
        EXPECT_FALSE(recognize(text, kickstart_rules)) << text;
}

TEST(AdoptTemplate, DoesNotTakeAValueForAVariable) {
    const AdoptedMachine machine{.system = "Hurd", .version = "1.${x}", .arch = "x86_64"};
    EXPECT_THAT(template_of(machine, {}, "vm"), HasSubstr("<version>1.$${x}</version>"));
}

}  // namespace
}  // namespace glinda::answer
