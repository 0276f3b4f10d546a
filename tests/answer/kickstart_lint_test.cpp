#include <gmock/gmock.h>

#include <chrono>

#include "glinda/answer/lint.hpp"
#include "glinda/util/error.hpp"

namespace glinda::answer {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

LintTarget target_of(std::string system, std::string version) {
    return {.dialect = "kickstart",
            .rules = SOURCE_FOLDER "/auto/anaconda/kickstart.xml",
            .system = std::move(system),
            .version = std::move(version)};
}

/// What lint says of a file, a line each.
std::vector<std::string> said(std::string_view text, const LintTarget& target) {
    std::vector<std::string> all;
    for (const Finding& finding : lint(text, target))
        all.push_back(to_text(finding, "ks"));
    return all;
}

/// What it says of one command, without what the rest of the file lacks.
std::vector<std::string> said_of(std::string_view command, std::string system,
                                 std::string version) {
    std::vector<std::string> all = said(command, target_of(std::move(system), std::move(version)));
    std::erase_if(all, [](const std::string& line) { return !line.starts_with("ks:1:"); });
    return all;
}

// In the shape of the kickstart files that images were made with in those years.
const std::string_view right_7 =
    "install\n"
    "text\n"
    "lang en_US.UTF-8\n"
    "keyboard us\n"
    "timezone --utc Etc/UTC\n"
    "auth --enableshadow --passalgo=sha512\n"
    "rootpw --iscrypted $6$salt$hash\n"
    "url --url=http://mirror.example/7/os/x86_64\n"
    "network --bootproto=dhcp --device=eth0 --onboot=on\n"
    "services --enabled=\"network,sshd\"\n"
    "zerombr\n"
    "clearpart --all --initlabel\n"
    "part / --fstype=xfs --size=4096 --grow\n"
    "bootloader --location=mbr --append=\"console=ttyS0 crashkernel=auto\"\n"
    "poweroff\n"
    "\n"
    "%packages --nobase\n"
    "@core\n"
    "-postfix\n"
    "%end\n"
    "\n"
    "%post --log=/root/post.log\n"
    "echo done # with it\n"
    "%end\n";

TEST(KickstartLint, ARightFileHasNothing) {
    auto of_7 = said(right_7, target_of("CentOS", "7"));
    std::erase_if(of_7, [](const std::string& line) { return line.find("--nobase") != line.npos; });
    EXPECT_THAT(of_7, IsEmpty());
    EXPECT_THAT(said("text\nlang en_US.UTF-8\nkeyboard us\ntimezone Etc/UTC --utc\n"
                     "network --bootproto=dhcp --hostname=img\n"
                     "rootpw --lock\nsshkey --username=root \"ssh-ed25519 AAAA me\"\n"
                     "zerombr\nclearpart --all --initlabel\nautopart --type=plain --nohome\n"
                     "bootloader --append=\"console=ttyS0,115200n8\"\nfirstboot --disable\n"
                     "services --enabled=sshd\npoweroff\n"
                     "%packages\n@^minimal-environment\n%end\n"
                     "%post --erroronfail --log=/root/ks-post.log\ntrue\n%end\n",
                     target_of("RHEL", "9.4")),
                IsEmpty());
}

TEST(KickstartLint, TheFileWhereItAllBeganIsToldEachFaultWithItsLine) {
    const std::string_view file =
        "install\n"
        "lang en_US.UTF-8\n"
        "keyboard us\n"
        "timezone --utc Etc/UTC\n"
        "auth --enableshadow\n"
        "rootpw --plaintext secret # to be changed\n"
        "zerombr yes\n"
        "clearpart --all\n"
        "part / --size=4096\n"
        "services --enabled= \"network,sshd\"\n"
        "--log=/root/post.log\n"
        "Bootloader --location=mbr\n"
        "poweroff\n"
        "%packages\n"
        "@core\n"
        "%end\n";
    EXPECT_THAT(said(file, target_of("CentOS", "7")),
                ElementsAre("ks:6: warning: a comment behind rootpw: only whole lines are "
                            "documented as comments; put it on a line of its own",
                            "ks:7: error: zerombr takes no argument: \"yes\"; write zerombr alone",
                            "ks:10: error: a space behind --enabled= parts it from its value; "
                            "write --enabled=network,sshd",
                            "ks:11: error: an option without a command: --log; a command and all "
                            "of its options stand on one line",
                            "ks:12: error: Bootloader is no command: they are written in lower "
                            "case; write bootloader"));
}

TEST(KickstartLint, ItIsQuick) {
    const auto start = std::chrono::steady_clock::now();
    static_cast<void>(said(right_7, target_of("CentOS", "7")));
    // Twenty milliseconds are the aim for the program; the tests are built to be checked, not fast.
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds{500});
}

TEST(KickstartLint, InstallAndAuthAreRightThenDeprecatedThenWrong) {
    EXPECT_THAT(said_of("install\n", "RHEL", "7.9"), IsEmpty());
    EXPECT_THAT(said_of("auth --enableshadow\n", "RHEL", "7"), IsEmpty());
    EXPECT_THAT(said_of("install\n", "Rocky", "8.10"),
                ElementsAre(HasSubstr("warning: install is deprecated: the installer ignores it "
                                      "(since RHEL 8)")));
    EXPECT_THAT(said_of("auth --enableshadow\n", "AlmaLinux", "8"),
                ElementsAre("ks:1: warning: auth is deprecated (since RHEL 8); authselect select "
                            "sssd"));
    EXPECT_THAT(said_of("install\n", "RHEL", "9"),
                ElementsAre(HasSubstr("error: install is no command any more (since RHEL 9)")));
    EXPECT_THAT(said_of("auth --enableshadow\n", "CentOS", "10"),
                ElementsAre("ks:1: error: auth is no command any more (since RHEL 10); authselect "
                            "select sssd"));
    EXPECT_THAT(said_of("install\n", "Fedora", "34"),
                ElementsAre(HasSubstr("no command any more (since Fedora 34)")));
}

TEST(KickstartLint, OptionsHaveTheirReleasesToo) {
    EXPECT_THAT(said_of("autopart --type=btrfs\n", "RHEL", "7"), IsEmpty());
    EXPECT_THAT(said_of("autopart --type=btrfs\n", "RHEL", "9"),
                ElementsAre("ks:1: error: autopart does not take --type=btrfs (since RHEL 8)"));
    EXPECT_THAT(
        said_of("timezone Etc/UTC --ntpservers=a\n", "RHEL", "10"),
        ElementsAre(HasSubstr("no option --ntpservers any more (since RHEL 10); timesource")));
    EXPECT_THAT(said_of("rootpw --allow-ssh x\n", "RHEL", "8"),
                ElementsAre("ks:1: error: rootpw has no option --allow-ssh before RHEL 9"));
    EXPECT_THAT(said_of("rdp\n", "Fedora", "42"),
                ElementsAre("ks:1: error: rdp is no command before Fedora 43"));
}

TEST(KickstartLint, ArgumentsAreChecked) {
    EXPECT_THAT(said_of("part / --size=4G\n", "RHEL", "9"),
                ElementsAre("ks:1: error: --size of part is a whole number, not \"4G\""));
    EXPECT_THAT(said_of("network --bootproto=dchp\n", "RHEL", "9"),
                ElementsAre(HasSubstr("one of dhcp, bootp, static, query, ibft, not \"dchp\"")));
    EXPECT_THAT(said_of("network --boot dhcp\n", "RHEL", "9"), IsEmpty());
    EXPECT_THAT(said_of("network --noip\n", "RHEL", "9"),
                ElementsAre(HasSubstr("--noip of network may be --noipv4 or --noipv6")));
    EXPECT_THAT(said_of("network --hostnme=a\n", "RHEL", "9"),
                ElementsAre(HasSubstr("did you mean --hostname")));
    EXPECT_THAT(said_of("user --uid=1\n", "RHEL", "9"),
                ElementsAre("ks:1: error: user needs --name"));
    EXPECT_THAT(said_of("skipx=1\n", "RHEL", "9"), ElementsAre(HasSubstr("did you mean skipx")));
    EXPECT_THAT(said_of("logvol / --vgname=a --name=b --size=1 --thin\n", "RHEL", "9"),
                ElementsAre("ks:1: error: --thin of logvol needs --poolname"));
    EXPECT_THAT(said_of("url --url=http://a --mirrorlist=http://b\n", "RHEL", "9"),
                ElementsAre(HasSubstr("only one of --url, --mirrorlist, --metalink")));
    EXPECT_THAT(said_of("selinux --enforcing=yes\n", "RHEL", "9"),
                ElementsAre(HasSubstr("--enforcing of selinux takes no value")));
}

TEST(KickstartLint, AValueHasTheShapeThatTheReleaseWants) {
    EXPECT_THAT(said_of("network --interfacename=vlan4095\n", "RHEL", "7"), IsEmpty());
    EXPECT_THAT(said_of("network --interfacename=abc.0\n", "RHEL", "7"), IsEmpty());
    EXPECT_THAT(said_of("network --interfacename=vlan4096\n", "RHEL", "8"), IsEmpty());
    EXPECT_THAT(
        said_of("network --interfacename=vlan4096\n", "RHEL", "7"),
        ElementsAre("ks:1: error: --interfacename of network cannot be \"vlan4096\"; a name, "
                    "NAME.ID or vlanID, with an ID of 0 to 4095"));
    EXPECT_THAT(said_of("network --interfacename=vlan.5\n", "RHEL", "7"), testing::SizeIs(1));
    EXPECT_THAT(said_of("upgrade --root-device=\n", "RHEL", "6"),
                ElementsAre("ks:1: error: --root-device of upgrade cannot be \"\""));
}

TEST(KickstartLint, OptionsMayHaveToStandBeforeTheLastWord) {
    EXPECT_THAT(said_of("realm join --no-password example.com\n", "RHEL", "9"), IsEmpty());
    EXPECT_THAT(said_of("realm join example.com --no-password\n", "RHEL", "9"),
                ElementsAre(HasSubstr("realm has an argument too many: \"--no-password\"")));
}

TEST(KickstartLint, ASecretIsInNoMessage) {
    for (const std::string_view line :
         {"rootpw hunter2 hunter2\n", "user --name=a --password= hunter2\n",
          "sshpw --username=a --nothing=hunter2 hunter2\n", "rootpw hunter#2hunter2\n"})
        for (const std::string& text : said(line, target_of("RHEL", "9")))
            EXPECT_THAT(text, Not(HasSubstr("hunter2")));
}

TEST(KickstartLint, SectionsHaveToEnd) {
    EXPECT_THAT(said("%packages\n@core\n%post\ntrue\n%end\n%end\n", target_of("RHEL", "9")),
                testing::Contains("ks:1: error: the section %packages has no %end (since RHEL 6); "
                                  "close it with a line %end"));
    EXPECT_THAT(said("%packages\n@core\n%end\n%end\n", target_of("RHEL", "9")),
                testing::Contains("ks:4: error: %end ends nothing: no section is open"));
    EXPECT_THAT(said("%pre\n%anaconda\n%end\n", target_of("Fedora", "40")),
                testing::Contains(HasSubstr("ks:2: error: the section %anaconda begins inside")));
    EXPECT_THAT(said_of("%postt\n%end\n", "RHEL", "9"),
                ElementsAre("ks:1: error: %postt is no section; did you mean %post"));
    EXPECT_THAT(said_of("%packages --instLangs=en\n%end\n", "RHEL", "10"),
                ElementsAre(HasSubstr("no option --instLangs any more (since RHEL 10)")));
}

TEST(KickstartLint, AGroupThatTheReleaseDoesNotHaveIsTold) {
    const auto findings = [](std::string_view entry, std::string version) {
        return said("%packages\n" + std::string{entry} + "\n%end\n",
                    target_of("RHEL", std::move(version)));
    };
    EXPECT_THAT(findings("@base", "9"),
                testing::Contains("ks:2: error: @base is not in RHEL 9 (since RHEL 8); @standard"));
    EXPECT_THAT(findings("-@base", "9"), Not(testing::Contains(HasSubstr("@base"))));
    EXPECT_THAT(
        findings("@^minimal-environment", "7"),
        testing::Contains("ks:2: error: @^minimal-environment is not in RHEL 7; @^minimal"));
    EXPECT_THAT(findings("@^anything", "6"), testing::Contains(HasSubstr("@^anything is not in")));
    EXPECT_THAT(findings("@my-own-group", "9"), Not(testing::Contains(HasSubstr("my-own"))));
}

TEST(KickstartLint, WhatIsMissingIsToldOnce) {
    EXPECT_THAT(
        said("text\n", target_of("RHEL", "9")),
        ElementsAre(HasSubstr("nothing sets a root password"),
                    HasSubstr("nothing lays out the disk"), HasSubstr("nothing chooses packages"),
                    HasSubstr("nothing says how it ends")));
    // A file that is included may have all of it.
    EXPECT_THAT(said("text\n%include /tmp/rest\n", target_of("RHEL", "9")), IsEmpty());
}

TEST(KickstartLint, AnInstallerThatWaitsForAKeyIsTold) {
    EXPECT_THAT(said_of("halt\n", "RHEL", "9"), ElementsAre(HasSubstr("waits for a key")));
    EXPECT_THAT(said_of("poweroff\n", "RHEL", "9"), IsEmpty());
}

TEST(KickstartLint, CommandsThatExcludeEachOtherAreTold) {
    const LintTarget target = target_of("RHEL", "9");
    EXPECT_THAT(said("autopart\npart / --size=1\n%include x\n", target),
                ElementsAre(HasSubstr("ks:2: error: autopart and part exclude each other")));
    EXPECT_THAT(said("lang C\nlang C\n%include x\n", target),
                ElementsAre(HasSubstr("ks:2: warning: lang stands in line 1, too")));
    EXPECT_THAT(said("reboot\npoweroff\n%include x\n", target),
                ElementsAre(HasSubstr("ks:2: warning: poweroff stands after reboot of line 1")));
    EXPECT_THAT(said("user --name=a\nuser --name=b\nuser --name=a\n%include x\n", target),
                ElementsAre(HasSubstr("ks:3: warning: user of line 1 is already the same one")));
}

TEST(KickstartLint, DisksThatThereWillNotBeAreTold) {
    LintTarget target = target_of("RHEL", "9");
    const std::string_view file =
        "ignoredisk --only-use=sda,vda\nclearpart --drives=/dev/disk/by-id/x\n"
        "part / --ondisk=nvme0n1p1 --size=1\n%include x\n";
    EXPECT_THAT(said(file, target), IsEmpty());
    target.disks = {"vda"};
    EXPECT_THAT(said(file, target),
                ElementsAre("ks:1: error: --only-use of ignoredisk: there will be no disk sda; the "
                            "machine has vda",
                            HasSubstr("ks:3: error: --ondisk of part: there will be no disk "
                                      "nvme0n1")));
}

TEST(KickstartLint, ANewerReleaseIsTakenForTheNewestKnownAndAnOlderForNone) {
    EXPECT_THAT(said_of("auth x\n", "RHEL", "12"), ElementsAre(HasSubstr("no command any more")));
    EXPECT_THAT(said_of("whatever\n", "Fedora", "9"), IsEmpty());
    EXPECT_THAT(said_of("whatever\n", "Some other system", "9"), IsEmpty());
}

TEST(KickstartLint, AMessageIsOneShortLineWhateverTheFileHolds) {
    const std::string hostile = "zerombr \x1b[2J\r\x07" + std::string(10000, 'x') + "\\\n";
    for (const Finding& finding : lint(hostile, target_of("RHEL", "9"))) {
        EXPECT_LT(finding.what.size(), 500U);
        EXPECT_EQ(finding.what.find_first_of("\x1b\r\n\x07"), std::string::npos);
    }
}

TEST(KickstartLint, HostileLinesTakeNoTime) {
    std::string text;
    for (int i = 0; i < 2000; ++i)
        text += "commnad" + std::string(200, 'x') + " --a=" + std::string(200, '\\') + "\n";
    EXPECT_LE(lint(text, target_of("RHEL", "9")).size(), 1001U);
}

TEST(KickstartLint, RulesThatCannotBeReadAreNamed) {
    LintTarget target = target_of("RHEL", "9");
    target.rules = "/nonexistent/rules.xml";
    EXPECT_THROW(static_cast<void>(lint("text\n", target)), Error);
}

}  // namespace
}  // namespace glinda::answer
