#include "glinda/answer/adopt.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>

#include "glinda/answer/lint.hpp"
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
    const char* system;      ///< as the file tells
    const char* version;     ///< likewise, a code name too
    const char* given = "";  ///< the version, by the user
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
        if (machine_.version.empty())
            machine_.version = GetParam().given;
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

TEST_P(Adopt, LeavesNothingForLintToSay) {
    const std::map<std::string, std::string> rules{{"kickstart", "kickstart.xml"},
                                                   {"preseed", "preseed.xml"},
                                                   {"autoyast", "lint.xml"},
                                                   {"autoinstall", "lint.xml"}};
    std::vector<std::string> said;
    for (const Finding& finding :
         lint(adopted_.text, {.dialect = GetParam().dialect,
                             .rules = rules_.parent_path() / rules.at(GetParam().dialect),
                             .system = machine_.system,
                             .version = machine_.version}))
        said.push_back(to_text(finding, GetParam().file));
    EXPECT_THAT(said, IsEmpty());
}

TEST_P(Adopt, NamesTheLinesOfTheFile) {
    const std::vector<std::string_view> lines = split(text_, '\n');
    for (const AdoptedLine& line : adopted_.lines)
        if (line.line > 0) {
            ASSERT_LE(line.line, lines.size());
            const std::string word{words(line.before).front()};
            EXPECT_THAT(std::string{lines[line.line - 1]},
                        HasSubstr(word.substr(0, word.find_first_of("*>:"))));
        }
}

constexpr auto kickstart = [](const char* file, const char* system, const char* version) {
    return Sample{file, "kickstart", "anaconda", system, version};
};
INSTANTIATE_TEST_SUITE_P(
    Samples, Adopt,
    testing::Values(
        kickstart("almalinux-8.ks", "AlmaLinux", "8"), kickstart("centos-7.ks", "CentOS", "7"),
        kickstart("centos-stream-9.ks", "CentOS", "9"), kickstart("fedora-28.ks", "Fedora", "28"),
        kickstart("fedora-33.ks", "Fedora", "33"), kickstart("fedora-36.ks", "Fedora", "36"),
        kickstart("fedora-40.ks", "Fedora", "40"), kickstart("fedora-42.ks", "Fedora", "42"),
        kickstart("fedora-43.ks", "Fedora", "43"), kickstart("rhel-6.ks", "RHEL", "6"),
        kickstart("rhel-7.ks", "RHEL", "7"), kickstart("rhel-8.ks", "RHEL", "8"),
        kickstart("rhel-9.ks", "RHEL", "9"), kickstart("rhel-10.ks", "RHEL", "10"),
        kickstart("rocky-9.ks", "Rocky", "9"),
        Sample{"debian-11.cfg", "preseed", "debian-installer", "Debian", "bullseye"},
        Sample{"debian-12.cfg", "preseed", "debian-installer", "Debian", "bookworm"},
        Sample{"leap-15.xml", "autoyast", "autoyast", "OpenSUSE", "15.5"},
        Sample{"sles-15.xml", "autoyast", "autoyast", "SLES", "15.4"},
        Sample{"ubuntu-22.04.yaml", "autoinstall", "subiquity", "Ubuntu", "jammy"},
        Sample{"ubuntu-24.04.yaml", "autoinstall", "subiquity", "Ubuntu", "", "24.04"}),
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

TEST(AdoptKickstart, LeavesALineThatTheInstallerWouldRefuse) {
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

TEST(AdoptKickstart, WarnsOfAPassphraseThatTheInstallerWouldAskFor) {
    const auto reasons = [](const std::string& line) {
        const std::string text = "#version=RHEL9\nlang en_US.UTF-8\n" + line + "\n";
        const std::optional<AdoptedMachine> machine = recognize(text, kickstart_rules);
        for (const AdoptedLine& adopted :
             adopt(text, "kickstart", kickstart_rules, machine.value_or(AdoptedMachine{})).lines)
            if (adopted.line == 3)
                return join(adopted.reasons, "; ");
        return std::string{};
    };
    EXPECT_THAT(reasons("autopart --encrypted"), HasSubstr("add --passphrase"));
    EXPECT_EQ(reasons("autopart --encrypted --passphrase=x"), "");
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

/// The same for another family, of a machine that has nothing to tell.
std::string loosened(const char* dialect, const char* family, const std::string& text) {
    const fs::path rules = fs::path{SOURCE_FOLDER "/auto"} / family / "adopt.xml";
    const std::optional<AdoptedMachine> machine = recognize(text, rules);
    EXPECT_TRUE(machine);
    return adopt(text, dialect, rules, machine.value_or(AdoptedMachine{})).text;
}

std::string why_not(const char* dialect, const char* family, const std::string& text) {
    try {
        return loosened(dialect, family, text);
    } catch (const Error& error) {
        return error.fault() == Fault::usage ? error.what() : "not the user's fault";
    }
}

std::string profile(const std::string& content) {
    return "<?xml version=\"1.0\"?>\n<profile xmlns=\"http://www.suse.com/1.0/yast2ns\">" +
           content + "</profile>\n";
}

TEST(AdoptAutoyast, LeavesTheBytesOfAllThatItDoesNotChange) {
    const std::string kept =
        "<!-- a  note -->\r\n<scripts><source><![CDATA[a && b\n]]></source>\t<x a='1'  "
        "/></scripts>";
    const std::string text = loosened("autoyast", "autoyast", profile(kept));
    EXPECT_THAT(text,
                HasSubstr("<!-- a  note -->\r\n<scripts><source><![CDATA[a && b\n]]></source>\t"));
}

TEST(AdoptAutoyast, KeepsTheNameOfAVolumeGroup) {
    EXPECT_THAT(loosened("autoyast", "autoyast",
                         profile("<partitioning><drive><device>/dev/system</device>"
                                 "<type>CT_LVM</type></drive></partitioning>")),
                HasSubstr("<device>/dev/system</device>"));
}

TEST(AdoptAutoyast, RefusesWhatIsNoXml) {
    EXPECT_THAT(
        why_not("autoyast", "autoyast", "<profile xmlns=\"http://www.suse.com/1.0/yast2ns\">"),
        HasSubstr("it is not well-formed XML"));
}

std::string autoinstall(const std::string& content) {
    return "#cloud-config\nautoinstall:\n  version: 1\n" + content;
}

TEST(AdoptAutoinstall, HandsTheMarkOfAListsEntryOn) {
    EXPECT_THAT(loosened("autoinstall", "subiquity",
                         autoinstall("  storage:\n"
                                     "    config:\n"
                                     "    - uuid: 1-2\n"
                                     "      # kept\n"
                                     "      type: format\n"
                                     "    - uuid: 3-4\n")),
                HasSubstr("    config:\n"
                          "      # kept\n"
                          "    - type: format\n"
                          "    - {}\n"));
}

TEST(AdoptAutoinstall, TakesAwayListsThatAreNotIndented) {
    EXPECT_THAT(loosened("autoinstall", "subiquity",
                         autoinstall("  interactive-sections:\n  - network\n  - storage\n"
                                     "  locale: C.UTF-8\n")),
                testing::EndsWith("  shutdown: poweroff\n  version: 1\n  locale: C.UTF-8\n"));
}

TEST(AdoptAutoinstall, SaysWhichLineItCannotChange) {
    EXPECT_EQ(
        why_not("autoinstall", "subiquity", autoinstall("  storage: {config: [{uuid: 1-2}]}\n")),
        "line 4: uuid has to be "
        "changed; write it on a line of its own");
}

TEST(AdoptAutoinstall, RefusesWhatIsNoYaml) {
    EXPECT_THAT(why_not("autoinstall", "subiquity", autoinstall("\tlocale: C\n")),
                HasSubstr("line 4: a tab in the indentation"));
}

TEST(AdoptPreseed, TakesTheCommentOfAnAnswerAwayWithIt) {
    EXPECT_THAT(
        loosened("preseed", "debian-installer",
                 "# Of all\n\n# Card:\n# Choices: a, b\nd-i netcfg/get_ipaddress string 192.0.2.1\n"
                 "# Name:\nd-i  netcfg/get_domain  string  example.org\n"),
        StartsWith("# Of all\n\n# Name:\nd-i  netcfg/get_domain  string  example.org\n"));
}

TEST(AdoptPreseed, LeavesAPasswordThatIsThere) {
    const std::string text = loosened("preseed", "debian-installer",
                                      "d-i passwd/root-password-crypted password $6$a$bcdef\n"
                                      "d-i passwd/make-user boolean false\n");
    EXPECT_THAT(text, AllOf(HasSubstr("$6$a$bcdef\n"), Not(HasSubstr("password !"))));
}

TEST(AdoptTemplate, DoesNotTakeAValueForAVariable) {
    const AdoptedMachine machine{.system = "Hurd", .version = "1.${x}", .arch = "x86_64"};
    EXPECT_THAT(template_of(machine, {}, "vm"), HasSubstr("<version>1.$${x}</version>"));
}

}  // namespace
}  // namespace glinda::answer
