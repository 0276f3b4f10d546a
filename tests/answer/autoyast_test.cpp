#include "dialect_lint.hpp"

namespace glinda::answer {
namespace {

const LintTarget target{.dialect = "autoyast",
                        .rules = SOURCE_FOLDER "/auto/autoyast/lint.xml",
                        .system = "SLES",
                        .version = "15-SP6",
                        .disks = {"vda"}};

const std::string right_file = R"(<?xml version="1.0"?>
<!DOCTYPE profile>
<profile xmlns="http://www.suse.com/1.0/yast2ns" xmlns:config="http://www.suse.com/1.0/configns">
  <general>
    <mode>
      <confirm config:type="boolean">false</confirm>
      <second_stage config:type="boolean">false</second_stage>
      <halt config:type="boolean">true</halt>
    </mode>
  </general>
  <report>
    <errors><timeout config:type="integer">10</timeout></errors>
  </report>
  <bootloader><global><timeout config:type="integer">1</timeout></global></bootloader>
  <partitioning config:type="list">
    <drive><device>/dev/vda</device><initialize config:type="boolean">true</initialize><use>all</use></drive>
  </partitioning>
  <services-manager><default_target>multi-user</default_target></services-manager>
  <software>
    <products config:type="list"><product>SLES</product></products>
    <packages config:type="list"><package>openssh</package></packages>
  </software>
  <scripts>
    <chroot-scripts config:type="list">
      <script><source><![CDATA[true && systemctl enable sshd]]></source></script>
    </chroot-scripts>
  </scripts>
  <users config:type="list">
    <user>
      <username>root</username>
      <encrypted config:type="boolean">true</encrypted>
      <user_password>$6$salt$hash</user_password>
    </user>
  </users>
</profile>
)";

const std::vector<FaultyFile> faults{
    {"Unclosed", "</report>", "", 35, error, "not well-formed", "close"},
    {"TwoRoots", "</profile>", "</profile>\n<profile/>", 0, error, "more than one root",
     "one element"},
    {"StrayAmpersand", "<![CDATA[true && systemctl enable sshd]]>", "true && reboot", 25, error,
     "starts no reference", "&amp;"},
    {"Entity", "<!DOCTYPE profile>",
     "<!DOCTYPE profile [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>", 2, error,
     "declares an entity", "in place"},
    {"NoPrefix", " xmlns:config=\"http://www.suse.com/1.0/configns\"", "", 6, error,
     "prefix config is not declared", "xmlns:config"},
    {"NoNamespace", " xmlns=\"http://www.suse.com/1.0/yast2ns\"", "", 3, error, "name space",
     "yast2ns"},
    {"UnknownSection",
     "<services-manager><default_target>multi-user</default_target></services-manager>",
     "<service-manager/>", 18, warning, "no section \"service-manager\"", "services-manager?"},
    {"OldSection",
     "<services-manager><default_target>multi-user</default_target></services-manager>", "<inetd/>",
     18, warning, "this release has no section \"inetd\"", "away"},
    {"Confirm", "<confirm config:type=\"boolean\">false", "<confirm config:type=\"boolean\">true",
     6, error, "wait for a confirmation", "false"},
    {"NoConfirm", "      <confirm config:type=\"boolean\">false</confirm>\n", "", 3, error,
     "wait for a confirmation", "false"},
    {"UntypedBoolean", "<confirm config:type=\"boolean\">", "<confirm>", 6, error, "counts as true",
     "config:type=\"boolean\""},
    {"UntypedList", "<products config:type=\"list\">", "<products>", 20, error,
     "products is a list", "config:type=\"list\""},
    {"Licence", "    </mode>",
     "      <confirm_base_product_license config:type=\"boolean\">true"
     "</confirm_base_product_license>\n    </mode>",
     9, error, "licence", "false"},
    {"Ask", "    </mode>\n",
     "    </mode>\n<ask-list config:type=\"list\"><ask><title>x</title></ask></ask-list>\n", 10,
     error, "waits for a person", "timeout"},
    {"SemiAutomatic", "    </mode>\n",
     "    </mode>\n<semi-automatic><a>networking</a></semi-automatic>\n", 10, error,
     "shown to a person", "away"},
    {"ErrorsWait", "<timeout config:type=\"integer\">10</timeout>", "", 3, warning,
     "message of an error", "timeout"},
    {"WarningsWait", "</report>",
     "<warnings><show config:type=\"boolean\">true</show></warnings></report>", 13, warning,
     "messages of warnings", "timeout"},
    {"UnknownKey", "<scripts>",
     "<add-on><add_on_products><listentry/></add_on_products></add-on><scripts>", 3, warning,
     "does not know", "signature-handling"},
    {"Feedback", "<script><source>",
     "<script><feedback config:type=\"boolean\">true</feedback><source>", 25, warning, "shown",
     "false"},
    {"MenuWaits", "integer\">1<", "integer\">-1<", 14, error, "boot menu", "seconds"},
    {"NoProduct", "    <products config:type=\"list\"><product>SLES</product></products>\n", "", 3,
     error, "no product", "software/products"},
    {"Firewall", "<scripts>", "<firewall><FW_DEV_EXT>eth0</FW_DEV_EXT></firewall><scripts>", 23,
     warning, "FW_", "zones"},
    {"Peers", "<scripts>", "<ntp-client><peers/></ntp-client><scripts>", 23, warning, "peers",
     "ntp_servers"},
    {"NoSuchDisk", "/dev/vda", "/dev/sda", 16, error, "no disk /dev/sda", "/dev/vda"},
    {"PlainPassword", "<encrypted config:type=\"boolean\">true</encrypted>", "", 29, warning,
     "a password stands here", "mkpasswd"},
    {"NoHash", "$6$salt$hash", "secret", 32, error, "no hash", "mkpasswd"},
    {"NoRoot", "<username>root</username>", "<username>jane</username>", 3, warning, "root gets",
     "root"},
    {"RunsOn", "      <halt config:type=\"boolean\">true</halt>\n", "", 3, warning, "runs on",
     "halt"},
    {"SecondStage", "      <second_stage config:type=\"boolean\">false</second_stage>\n", "", 7,
     warning, "second stage", "false"},
    {"FinalHalt", "<halt config:type=\"boolean\">true</halt>",
     "<final_halt config:type=\"boolean\">true</final_halt>", 8, warning, "switched off", "halt"},
};

TEST(AutoYast, ARightFileGivesNothing) {
    EXPECT_EQ(all(lint(right_file, target)), "");
}

class AutoYastFault : public testing::TestWithParam<FaultyFile> {};
TEST_P(AutoYastFault, IsToldByItsLine) {
    const FaultyFile& fault = GetParam();
    expect_one(lint(replaced(right_file, fault.right, fault.wrong), target), fault);
}
INSTANTIATE_TEST_SUITE_P(Each, AutoYastFault, testing::ValuesIn(faults), name_of);

TEST(AutoYast, AnotherReleaseHasOtherSections) {
    const std::string text = replaced(right_file, "<scripts>", "<inetd/><scripts>");
    LintTarget leap = target;
    leap.system = "openSUSE";
    leap.version = "42.3";
    EXPECT_EQ(all(lint(text, leap)), "");
    leap.version = "15.6";
    EXPECT_THAT(all(lint(text, leap)), testing::HasSubstr("no section \"inetd\""));
    leap.version = "Tumbleweed";
    EXPECT_THAT(all(lint(text, leap)), testing::HasSubstr("no section \"inetd\""));
}

TEST(AutoYast, WhatIsTooDeepIsRefused) {
    std::string text;
    for (int i = 0; i < 100'000; ++i)
        text += "<a>";
    for (int i = 0; i < 100'000; ++i)
        text += "</a>";
    EXPECT_THAT(all(lint(text, target)), testing::HasSubstr("elements lie within each other"));
}

}  // namespace
}  // namespace glinda::answer
