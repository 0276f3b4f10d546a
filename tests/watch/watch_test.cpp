#include "glinda/watch/watch.hpp"

#include <gmock/gmock.h>

#include "glinda/util/error.hpp"

namespace glinda::watch {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class WatchTest : public testing::Test {
protected:
    std::optional<Verdict> log(const std::string& text, Clock::duration at = 1s) {
        return watch_.observe(LogLine{text}, start_ + at);
    }
    Verdict verdict(const Signal& signal, Clock::duration at) {
        const auto got = watch_.observe(signal, start_ + at);
        EXPECT_TRUE(got) << "there was no verdict";
        return got.value_or(Verdict{});
    }
    bool undecided(const Signal& signal, Clock::duration at) {
        return !watch_.observe(signal, start_ + at);
    }

    Clock::time_point start_{};
    Watch watch_{
        {.success_pattern = "^all done$",
         .phases = {{"partitioning", "partman"}, {"finishing", "finish"}},
         .advances = {"^.*\\.\\.\\. (\\d+)%", "\\((\\d+)/(\\d+)\\)"},
         .failures = {{"step '(\\w+)' failed with (\\d+)", "step $1 failed ($2)", "mend it"}},
         .install_timeout = 1h,
         .inactivity_timeout = 300s},
        start_};
};

TEST_F(WatchTest, APowerOffAfterTheProofIsSuccess) {
    EXPECT_FALSE(log("all done"));
    EXPECT_EQ(verdict(PoweredOff{}, 2s).outcome, Outcome::finished);
}

TEST_F(WatchTest, AResetAfterTheProofIsSuccessToo) {
    EXPECT_FALSE(log("all done"));
    EXPECT_EQ(verdict(Reset{}, 2s).outcome, Outcome::finished);
}

TEST_F(WatchTest, APowerOffWithoutTheProofIsAFailureThatNamesThePhase) {
    EXPECT_FALSE(log("partman starts"));
    const Verdict got = verdict(PoweredOff{}, 2s);
    EXPECT_EQ(got.outcome, Outcome::failed);
    EXPECT_THAT(got.cause, HasSubstr("partitioning"));
    EXPECT_EQ(got.evidence, "partman starts");
}

TEST_F(WatchTest, AKnownLineFailsAtOnceWithItsCauseAndRemedy) {
    const auto got = log("main: step 'disk' failed with 7");
    ASSERT_TRUE(got);
    EXPECT_EQ(got->outcome, Outcome::failed);
    EXPECT_EQ(got->cause, "step disk failed (7)");
    EXPECT_EQ(got->remedy, "mend it");
    EXPECT_EQ(got->evidence, "main: step 'disk' failed with 7");
}

TEST_F(WatchTest, AKnownLineOnTheConsoleCountsAsWell) {
    EXPECT_EQ(verdict(ConsoleLine{"step 'x' failed with 1"}, 1s).outcome, Outcome::failed);
}

TEST_F(WatchTest, AQuestionThatWaitsIsKnownButNoSignOfLife) {
    const auto deadline = watch_.deadline();
    EXPECT_FALSE(watch_.observe_prompt("login: "));
    const auto got = watch_.observe_prompt("step 'x' failed with 1");
    ASSERT_TRUE(got);
    EXPECT_EQ(got->outcome, Outcome::failed);
    EXPECT_EQ(watch_.deadline(), deadline);
}

TEST_F(WatchTest, BytesThatAreNoTextDoNoHarm) {
    EXPECT_FALSE(log("\xff\xfe\x80"));
    EXPECT_TRUE(log("\xff step 'x' failed with 1"));
}

TEST_F(WatchTest, FollowsThePhases) {
    EXPECT_EQ(watch_.phase(), "");
    EXPECT_FALSE(log("partman starts"));
    EXPECT_EQ(watch_.phase(), "partitioning");
    EXPECT_FALSE(log("finish-install"));
    EXPECT_EQ(watch_.phase(), "finishing");
}

TEST_F(WatchTest, TellsHowFarTheInstallerSaysThatItIs) {
    EXPECT_FALSE(watch_.percent());
    EXPECT_FALSE(log("Loading components  ... 7%... 15%"));
    EXPECT_EQ(watch_.percent(), 15);
    watch_.observe_advance("Loading components  ... 7%... 15%... 40%");
    EXPECT_EQ(watch_.percent(), 40);
    EXPECT_FALSE(log("(30/40) Installing a package"));
    EXPECT_EQ(watch_.percent(), 75);
    EXPECT_FALSE(log("(9/0) (5/4)"));
    EXPECT_EQ(watch_.percent(), 75) << "that is no count";
    EXPECT_FALSE(log("partman starts", 9s));
    EXPECT_FALSE(watch_.percent()) << "of another phase";
    EXPECT_EQ(watch_.phase_began(), start_ + 9s);
}

TEST_F(WatchTest, AGuestThatNeitherWritesNorReadsNorComputesIsHung) {
    EXPECT_FALSE(log("hello", 10s));
    EXPECT_TRUE(undecided(Activity{.cpu = 100ms, .disk_requests = 0}, 20s));
    EXPECT_TRUE(undecided(Activity{.cpu = 200ms, .disk_requests = 0}, 309s));
    EXPECT_EQ(watch_.deadline(), start_ + 310s);
    EXPECT_EQ(verdict(Tick{}, 310s).outcome, Outcome::hung);
}

TEST_F(WatchTest, DiskRequestsAreASignOfLife) {
    EXPECT_TRUE(undecided(Activity{.disk_requests = 5}, 290s));
    EXPECT_TRUE(undecided(Tick{}, 580s));
    EXPECT_EQ(verdict(Tick{}, 590s).outcome, Outcome::hung);
}

TEST_F(WatchTest, ABusyProcessorIsASignOfLife) {
    EXPECT_TRUE(undecided(Activity{.cpu = 100s}, 290s));
    EXPECT_TRUE(undecided(Tick{}, 580s));
}

TEST_F(WatchTest, ItEndsAtTheTimeLimitHoweverBusyItIs) {
    for (auto at = 100s; at < 3600s; at += 100s)
        ASSERT_FALSE(log("working", at));
    EXPECT_EQ(watch_.deadline(), start_ + 1h);
    EXPECT_EQ(verdict(Tick{}, 1h).outcome, Outcome::timed_out);
}

TEST_F(WatchTest, AKnownFailureOnTheScreenAloneEndsItAtOnce) {
    const Verdict got =
        verdict(ScreenText{.lines = {"an installer", "main: step 'disk' failed with 7", ""}}, 1s);
    EXPECT_EQ(got.outcome, Outcome::failed);
    EXPECT_EQ(got.cause, "step disk failed (7)");
    EXPECT_TRUE(got.known);
}

TEST_F(WatchTest, ADialogsWordsMayBeBrokenOverSeveralLines) {
    EXPECT_EQ(verdict(ScreenText{.lines = {"| step 'disk' failed |", "| with 7 |"},
                                 .last_words = {"step 'disk' failed", "with 7"},
                                 .has_dialog = true},
                      1s)
                  .cause,
              "step disk failed (7)");
}

TEST_F(WatchTest, AQuestionOnAStillScreenEndsItLongBeforeTheTimeout) {
    EXPECT_TRUE(undecided(ScreenText{.lines = {"Which disk?", "<OK>"},
                                     .last_words = {"Which disk?", "<OK>"},
                                     .has_dialog = true},
                          10s));
    EXPECT_EQ(watch_.deadline(), start_ + 70s);
    EXPECT_TRUE(undecided(Tick{}, 69s));
    const Verdict got = verdict(Tick{}, 70s);
    EXPECT_EQ(got.outcome, Outcome::asking);
    EXPECT_THAT(got.cause, HasSubstr("Which disk? / <OK>"));
}

TEST_F(WatchTest, APromptAsksAsADialogDoes) {
    for (const char* const line : {"Continue? (yes/no)", "Select [c]:", "Which disk(s)? >",
                                   "Press Enter to continue", "Please make a selection [c]: ",
                                   "Which disk? (or '?' for help) [none]", "Continue? (yes|no)"}) {
        Watch watch{{.install_timeout = 1h, .inactivity_timeout = 300s}, start_};
        EXPECT_FALSE(watch.observe(ScreenText{.lines = {line}, .last_words = {line}}, start_));
        EXPECT_EQ(watch.deadline(), start_ + 60s) << line;
    }
    for (const char* const line :
         {"Unpacking base.txz", "[  OK  ] Reached target Basic System", "Installing 17/300",
          "Get:3 http://mirror stable/main", " * Starting sshd ... [ ok ]",
          "[    5.1] pci 0000:00:1f.2: [8086:2922]"}) {
        Watch watch{{.install_timeout = 1h, .inactivity_timeout = 300s}, start_};
        EXPECT_FALSE(watch.observe(ScreenText{.lines = {line}, .last_words = {line}}, start_));
        EXPECT_EQ(watch.deadline(), start_ + 300s) << line;
    }
}

TEST_F(WatchTest, ADialogWhileTheGuestWorksIsNoQuestion) {
    const ScreenText dialog{.lines = {"Copying", "<Cancel>"},
                            .last_words = {"Copying", "<Cancel>"},
                            .has_dialog = true};
    EXPECT_TRUE(undecided(dialog, 0s));
    for (auto at = 10s; at < 1000s; at += 10s)
        ASSERT_TRUE(
            undecided(Activity{.disk_requests = static_cast<std::uint64_t>(at.count())}, at));
    EXPECT_TRUE(undecided(ScreenText{.lines = {"Unpacking"}, .last_words = {"Unpacking"}}, 1000s));
    EXPECT_EQ(watch_.deadline(), start_ + 990s + 300s);
}

TEST_F(WatchTest, TheScreenExplainsAVerdictThatNoRuleKnew) {
    const Verdict ended = verdict(PoweredOff{}, 2s);
    const Verdict known =
        watch_.explained(ended, {.lines = {"x", "step 'a' failed with 1"}, .last_words = {}});
    EXPECT_EQ(known.cause, "step a failed (1)");
    EXPECT_EQ(watch_.explained(known, {.lines = {"step 'b' failed with 2"}}).cause, known.cause);
    Verdict vague = known;
    vague.rank = 1;
    EXPECT_EQ(watch_.explained(vague, {.lines = {"step 'b' failed with 2"}}).cause,
              "step b failed (2)");
    EXPECT_THAT(
        watch_.explained(ended, {.lines = {"x"}, .last_words = {"No disk", "<OK>"}}).cause,
        AllOf(HasSubstr("switched itself off"), HasSubstr("; the screen says: No disk / <OK>")));
    EXPECT_EQ(watch_.explained(ended, {}).cause, ended.cause);
}

TEST_F(WatchTest, AQuestionOnTheLastScreenTellsWhatAHungGuestWaitsFor) {
    const Verdict hung = verdict(Tick{}, 300s);
    ASSERT_EQ(hung.outcome, Outcome::hung);
    const Verdict got = watch_.explained(
        hung, {.lines = {"x"}, .last_words = {"Which disk?", "<OK>"}, .has_dialog = true});
    EXPECT_EQ(got.outcome, Outcome::asking);
    EXPECT_THAT(got.cause, HasSubstr("nobody answers: Which disk? / <OK>"));
    const Verdict still = watch_.explained(hung, {.lines = {"x"}, .last_words = {"Unpacking"}});
    EXPECT_EQ(still.outcome, Outcome::hung);
}

TEST_F(WatchTest, AFullDiskIsTheHostsFault) {
    const Verdict got = verdict(DiskError{"enospc"}, 1s);
    EXPECT_EQ(got.outcome, Outcome::host_failed);
    EXPECT_THAT(got.cause, HasSubstr("disk is full"));
}

TEST_F(WatchTest, AVirtualMachineThatDiedIsTheHostsFault) {
    EXPECT_EQ(verdict(Stopped{"killed"}, 1s).outcome, Outcome::host_failed);
}

TEST_F(WatchTest, APanicIsTheGuestsFault) {
    EXPECT_EQ(verdict(Panicked{}, 1s).outcome, Outcome::failed);
}

TEST_F(WatchTest, ASystemThatRestartsAgainAndAgainLoops) {
    EXPECT_FALSE(log("partman starts"));
    for (auto at = 10s; at < 90s; at += 10s)
        ASSERT_TRUE(undecided(Restarted{}, at)) << at.count();
    const Verdict got = verdict(Restarted{}, 90s);
    EXPECT_EQ(got.outcome, Outcome::looping);
    EXPECT_THAT(got.cause, AllOf(HasSubstr("9 times"), HasSubstr("partitioning")));
}

TEST_F(WatchTest, ARestartThatTheFirmwareRepeatsIsOne) {
    for (auto at = 10s; at < 90s; at += 10s)
        for (auto echo = 0ms; echo < 900ms; echo += 300ms)
            ASSERT_TRUE(undecided(Restarted{}, at + echo)) << at.count();
    EXPECT_EQ(verdict(Restarted{}, 90s).outcome, Outcome::looping);
}

TEST_F(WatchTest, AQuestionOfABusyGuestThatDoesNothingElseIsFoundToo) {
    EXPECT_TRUE(
        undecided(ScreenText{.lines = {"boot:"}, .last_words = {"Boot this? (yes/no)"}}, 10s));
    for (auto at = 20s; at < 310s; at += 10s)
        ASSERT_TRUE(undecided(Activity{.cpu = at}, at)) << at.count();
    EXPECT_EQ(verdict(Activity{.cpu = 310s}, 310s).outcome, Outcome::asking);
}

/// Words that programs often go on after.
class WordsThatMayBeTheLast : public testing::Test {
protected:
    Clock::time_point start_{};
    Watch watch_{{.failures = {{.pattern = "not found: (\\S+)",
                                .cause = "$1 is missing",
                                .remedy = "",
                                .when = FailurePattern::When::still,
                                .answer = "^file $1$"}},
                  .install_timeout = 1h,
                  .inactivity_timeout = 300s},
                 start_};
};

TEST_F(WordsThatMayBeTheLast, DecideIfNothingFollows) {
    EXPECT_FALSE(watch_.observe(ConsoleLine{"not found: a.b"}, start_ + 10s));
    EXPECT_EQ(watch_.deadline(), start_ + 70s);
    EXPECT_FALSE(watch_.observe(Activity{.cpu = 60s}, start_ + 69s));
    const auto got = watch_.observe(Tick{}, start_ + 70s);
    ASSERT_TRUE(got);
    EXPECT_EQ(got->cause, "a.b is missing");
    EXPECT_EQ(got->answer, "^file a\\.b$");
}

TEST_F(WordsThatMayBeTheLast, AreForgottenOnceTheGuestGoesOn) {
    EXPECT_FALSE(watch_.observe(ConsoleLine{"not found: a"}, start_ + 10s));
    EXPECT_FALSE(watch_.observe(ConsoleLine{"starting"}, start_ + 20s));
    EXPECT_FALSE(watch_.observe(Tick{}, start_ + 100s));
    EXPECT_FALSE(watch_.observe(
        ScreenText{.lines = {"not found: a"}, .last_words = {"not found: a"}}, start_ + 110s));
    EXPECT_FALSE(watch_.observe(ScreenText{.lines = {"not found: a", "go"}, .last_words = {"go"}},
                                start_ + 120s));
    EXPECT_EQ(watch_.deadline(), start_ + 320s);
}

TEST_F(WordsThatMayBeTheLast, CountOnTheScreenAsItsLastLineOnly) {
    EXPECT_FALSE(
        watch_.observe(ScreenText{.lines = {"not found: a", "Booting from the next drive"},
                                  .last_words = {"not found: a", "Booting from the next drive"}},
                       start_ + 10s));
    EXPECT_FALSE(watch_.observe(Tick{}, start_ + 200s));
}

TEST_F(WordsThatMayBeTheLast, GiveWayToWordsThatDecide) {
    Watch watch{{.failures = {{.pattern = "not found",
                               .cause = "perhaps",
                               .remedy = "",
                               .when = FailurePattern::When::still},
                              {.pattern = "rescue>", .cause = "sure", .remedy = ""}},
                 .install_timeout = 1h,
                 .inactivity_timeout = 300s},
                start_};
    const auto got = watch.observe(
        ScreenText{.lines = {"not found", "rescue>"}, .last_words = {"not found", "rescue>"}},
        start_ + 1s);
    ASSERT_TRUE(got);
    EXPECT_EQ(got->cause, "sure");
}

TEST_F(WordsThatMayBeTheLast, AreNoneWhileTheDiskIsRead) {
    EXPECT_FALSE(watch_.observe(ConsoleLine{"not found: a"}, start_ + 10s));
    EXPECT_FALSE(watch_.observe(Activity{.disk_requests = 1}, start_ + 60s));
    EXPECT_EQ(watch_.deadline(), start_ + 120s);
}

TEST(AnswerLine, IsMeantByItsNumberOrByAPattern) {
    const std::string text = "one\ntwo vda\nthree vda\n";
    EXPECT_EQ(answer_line("2", text), 2U);
    EXPECT_EQ(answer_line("vda", text), 2U);
    EXPECT_EQ(answer_line("^three", text), 3U);
    EXPECT_EQ(answer_line("vdb", text), std::nullopt);
    EXPECT_EQ(answer_line("0", text), std::nullopt);
    EXPECT_EQ(answer_line("5", text), std::nullopt);
    EXPECT_EQ(answer_line("", text), std::nullopt);
}

TEST(WatchRules, AWrongPatternIsNamed) {
    try {
        const Watch watch{{.failures = {{"(", "", ""}}}, {}};
        FAIL() << "it was accepted";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("the pattern (:"));
    }
}

}  // namespace
}  // namespace glinda::watch
