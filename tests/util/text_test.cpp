#include "glinda/util/text.hpp"

#include <gmock/gmock.h>

namespace glinda {
namespace {

using testing::ElementsAre;
using namespace std::chrono_literals;

TEST(Text, IsTrimmedAndSplit) {
    EXPECT_EQ(trim("  a b\n"), "a b");
    EXPECT_EQ(trim(" \n"), "");
    EXPECT_THAT(split("a::b", ':'), ElementsAre("a", "", "b"));
    EXPECT_THAT(split("", ':'), ElementsAre(""));
    EXPECT_THAT(words(" a\t b\n"), ElementsAre("a", "b"));
    EXPECT_EQ(join({"a", "b"}, ", "), "a, b");
}

TEST(Text, LosesItsEscapeSequences) {
    EXPECT_EQ(printable("\x1b[1;31mred\x1b[0m step\r\n"), "red step\n");
    EXPECT_EQ(printable("\x1b]0;title\arest"), "rest");
    EXPECT_EQ(printable("\x1b]0;title\x1b\\rest"), "rest");
    EXPECT_EQ(printable("\x1b(Bplain"), "plain");
    EXPECT_EQ(printable("cut \x1b["), "cut ");
    EXPECT_EQ(printable("caf\xc3\xa9 \xff\x01"), "caf\xc3\xa9 ?");
}

TEST(Text, IsANumberOnlyAsAWhole) {
    EXPECT_EQ(to_number("42"), 42U);
    EXPECT_EQ(to_number("42 "), std::nullopt);
    EXPECT_EQ(to_number("-1"), std::nullopt);
    EXPECT_EQ(to_number(""), std::nullopt);
    EXPECT_EQ(to_number("99999999999999999999"), std::nullopt);
}

TEST(Text, SaysADurationAsAPersonDoes) {
    EXPECT_EQ(to_text(1234ms), "1.2 s");
    EXPECT_EQ(to_text(45s), "45 s");
    EXPECT_EQ(to_text(725s), "12 min 5 s");
}

}  // namespace
}  // namespace glinda
