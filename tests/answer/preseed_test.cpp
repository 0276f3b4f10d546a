#include "glinda/answer/preseed.hpp"

#include "debconf.hpp"
#include "dialect_lint.hpp"
#include "glinda/util/files.hpp"
#include "glinda/util/process.hpp"
#include "glinda/util/text.hpp"

namespace glinda::answer {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const LintTarget target{.dialect = "preseed",
                        .rules = SOURCE_FOLDER "/auto/debian-installer/preseed.xml",
                        .system = "Debian",
                        .version = "13",
                        .disks = {"vda"}};

// One answer a line, so that the table can count.
const std::string right_file = R"(#_preseed_V1
d-i debian-installer/locale string en_US.UTF-8
d-i keyboard-configuration/xkb-keymap select us
d-i netcfg/get_hostname string vm
d-i passwd/root-password-crypted password $6$salt$hash
d-i passwd/make-user boolean false
d-i partman-auto/disk string /dev/vda
d-i partman-auto/method string regular
d-i partman-auto/choose_recipe select atomic
d-i partman-partitioning/confirm_write_new_label boolean true
d-i partman/choose_partition select finish
d-i partman/confirm boolean true
d-i partman/confirm_nooverwrite boolean true
tasksel tasksel/first multiselect standard, ssh-server
d-i pkgsel/upgrade select none
d-i preseed/late_command string \
  in-target systemctl enable ssh; \
  true
d-i finish-install/reboot_in_progress note
d-i debian-installer/exit/poweroff boolean true
)";

const std::vector<FaultyFile> faults{
    {"TwoWords", "d-i netcfg/get_hostname string vm", "d-i netcfg/get_hostname", 4, error,
     "no answer", "d-i QUESTION TYPE VALUE"},
    {"IndentedComment", "d-i netcfg/get_hostname string vm", "  # d-i a b c", 4, error,
     "first column", "before the #"},
    {"BlankBehindBackslash", "standard, ssh-server", "standard\\ ", 14, error, "white space",
     "away"},
    {"EmptyLineInAnswer", "ssh; \\\n", "ssh; \\\n\n", 18, error, "line 19 becomes a part",
     "backslash"},
    {"EndInAnswer", "exit/poweroff boolean true\n",
     "exit/poweroff boolean true\nd-i netcfg/get_domain string \\\n", 21, error, "dropped",
     "backslash"},
    {"UnknownType", "get_hostname string", "get_hostname strnig", 4, error, "no type \"strnig\"",
     "string"},
    {"Mistyped", "netcfg/get_hostname", "netcfg/get_hostnmae", 4, warning, "no question",
     "netcfg/get_hostname?"},
    {"ForeignOwner", "d-i netcfg", "di netcfg", 4, warning, "question of the installer", "d-i"},
    {"PackageQuestion", "d-i netcfg/get_hostname string vm",
     "d-i popularity-contest/participate boolean false", 4, warning, "no question", "as the owner"},
    {"NoBoolean", "d-i netcfg/get_hostname string vm", "d-i apt-setup/non-free boolean yes", 4,
     error, "true or false", "true"},
    {"NoChoice", "pkgsel/upgrade select none", "pkgsel/upgrade select all", 15, error,
     "no choice \"all\"", "safe-upgrade"},
    {"LateCommandTwice", "d-i finish", "d-i preseed/late_command string reboot\nd-i finish", 19,
     error, "line 16 already", "COMMAND; COMMAND"},
    {"AnsweredTwice", "d-i finish", "d-i netcfg/get_hostname string other\nd-i finish", 19, warning,
     "last answer counts", "away"},
    {"Alias", "netcfg/get_hostname", "hostname", 4, warning, "command line", "whole name"},
    {"Frontend", "d-i netcfg/get_hostname string vm", "d-i debconf/frontend string noninteractive",
     4, warning, "front end", "DEBIAN_FRONTEND"},
    {"FrontendAsQuestion", "d-i netcfg/get_hostname string vm",
     "d-i DEBIAN_FRONTEND string noninteractive", 4, warning, "command line", "name"},
    {"NoLocale", "d-i debian-installer/locale string en_US.UTF-8\n", "", 0, error, "language",
     "d-i debian-installer/locale"},
    {"NoKeyboard", "d-i keyboard-configuration/xkb-keymap select us\n", "", 0, error, "keyboard",
     "xkb-keymap"},
    {"NoRootPassword", "d-i passwd/root-password-crypted password $6$salt$hash\n", "", 0, error,
     "root's password", "mkpasswd"},
    {"PlainPassword", "d-i passwd/root-password-crypted password $6$salt$hash",
     "d-i passwd/root-password password s\nd-i passwd/root-password-again password s", 5, warning,
     "the password itself", "passwd/root-password-crypted"},
    {"NoHash", "$6$salt$hash", "secret", 5, error, "no hash", "mkpasswd"},
    {"NoUser", "d-i passwd/make-user boolean false\n", "", 0, error, "ask for a user", "make-user"},
    {"NoMethod", "d-i partman-auto/method string regular\n", "", 0, error, "how to partition",
     "partman-auto/method"},
    {"WrongMethod", "method string regular", "method string zfs", 8, error, "method zfs", "lvm"},
    {"LvmUnconfirmed", "method string regular", "method string lvm", 8, error, "volumes",
     "partman-lvm/confirm"},
    {"NoSwap", "choose_recipe select atomic",
     "expert_recipe string r :: 1000 5000 -1 ext4 mountpoint{ / } .", 9, error, "no swap",
     "no_swap boolean false"},
    {"NoSuchDisk", "/dev/vda", "/dev/sda", 7, error, "no disk /dev/sda", "/dev/vda"},
    {"NotConfirmed", "d-i partman/confirm boolean true\n", "", 0, error, "before it writes",
     "partman/confirm"},
    {"NotFinished", "d-i partman/choose_partition select finish\n", "", 0, error,
     "list of partitions", "finish"},
    {"LabelUnconfirmed", "d-i partman-partitioning/confirm_write_new_label boolean true\n", "", 0,
     error, "partition table", "confirm_write_new_label"},
    {"NetworkAsked", "d-i netcfg/get_hostname string vm",
     "d-i netcfg/disable_autoconfig boolean true", 4, error, "without DHCP",
     "netcfg/get_ipaddress"},
    {"KeyAtTheEnd", "d-i finish-install/reboot_in_progress note\n", "", 0, error, "wait for a key",
     "reboot_in_progress"},
    {"Reboots", "d-i debian-installer/exit/poweroff boolean true\n", "", 0, warning, "reboots",
     "exit/poweroff boolean true"},
    {"Interactive", "d-i netcfg/get_hostname string vm", "d-i preseed/interactive boolean true", 4,
     error, "makes the installer ask", "away"},
    {"Unseen", "d-i netcfg/get_hostname string vm", "d-i netcfg/get_hostname seen false", 4, error,
     "not seen", "away"},
    {"LowPriority", "d-i netcfg/get_hostname string vm", "d-i debconf/priority select low", 4,
     warning, "priority low", "critical"},
};

TEST(PreseedLint, ARightFileGivesNothing) {
    EXPECT_EQ(all(lint(right_file, target)), "");
}

class PreseedFault : public testing::TestWithParam<FaultyFile> {};
TEST_P(PreseedFault, IsToldByItsLine) {
    const FaultyFile& fault = GetParam();
    expect_one(lint(replaced(right_file, fault.right, fault.wrong), target), fault);
}
INSTANTIATE_TEST_SUITE_P(Each, PreseedFault, testing::ValuesIn(faults), name_of);

TEST(PreseedLint, AnOlderReleaseMayAskOtherQuestions) {
    LintTarget older = target;
    older.version = "9";
    EXPECT_EQ(all(lint(replaced(right_file, "netcfg/get_hostname", "netcfg/other"), older)), "");
}

TEST(PreseedLint, TheSameAnswerAgainIsNoFault) {
    EXPECT_EQ(all(lint(right_file + "d-i netcfg/get_hostname string vm\n", target)), "");
}

TEST(PreseedLint, APasswordIsNeverTold) {
    const std::string text =
        replaced(right_file, "passwd/root-password-crypted password $6$salt$hash",
                 "passwd/root-password boolean s3cret");
    EXPECT_THAT(all(lint(text, target)), testing::Not(HasSubstr("s3cret")));
}

TEST(PreseedLint, TheQuestionsAreSorted) {
    const std::string text = read_file(SOURCE_FOLDER "/auto/debian-installer/questions.txt");
    std::vector<std::string> names;
    for (const std::string_view line : split(text, '\n'))
        if (!line.starts_with('#') && !line.empty())
            names.emplace_back(words(line).front());
    EXPECT_GT(names.size(), 600U);
    EXPECT_TRUE(std::ranges::is_sorted(names));
}

TEST(Preseed, IsReadWithItsLines) {
    const Preseed preseed = read_preseed(
        "# c\n\td-i a/b  string  x  y \r\nd-i c/d string 1 \\\n# no\n"
        "   2 \\\n\t3\nd-i e/f note\nowner q/r seen true\n");
    EXPECT_THAT(preseed.faults, IsEmpty());
    ASSERT_EQ(preseed.entries.size(), 4U);
    EXPECT_EQ(preseed.entries[0].value, "x  y");
    EXPECT_EQ(preseed.entries[1].value, "1 2 3");
    EXPECT_EQ(preseed.entries[1].first_line, 3U);
    EXPECT_EQ(preseed.entries[1].last_line, 6U);
    EXPECT_EQ(preseed.entries[2].type, "note");
    EXPECT_EQ(preseed.entries[2].value, "");
    EXPECT_EQ(preseed.entries[3].owner, "owner");
}

/// Whether the packaged validator takes a text for right; it is the oracle.
bool is_right_for_debconf(const std::string& text) {
    const Result result = debconf_check(text);
    return result.status == 0 && result.errors.find("warning: Unknown type") == std::string::npos;
}

TEST(Preseed, AgreesWithDebconfOnLines) {
    const std::vector<std::string> texts{"d-i a/b string c\n",  "d-i a/b string\n",
                                         "d-i a/b\n",           "d-i\n",
                                         "\td-i a/b note\n",    "d-i a/b strnig c\n",
                                         "# comment\n",         "d-i a/b string c \\\n d\n",
                                         "d-i a/b text c\n",    "d-i a/b string c\\ \nd-i\n",
                                         "d-i a/b select\tc\n", "d-i a/b boolean maybe\n"};
    for (const std::string& text : texts) {
        const auto findings =
            lint(text, {.dialect = "preseed", .rules = {}, .system = "", .version = ""});
        const bool is_right = std::ranges::none_of(findings, [](const Finding& finding) {
            return finding.what.find("no answer") != std::string::npos ||
                   finding.what.find("no type") != std::string::npos;
        });
        EXPECT_EQ(is_right, is_right_for_debconf(text)) << text;
    }
}

}  // namespace
}  // namespace glinda::answer
