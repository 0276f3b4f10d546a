#include "explain.hpp"

#include <gmock/gmock.h>

namespace glinda::pipeline {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const Answers answers{
    .name = "ks.cfg",
    .known = "text\nclearpart --drives=vdz\nrootpw --plaintext s3cret\npoweroff\n",
    .given =
        "%pre\n%end\ntext\nclearpart --drives=vdz\nrootpw --plaintext "
        "s3cret\npoweroff\n"};

TEST(Explain, FindsTheLineThatAPatternMeans) {
    EXPECT_EQ(concerned_line("vd[z]", answers), "ks.cfg:2: clearpart --drives=vdz");
    EXPECT_EQ(concerned_line("vdy", answers), "");
    EXPECT_EQ(concerned_line("", answers), "");
}

TEST(Explain, ANumberIsOfTheFileWithOurAdditions) {
    EXPECT_EQ(concerned_line("4", answers), "ks.cfg:2: clearpart --drives=vdz");
    EXPECT_EQ(concerned_line("6", answers), "ks.cfg:4: poweroff");
    EXPECT_EQ(concerned_line("1", answers), "") << "our own line";
    EXPECT_EQ(concerned_line("99", answers), "");
}

TEST(Explain, ALineThatLooksSecretIsNotQuoted) {
    EXPECT_EQ(concerned_line("rootpw", answers), "ks.cfg:3");
}

TEST(Explain, AFailureIsToldInWhatWhenWhyAndWhere) {
    const RunResult run{.verdict = {.outcome = watch::Outcome::failed,
                                    .cause = "no disk vdz",
                                    .remedy = "name a disk",
                                    .evidence = "Disk \"vdz\" does not exist",
                                    .known = true,
                                    .answer = "vdz"},
                        .phase = "partitioning",
                        .screen = "/b/screens/0007.png",
                        .screen_text = "/b/screens/0007.txt"};
    const auto known = explain(run, answers);
    EXPECT_EQ(known.at("outcome"), "failed");
    const Error error = failure("vm", run, known, std::chrono::seconds{42}, "");
    EXPECT_EQ(error.fault(), Fault::guest);
    EXPECT_STREQ(error.what(), "installing vm: failed after 42 s, at: partitioning");
    EXPECT_THAT(error.notes(),
                ElementsAre("no disk vdz (ks.cfg:2: clearpart --drives=vdz); the guest's words: "
                            "Disk \"vdz\" does not exist; name a disk"));
    EXPECT_EQ(where_to_look("/b", known),
              "the report: /b/report.html; the screen: /b/screens/0007.png; the screen text: "
              "/b/screens/0007.txt");
}

TEST(Explain, WhatHangsOrTakesTooLongIsATimeout) {
    const RunResult run{.verdict = {.outcome = watch::Outcome::timed_out, .cause = "too long"}};
    const Error error = failure("vm", run, explain(run, answers), std::chrono::seconds{1}, "kept");
    EXPECT_EQ(error.fault(), Fault::timeout);
    EXPECT_THAT(error.what(), HasSubstr("stopped after"));
    EXPECT_THAT(error.notes(), ElementsAre("too long", "kept"));
}

}  // namespace
}  // namespace glinda::pipeline
