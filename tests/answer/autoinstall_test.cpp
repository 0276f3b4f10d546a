#include "dialect_lint.hpp"
#include "glinda/util/files.hpp"
#include "glinda/util/process.hpp"

namespace glinda::answer {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

const LintTarget target{.dialect = "autoinstall",
                        .rules = SOURCE_FOLDER "/auto/subiquity/lint.xml",
                        .system = "Ubuntu",
                        .version = "24.04",
                        .disks = {"vda"}};

const std::string right_file = R"(#cloud-config
autoinstall:
  version: 1
  locale: en_US.UTF-8
  keyboard: {layout: us}
  identity:
    hostname: guest
    username: admin
    password: "$6$salt$hash"
  ssh:
    install-server: yes
    authorized-keys: ["ssh-ed25519 AAAA"]
    allow-pw: false
  storage:
    layout: {name: direct}
  network:
    version: 2
    ethernets: {any: {match: {name: "e*"}, dhcp4: true}}
  packages: [qemu-guest-agent]
  late-commands:
    - echo done
    - [curtin, in-target, --, "true"]
  updates: security
  shutdown: poweroff
)";

const std::vector<FaultyFile> faults{
    {"NoHeader", "#cloud-config\n", "", 1, error, "first line is not #cloud-config",
     "#cloud-config"},
    {"Tab", "  locale:", "\tlocale:", 4, error, "tab in the indentation", "spaces"},
    {"NoYaml", "packages: [qemu-guest-agent]", "packages: [qemu-guest-agent", 20, error, "no YAML",
     "quotes"},
    {"NoVersion", "  version: 1\n", "", 2, error, "version is missing", "version: 1"},
    {"FutureVersion", "  version: 1\n", "  version: 2\n", 3, error, "version cannot be 2",
     "version: 1"},
    {"TextAsVersion", "  version: 1\n", "  version: \"1\"\n", 3, error,
     "a whole number, not a text", "version: 1"},
    {"UnknownKey", "packages:", "package:", 19, warning, "no key package", "packages?"},
    {"UnknownInnerKey", "username:", "usrname:", 8, error, "no key identity.usrname", "username?"},
    {"KeyOfANewerRelease", "  updates:", "  kernel-crash-dumps: {enabled: true}\n  updates:", 23,
     warning, "exists since Ubuntu 24.10 only", "away"},
    {"OutOfDate", "locale: en_US.UTF-8", "locale: 1_000", 4, error,
     "locale is a text, not a whole number", "quotes"},
    {"NumberAsHostName", "hostname: guest", "hostname: 42", 7, error, "identity.hostname is a text",
     "quotes"},
    {"NormAsKeyboard", "{layout: us}", "us", 5, error, "keyboard is a map, not a text", "a map"},
    {"NoAsLayout", "{layout: us}", "{layout: no}", 5, error,
     "keyboard.layout is a text, not true or false", "quotes"},
    {"UnknownChoice", "updates: security", "updates: none", 23, error, "updates cannot be \"none\"",
     "security or all"},
    {"UnknownLayout", "{name: direct}", "{name: ext4}", 15, error, "storage.layout.name", "direct"},
    {"NestedNetwork", "    version: 2\n", "    version: 1\n", 17, error,
     "network.version cannot be 1", "version: 2"},
    {"NumberAsCommand", "    - echo done", "    - 5", 21, error,
     "late-commands[] is a text or a list", "quotes"},
    {"RepeatedKey", "  updates: security", "  updates: all\n  updates: security", 24, warning,
     "updates stands here a second time", "away"},
    {"AtTheTop", "autoinstall:\n", "", 2, error, "keys stand at the top", "indent"},
    {"Nothing", "autoinstall:", "autoinstal:", 2, error, "no autoinstall", "autoinstall:"},
    {"Beside", "  updates: security\n  shutdown: poweroff\n",
     "  shutdown: poweroff\nsource:\n  id: x\n", 24, error, "source stands beside autoinstall",
     "indent"},
    {"ForTheInstaller", "  shutdown: poweroff\n", "  shutdown: poweroff\nruncmd: [true]\n", 25,
     warning, "for the running installer", "user-data"},
    {"Interactive", "  updates:", "  interactive-sections:\n    - network\n  updates:", 24, error,
     "ask about network", "away"},
    {"PlainPassword", "$6$salt$hash", "secret", 9, error, "holds no hash", "mkpasswd"},
    {"NoWayIn", "    authorized-keys: [\"ssh-ed25519 AAAA\"]\n", "", 10, warning,
     "nobody can log in over SSH", "authorized-keys"},
    {"TwoLayouts", "    layout: {name: direct}", "    layout: {name: direct}\n    config: []", 16,
     warning, "config is not read", "away"},
    {"NoSuchDisk", "{name: direct}", "{name: direct, match: {path: /dev/sda}}", 15, error,
     "no disk /dev/sda", "largest"},
    {"Reboots", "shutdown: poweroff", "shutdown: reboot", 24, warning, "reboots", "poweroff"},
    {"NoEnd", "  shutdown: poweroff\n", "", 2, warning, "reboots", "poweroff"},
    {"SecondDocument", "  shutdown: poweroff\n", "  shutdown: poweroff\n---\na: 1\n", 0, error,
     "second document", "---"},
};

TEST(Autoinstall, ARightFileGivesNothing) {
    EXPECT_EQ(all(lint(right_file, target)), "");
}

class AutoinstallFault : public testing::TestWithParam<FaultyFile> {};
TEST_P(AutoinstallFault, IsToldByItsLine) {
    const FaultyFile& fault = GetParam();
    expect_one(lint(replaced(right_file, fault.right, fault.wrong), target), fault);
}
INSTANTIATE_TEST_SUITE_P(Each, AutoinstallFault, testing::ValuesIn(faults), name_of);

TEST(Autoinstall, NobodyMakesAUser) {
    const std::size_t from = right_file.find("  identity:");
    std::string text = right_file;
    text.erase(from, right_file.find("  ssh:") - from);
    EXPECT_THAT(all(lint(text, target)), HasSubstr("nothing makes a user"));
    text += "  user-data:\n    users: [default]\n";
    EXPECT_EQ(all(lint(text, target)), "");
}

TEST(Autoinstall, AnOlderReleaseKnowsFewerKeys) {
    const std::string text =
        replaced(right_file, "  updates: security", "  updates: security\n  oem: {install: auto}");
    EXPECT_EQ(all(lint(text, target)), "");
    LintTarget older = target;
    older.version = "22.04";  // whose last media have the installer of 24.04
    EXPECT_EQ(all(lint(text, older)), "");
    older.version = "20.04";
    EXPECT_EQ(all(lint(text, older)),
              "file:24: warning: oem exists since Ubuntu 23.10 only; take it away\n");
}

TEST(Autoinstall, AnchorsAndMergesAreFollowed) {
    const std::string text = replaced(replaced(right_file, "{layout: us}", "&k {layout: us}"),
                                      "{name: direct}", "{name: &n direct}");
    EXPECT_EQ(
        all(lint(replaced(text, "updates: security", "keyboard: *k"), target)),
        "file:23: warning: the key keyboard stands here a second time: the last one counts; take "
        "one of the two away\n");
}

TEST(Autoinstall, WhatWouldFillTheMemoryIsRefused) {
    std::string bomb = "#cloud-config\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int i = 1; i < 12; ++i) {
        const std::string before = "*a" + std::to_string(i - 1);
        bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
        for (int j = 0; j < 9; ++j)
            bomb += ", " + before;
        bomb += "]\n";
    }
    EXPECT_THAT(all(lint(bomb, target)), HasSubstr("more than 100000 parts"));
    EXPECT_THAT(all(lint("a: &a [*a]\n", target)), HasSubstr("contains itself"));
    EXPECT_TRUE(has_errors(lint(std::string(100'000, '['), target)));
    EXPECT_TRUE(has_errors(lint(std::string(std::size_t{2} << 20U, 'x'), target)));
}

/// Whether the packaged validator takes a user-data file for right; it is the oracle.
bool is_right_for_cloud_init(const std::string& text) {
    const TemporaryFolder folder{fs::temp_directory_path() / "glinda-user-data-"};
    write_file(folder.path() / "user-data", text);
    return SystemRunner{}
               .run(
                   {.argv = {"cloud-init", "schema", "--config-file", folder.path() / "user-data"}})
               .status == 0;
}

TEST(Autoinstall, AgreesWithCloudInitOnUserData) {
    // The gate installs it, and has this test. tests/run must not: it would be a service that
    // takes part in the next boot of a person's host, and looks for its user data.
    if (!fs::exists("/usr/bin/cloud-init"))
        GTEST_SKIP() << "no cloud-init";  // tests/run must not install it: it acts on the next boot
    EXPECT_TRUE(is_right_for_cloud_init(right_file));
    for (const char* name : {"NoHeader", "Tab", "NoYaml"}) {
        const auto fault = std::ranges::find(faults, name, &FaultyFile::name);
        EXPECT_FALSE(is_right_for_cloud_init(replaced(right_file, fault->right, fault->wrong)))
            << name;
    }
}

}  // namespace
}  // namespace glinda::answer
