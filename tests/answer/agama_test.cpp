#include "dialect_lint.hpp"

namespace glinda::answer {
namespace {

using testing::HasSubstr;

const LintTarget target{.dialect = "agama",
                        .rules = SOURCE_FOLDER "/auto/agama/lint.xml",
                        .system = "SLES",
                        .version = "16.0",
                        .disks = {"vda"}};

const std::string right_file = R"({
  "product": {
    "id": "SLES"
  },
  "localization": {"language": "en_US.UTF-8", "keyboard": "us"},
  "root": {
    "hashedPassword": true,
    "password": "$6$salt$hash",
    "sshPublicKey": "ssh-ed25519 AAAA"
  },
  "software": {"patterns": ["minimal_base"], "packages": ["openssh-server"]},
  "storage": {
    "drives": [
      {
        "search": "/dev/vda",
        "partitions": [{"generate": "default"}, {"search": "*", "delete": true}]
      }
    ]
  },
  "bootloader": {"timeout": 1},
  "questions": {"policy": "auto"},
  "scripts": {
    "post": [
      {
        "name": "p",
        "chroot": true,
        "content": "#!/bin/bash\nsystemctl enable sshd"
      }
    ]
  }
}
)";

const std::vector<FaultyFile> faults{
    {"NoJson", "\"id\": \"SLES\"", "\"id\": \"SLES\",", 4, error, "no JSON", "commas"},
    {"UnknownKey", "\"software\"", "\"sofware\"", 11, error, "no key sofware", "software?"},
    {"UnknownInnerKey", "\"language\"", "\"locale\"", 5, error, "no key localization.locale", ""},
    {"KeyOfANewerRelease", "\"bootloader\"", "\"proxy\": {\"enabled\": false}, \"bootloader\"", 20,
     error, "proxy exists since SLES 16.1 only", "away"},
    {"NumberAsText", "\"keyboard\": \"us\"", "\"keyboard\": 1", 5, error,
     "localization.keyboard is a text", "quotes"},
    {"TextAsBoolean", "\"chroot\": true", "\"chroot\": \"yes\"", 26, error, "scripts.post[].chroot",
     "true or false"},
    {"NegativeTimeout", "\"timeout\": 1", "\"timeout\": -1", 20, error, "cannot be -1", "number"},
    {"UnknownChoice", "\"generate\": \"default\"", "\"generate\": \"all\"", 16, error,
     "cannot be \"all\"", "default or mandatory"},
    {"OldScript", "\"content\"", "\"body\"", 27, warning, "body is out of date", "content"},
    {"RepeatedKey", "\"keyboard\": \"us\"", "\"keyboard\": \"us\", \"keyboard\": \"de\"", 5,
     warning, "a second time", "away"},
    {"UnknownProduct", "\"SLES\"", "\"SLED\"", 3, warning, "no product \"SLED\"", "SLES"},
    {"Asks", "\"auto\"", "\"user\"", 21, error, "ask a person", "auto"},
    {"MayAsk", "  \"questions\": {\"policy\": \"auto\"},\n", "", 1, warning, "unexpectedly",
     "policy"},
    {"MenuWaits", "{\"timeout\": 1}", "{\"stopOnBootMenu\": true}", 20, error, "boot menu",
     "timeout"},
    {"PlainPassword", "    \"hashedPassword\": true,\n", "", 7, warning, "password stands here",
     "mkpasswd"},
    {"NoHash", "$6$salt$hash", "secret", 8, error, "no hash", "mkpasswd"},
    {"TwoStorages", "\"bootloader\"", "\"legacyAutoyastStorage\": [], \"bootloader\"", 20, error,
     "exclude each other", "away"},
    {"NoSuchDisk", "/dev/vda", "/dev/sda", 15, error, "no disk /dev/sda", "/dev/vda"},
    {"NoInterpreter", "#!/bin/bash\\n", "", 27, error, "no interpreter", "#!/bin/bash"},
};

TEST(Agama, ARightFileGivesNothing) {
    EXPECT_EQ(all(lint(right_file, target)), "");
}

class AgamaFault : public testing::TestWithParam<FaultyFile> {};
TEST_P(AgamaFault, IsToldByItsLine) {
    const FaultyFile& fault = GetParam();
    expect_one(lint(replaced(right_file, fault.right, fault.wrong), target), fault);
}
INSTANTIATE_TEST_SUITE_P(Each, AgamaFault, testing::ValuesIn(faults), name_of);

TEST(Agama, NobodyCouldLogIn) {
    EXPECT_THAT(
        all(lint(R"({"product": {"id": "SLES"}, "questions": {"policy": "auto"}})", target)),
        "file:1: error: nobody could log in: the installer does not start without a user or a way "
        "in for root; add \"root\" with \"hashedPassword\": true and a \"password\", or with "
        "\"sshPublicKey\"\n");
}

TEST(Agama, AJsonnetProgramIsNotLookedAt) {
    const auto findings = lint("local x = 1;\n{ product: { id: x } }\n", target);
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].severity, warning);
    EXPECT_THAT(findings[0].what, HasSubstr("Jsonnet"));
}

TEST(Agama, WhatIsTooDeepIsRefused) {
    EXPECT_THAT(all(lint("{\"a\": " + std::string(100'000, '['), target)),
                HasSubstr("60 levels lie within each other"));
}

}  // namespace
}  // namespace glinda::answer
