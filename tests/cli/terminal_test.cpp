#include "terminal.hpp"

#include <gmock/gmock.h>

namespace glinda::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// What is written on standard error while `work` runs.
template <typename Work>
std::string errors_of(Terminal::Kind kind, Work work) {
    testing::internal::CaptureStderr();
    {
        Terminal terminal{kind, 2};
        work(terminal);
    }
    return testing::internal::GetCapturedStderr();
}

TEST(Terminal, InALogOnlyNewLinesOfTheScreenAreWritten) {
    const std::string text = errors_of(Terminal::Kind::plain, [](Terminal& terminal) {
        terminal.screen({"nobody asked for it"});
        terminal.show_screen();
        terminal.screen({"", "one", "two", ""});
        terminal.screen({"two", "three"});
    });
    EXPECT_EQ(text, "             | one\n             | two\n             | three\n");
}

TEST(Terminal, TheScreenStandsBelowThePhaseAndIsReplaced) {
    const std::string text = errors_of(Terminal::Kind::live, [](Terminal& terminal) {
        terminal.show_screen();
        terminal.phase("partitioning");
        terminal.advance({.step = 40, .done = 0.25, .left = std::chrono::minutes{3}});
        terminal.screen({"", "  disk vda", "50 %", ""});
        terminal.screen({"done"});
    });
    EXPECT_THAT(text, AllOf(HasSubstr("partitioning 40 %  (25 % of all, 3 min 0 s left)"),
                            HasSubstr("\n  disk vda\n50 %\r\x1b[2A\x1b[J"), HasSubstr("\ndone")));
    EXPECT_TRUE(text.ends_with("\r\x1b[1A\x1b[J")) << "nothing of it stays";
}

TEST(Terminal, WhatAGuestWritesDoesNothingToTheTerminal) {
    const std::string text = errors_of(Terminal::Kind::live, [](Terminal& terminal) {
        terminal.show_screen();
        terminal.phase("x");
        terminal.screen({"a\x1b[2Jb"});
    });
    EXPECT_THAT(text, Not(HasSubstr("\x1b[2J")));
}

}  // namespace
}  // namespace glinda::cli
