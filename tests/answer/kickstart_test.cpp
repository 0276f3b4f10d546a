#include "glinda/answer/kickstart.hpp"

#include <gmock/gmock.h>

#include "glinda/util/error.hpp"

namespace glinda::answer {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;

const std::string_view sample =
    "# a comment\r\n"
    "lang en_US.UTF-8   # behind\n"
    "\n"
    "%packages --nocore\n"
    "@core\n"
    "%end\n"
    "%post --log=/x\n"
    "echo \"%end of nothing\n"
    "%not a section\n"
    "%end  # done\n"
    "poweroff";

TEST(Kickstart, WhatIsNotChangedIsWrittenAsTheSameBytes) {
    for (const std::string_view text : {sample, std::string_view{"%post\nnever ended"},
                                        std::string_view{"\n\n%end\n'"}, std::string_view{""}})
        EXPECT_EQ(to_text(read_kickstart(text)), text);
}

TEST(Kickstart, LinesAndSectionsHaveTheirNumbers) {
    const Kickstart kickstart = read_kickstart(sample);
    ASSERT_EQ(kickstart.items.size(), 6U);
    EXPECT_EQ(kickstart.items[1].name(), "lang");
    EXPECT_EQ(kickstart.items[1].line.comment, "# behind");
    const KickstartItem& post = kickstart.items[4];
    EXPECT_TRUE(post.is_section());
    EXPECT_EQ(post.line.number, 7U);
    ASSERT_EQ(post.body.size(), 2U);
    EXPECT_EQ(post.body[1].number, 9U);
    ASSERT_TRUE(post.end);
    EXPECT_EQ(post.end->number, 10U);
    EXPECT_EQ(kickstart.items[5].line.number, 11U);
}

TEST(Kickstart, AScriptHasNoWords) {
    EXPECT_THAT(read_kickstart("%post\nit's\n%end\n").items[0].body[0].words, IsEmpty());
}

TEST(Kickstart, ASectionWithoutEndEndsBeforeTheNext) {
    const Kickstart kickstart = read_kickstart("%packages\n@core\n%post\nls\n");
    ASSERT_EQ(kickstart.items.size(), 2U);
    EXPECT_FALSE(kickstart.items[0].end);
    EXPECT_EQ(kickstart.items[1].name(), "%post");
}

TEST(Kickstart, WordsAreSplitAsAShellDoes) {
    EXPECT_THAT(kickstart_line(R"(a --b="c d" 'e "f"' g\ h "i\"\j" "")").words,
                ElementsAre("a", "--b=c d", "e \"f\"", "g h", "i\"\\j", ""));
}

TEST(Kickstart, ANumberSignCutsAWordUnlessQuoted) {
    const KickstartLine cut = kickstart_line("rootpw pass#word\n");
    EXPECT_THAT(cut.words, ElementsAre("rootpw", "pass"));
    EXPECT_TRUE(cut.cuts_word);
    EXPECT_THAT(kickstart_line("rootpw 'pass#word'").words, ElementsAre("rootpw", "pass#word"));
    EXPECT_FALSE(kickstart_line("zerombr # all").cuts_word);
}

TEST(Kickstart, ABackslashAtTheEndDoesNotContinueALine) {
    const Kickstart kickstart = read_kickstart("part / \\\n--size=1\n");
    ASSERT_EQ(kickstart.items.size(), 2U);
    EXPECT_THAT(kickstart.items[0].line.words, ElementsAre("part", "/", "\n"));
}

TEST(Kickstart, AnOpenQuoteIsMarked) {
    EXPECT_TRUE(kickstart_line("lang 'en\n").is_open);
    EXPECT_FALSE(kickstart_line("lang 'en'\n").is_open);
}

TEST(Kickstart, WordsReadBackAsTheyWere) {
    const std::vector<std::string> words{"user", "--gecos=A \"B\" C", "it's", "#", "", "\\"};
    EXPECT_EQ(kickstart_command(words).words, words);
    EXPECT_EQ(kickstart_command({"bootloader", "--append=a b"}).text,
              "bootloader --append=\"a b\"\n");
}

TEST(Kickstart, AValueWithALineBreakIsRefused) {
    EXPECT_THROW(static_cast<void>(kickstart_word("a\nreboot")), Error);
}

TEST(Kickstart, OptionsHaveTheirValues) {
    const KickstartLine line = kickstart_line("network --device eth0 --ip=1 --ip=2 --activate");
    EXPECT_THAT(kickstart_option(line, "--device"), Optional(std::string{"eth0"}));
    EXPECT_THAT(kickstart_option(line, "--ip"), Optional(std::string{"2"}));
    EXPECT_THAT(kickstart_option(line, "--activate"), Optional(std::string{}));
    EXPECT_EQ(kickstart_option(line, "--dev"), std::nullopt);
}

TEST(Kickstart, PackagesGroupsAndEnvironmentsAreTold) {
    using Kind = KickstartPackage::Kind;
    const auto entry = [](std::string_view text) {
        return kickstart_package({.text = std::string{text}}).value();
    };
    EXPECT_EQ(entry("vim-enhanced # editor\n").name, "vim-enhanced");
    EXPECT_TRUE(entry("-postfix").is_excluded);
    EXPECT_EQ(entry("@^minimal-environment").kind, Kind::environment);
    EXPECT_EQ(entry("@^minimal-environment").name, "minimal-environment");
    const KickstartPackage group = entry("-@X Window System --optional");
    EXPECT_EQ(group.kind, Kind::group);
    EXPECT_TRUE(group.is_excluded);
    EXPECT_EQ(group.name, "X Window System");
    EXPECT_THAT(group.options, ElementsAre("--optional"));
    EXPECT_EQ(entry("%include /tmp/p").kind, Kind::include);
    EXPECT_EQ(kickstart_package({.text = "  # nothing\n"}), std::nullopt);
}

TEST(Kickstart, ASectionThatIsPutInIsWhole) {
    Kickstart kickstart = read_kickstart("lang C");
    kickstart.items.push_back(kickstart_section("%post --erroronfail", "echo one\necho two\n"));
    EXPECT_EQ(to_text(kickstart), "lang C\n%post --erroronfail\necho one\necho two\n%end\n");
}

}  // namespace
}  // namespace glinda::answer
