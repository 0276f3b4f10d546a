#include "glinda/answer/lint.hpp"

#include <gmock/gmock.h>

namespace glinda::answer {
namespace {

using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;

const LintTarget unknown{.dialect = "runes", .rules = {}, .system = "X", .version = "1"};

TEST(Lint, AnEmptyFileAnswersNothing) {
    EXPECT_THAT(lint(" \n\t\n", unknown),
                ElementsAre(Field(&Finding::what, "the answer file is empty")));
}

TEST(Lint, ANulByteIsToldByItsLine) {
    using namespace std::string_view_literals;
    const auto findings = lint("one\ntwo\0\n"sv, unknown);
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].line, 2U);
    EXPECT_TRUE(has_errors(findings));
}

TEST(Lint, ADialectThatNothingIsKnownOfHasNoFaults) {
    EXPECT_THAT(lint("whatever\n", unknown), IsEmpty());
}

TEST(Lint, FindingsStandInTheOrderOfTheirLines) {
    const auto findings = lint("%post\nx\n%pre\ny\n",
                               {.dialect = "kickstart", .rules = {}, .system = "", .version = ""});
    EXPECT_THAT(findings, ElementsAre(Field(&Finding::line, 1U), Field(&Finding::line, 3U)));
}

TEST(Lint, AFindingReadsAsACompilersMessage) {
    EXPECT_EQ(to_text({Finding::Severity::error, 7, "no", "X 8", "write yes"}, "a/ks.cfg"),
              "a/ks.cfg:7: error: no (since X 8); write yes");
    EXPECT_EQ(to_text({Finding::Severity::warning, 0, "no"}, "ks.cfg"), "ks.cfg: warning: no");
}

TEST(Lint, AWarningIsNoError) {
    EXPECT_FALSE(has_errors({{Finding::Severity::warning, 1, "hm"}}));
    EXPECT_TRUE(
        has_errors({{Finding::Severity::warning, 1, "hm"}, {Finding::Severity::error, 2, "no"}}));
}

}  // namespace
}  // namespace glinda::answer
