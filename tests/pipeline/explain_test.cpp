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

std::string text_of(const std::string& answer, const Answers& known) {
    const auto line = concerned_line(answer, known);
    return line ? line->text : "";
}

TEST(Explain, FindsTheLineThatAPatternMeans) {
    EXPECT_EQ(text_of("vd[z]", answers), "ks.cfg:2: clearpart --drives=vdz");
    EXPECT_EQ(text_of("vdy", answers), "");
    EXPECT_EQ(text_of("", answers), "");
}

TEST(Explain, ANumberIsOfTheFileWithOurAdditions) {
    EXPECT_EQ(text_of("4", answers), "ks.cfg:2: clearpart --drives=vdz");
    EXPECT_EQ(text_of("6", answers), "ks.cfg:4: poweroff");
    EXPECT_EQ(text_of("1", answers), "") << "our own line";
    EXPECT_EQ(text_of("99", answers), "");
}

TEST(Explain, ALineThatLooksSecretIsNotQuoted) {
    EXPECT_EQ(text_of("rootpw", answers), "ks.cfg:3");
}

TEST(Explain, AnAnswerFileIsShownWithoutWhatMayBeSecret) {
    EXPECT_EQ(without_secrets("keyboard us", {}), "keyboard us");
    EXPECT_EQ(without_secrets("lang en\nrootpw --plaintext s3cret\npoweroff\n", {}),
              "lang en\n(left out here: it may have a secret)\npoweroff\n");
    EXPECT_EQ(without_secrets("chpasswd:\n  list: |\n    root:x\n\nlocale: de\nport: 22", {}),
              "(left out here: it may have a secret)\n(left out here: it may have a secret)\n"
              "(left out here: it may have a secret)\n\nlocale: de\nport: 22");
    EXPECT_THAT(without_secrets("<AdministratorPassword>\n<Value>hidden</Value>", {}),
                Not(HasSubstr("hidden")));
    EXPECT_THAT(without_secrets("cat <<E | chpasswd\nroot:hidden\nE", {}),
                Not(HasSubstr("hidden")));
    EXPECT_THAT(without_secrets("echo hidden-w0rd", {"hidden-w0rd"}), Not(HasSubstr("hidden")));
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
    EXPECT_EQ(known.at("answer line"), "2");
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
