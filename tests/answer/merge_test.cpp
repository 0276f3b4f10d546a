#include "glinda/answer/merge.hpp"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

namespace glinda::answer {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

constexpr const char* marker = "glinda: installation finished";

TEST(Merge, AKickstartFileGetsAnEndingBeforeItsSectionsAndAMarkerAtItsEnd) {
    const std::string own =
        "text\nlang en_US # mine\n\n%packages\n@core\n%end\n%post\nreboot\n%end\n";
    const Merged merged = merge_needs(own, "kickstart");
    EXPECT_THAT(merged.additions, SizeIs(2));
    EXPECT_THAT(merged.text, StartsWith("text\nlang en_US # mine\n\npoweroff\n%packages\n@core\n"));
    EXPECT_THAT(merged.text, HasSubstr("%post\nreboot\n%end\n%post\nsync; printf"));
    EXPECT_THAT(merged.text, EndsWith(">/dev/ttyS1\n%end\n"));
}

TEST(Merge, AKickstartFileKeepsItsOwnEnding) {
    for (const std::string ending : {"reboot --eject", "halt", "shutdown", "%include /tmp/more"}) {
        const std::string own = ending + "\n%packages\n%end\n";
        const Merged merged = merge_needs(own, "kickstart");
        EXPECT_THAT(merged.text, StartsWith(own));
        EXPECT_THAT(merged.additions, ElementsAre(StartsWith("%post"))) << ending;
    }
}

TEST(Merge, APreseedIsOnlyGivenTheAnswerThatItLacks) {
    const std::string own = "#_preseed_V1\nd-i preseed/late_command string a; \\\n  b";
    const Merged merged = merge_needs(own, "preseed");
    EXPECT_EQ(merged.text,
              "#_preseed_V1\nd-i finish-install/reboot_in_progress note\n"
              "d-i preseed/late_command string a; \\\n  b");
    EXPECT_THAT(merged.additions, SizeIs(1));
    const Merged again = merge_needs(merged.text, "preseed");
    EXPECT_EQ(again.text, merged.text);
    EXPECT_THAT(again.additions, IsEmpty());
}

TEST(Merge, AnAutoyastProfileGetsAScriptBesideItsOwn) {
    const std::string with_list =
        "<profile><scripts><chroot-scripts><script>mine</script></chroot-scripts></scripts></"
        "profile>";
    EXPECT_THAT(
        merge_needs(with_list, "autoyast").text,
        testing::ContainsRegex("mine</script><script>.*</script>\n</chroot-scripts><pre-scripts"));
    const std::string with_scripts =
        "<profile><scripts><pre-scripts/></scripts><!-- </scripts> --></profile>";
    EXPECT_THAT(
        merge_needs(with_scripts, "autoyast").text,
        testing::ContainsRegex("<pre-scripts/><chroot-scripts.*</chroot-scripts>\n</scripts><!--"));
    EXPECT_THAT(merge_needs("<profile></profile>", "autoyast").text,
                HasSubstr("</pre-scripts>\n</scripts>\n</profile>"));
    EXPECT_THAT(merge_needs("<profile><![CDATA[</scripts>]]></profile>", "autoyast").text,
                StartsWith("<profile><![CDATA[</scripts>]]><scripts>"));
    EXPECT_THAT(merge_needs("no XML", "autoyast").lacking, HasSubstr("</profile>"));
}

TEST(Merge, TheLogComesToTheHostUnlessTheFileHasAWayOfItsOwn) {
    const std::string profile =
        "<profile><scripts><pre-scripts><script/></pre-scripts></scripts></profile>";
    const Merged autoyast = merge_needs(profile, "autoyast");
    EXPECT_THAT(autoyast.text, HasSubstr("exec tail -n +1 -F /var/log/YaST2/y2log &gt;/dev/ttyS1 "
                                         "2&gt;/dev/null &lt;/dev/null) &amp;\n</source></script>\n"
                                         "</pre-scripts>"));
    EXPECT_THAT(autoyast.additions, SizeIs(2));
    EXPECT_THAT(merge_needs("<profile><x>cat /var/log/YaST2/y2log</x></profile>", "autoyast").text,
                Not(HasSubstr("pre-scripts")));
    const Merged autoinstall =
        merge_needs("autoinstall:\n  early-commands:\n  - mine\n  version: 1\n", "autoinstall");
    EXPECT_THAT(autoinstall.text,
                HasSubstr("  early-commands:\n  - mine\n  - \"(trap '' HUP; exec tail -n +1 -F "
                          "/var/log/installer/subiquity-server-debug.log >/dev/ttyS1 "));
    const auto agama = nlohmann::json::parse(merge_needs("{}", "agama").text);
    EXPECT_THAT(agama["scripts"]["pre"][0]["content"].get<std::string>(),
                HasSubstr("journalctl --lines=all --follow"));
    EXPECT_THAT(merge_needs("PARTITIONS=vtbd0\n", "installerconfig").text,
                StartsWith("(trap '' HUP; exec tail -n +1 -F /tmp/bsdinstall_log >/dev/cuau1 "));
}

TEST(Merge, AnAgamaProfileKeepsItsScripts) {
    const Merged merged = merge_needs(
        R"({"product": {"id": "X"}, "scripts": {"post": [{"name": "mine"}], "pre": []}})", "agama");
    const auto profile = nlohmann::json::parse(merged.text);
    EXPECT_EQ(profile["product"]["id"], "X");
    ASSERT_EQ(profile["scripts"]["post"].size(), 2U);
    EXPECT_EQ(profile["scripts"]["post"][0]["name"], "mine");
    EXPECT_THAT(profile["scripts"]["post"][1]["content"].get<std::string>(), HasSubstr(marker));
    EXPECT_FALSE(nlohmann::json::parse(merge_needs("{}", "agama").text)["scripts"].empty());
    for (const char* other : {"local x = 1; {}", "[]", R"({"scripts": [1]})"}) {
        EXPECT_EQ(merge_needs(other, "agama").text, other);
        EXPECT_NE(merge_needs(other, "agama").lacking, "");
    }
}

TEST(Merge, LateCommandsOfAnAutoinstallFileAreContinued) {
    const std::string before =
        "#cloud-config\nautoinstall:\n  late-commands: # mine\n    - one\n    - |\n      two\n";
    const std::string after = "  # of the next\n  version: 1\n";
    const Merged merged = merge_needs(before + after, "autoinstall");
    EXPECT_THAT(merged.text,
                HasSubstr(before.substr(before.find("  late")) + "    - \"sync; printf"));
    EXPECT_THAT(merged.text, EndsWith("\"\n" + after));
    EXPECT_THAT(merged.additions, SizeIs(2));
}

TEST(Merge, AnAutoinstallFileWithoutLateCommandsGetsThem) {
    const Merged merged = merge_needs(
        "#cloud-config\nautoinstall:\n    version: 1\n    shutdown: poweroff\n", "autoinstall");
    EXPECT_THAT(merged.text, testing::ContainsRegex(
                                 "^#cloud-config\nautoinstall:\n    early-commands:\n      - .*\n"
                                 "    late-commands:\n      - \"sync;"));
    EXPECT_THAT(merged.text, EndsWith("\n    version: 1\n    shutdown: poweroff\n"));
}

TEST(Merge, WhatIsWrittenOnOneLineIsLeftAlone) {
    const std::string own = "autoinstall: {version: 1, late-commands: [a]}\n";
    EXPECT_EQ(merge_needs(own, "autoinstall").text, own);
    EXPECT_NE(merge_needs(own, "autoinstall").lacking, "");
}

TEST(Merge, AScriptOfBsdinstallSaysHowItEnded) {
    const Merged merged =
        merge_needs("PARTITIONS=vtbd0\n\n#!/bin/sh\npoweroff\n", "installerconfig");
    EXPECT_THAT(merged.text, HasSubstr(" &\nPARTITIONS=vtbd0\n\n#!/bin/sh\ntrap "));
    EXPECT_THAT(merged.text, EndsWith("\npoweroff\n"));
    EXPECT_THAT(merge_needs("PARTITIONS=vtbd0\n", "installerconfig").text, HasSubstr(marker));
}

TEST(Merge, AFileThatNothingCanBeAddedToStaysAsItIs) {
    for (const char* dialect : {"unattend", "auto_inst"}) {
        const Merged merged = merge_needs("mine", dialect);
        EXPECT_EQ(merged.text, "mine");
        EXPECT_NE(merged.lacking, "");
    }
    EXPECT_EQ(merge_needs("mine", "shell").lacking, "");
}

}  // namespace
}  // namespace glinda::answer
