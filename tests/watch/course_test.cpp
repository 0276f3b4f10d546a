#include "glinda/watch/course.hpp"

#include <gmock/gmock.h>

namespace glinda::watch {
namespace {

using namespace std::chrono_literals;

const Course course{.steps = {{"loading", 10s}, {"partitioning", 100s}, {"packages", 200s}},
                    .took = 1000s};

TEST(Course, TellsHowFarOneIsThatIsAsFast) {
    const auto at = estimate(course, "packages", 200s, 600s);
    ASSERT_TRUE(at);
    EXPECT_DOUBLE_EQ(at->done, 0.6);
    EXPECT_EQ(at->left, 400s);
}

TEST(Course, TellsHowMuchLongerASlowerOneTakes) {
    const auto at = estimate(course, "partitioning", 300s, 300s);
    ASSERT_TRUE(at);
    EXPECT_DOUBLE_EQ(at->done, 0.1);
    EXPECT_EQ(at->left, 2700s);
}

TEST(Course, APhaseThatTakesTooLongIsNeverDone) {
    const auto at = estimate(course, "packages", 200s, 5000s);
    ASSERT_TRUE(at);
    EXPECT_LT(at->done, 1);
    EXPECT_GT(at->left, 0s);
}

TEST(Course, OfWhatItHasNotSeenItTellsNothing) {
    EXPECT_FALSE(estimate(course, "", 0s, 1s));
    EXPECT_FALSE(estimate({}, "packages", 0s, 1s));
}

TEST(Course, IsReadAsItIsWritten) {
    const auto read = course_of(course_text(course));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->took, 1000s);
    ASSERT_EQ(read->steps.size(), 3U);
    EXPECT_EQ(read->steps[1].phase, "partitioning");
    EXPECT_EQ(read->steps[1].began, 100s);
}

TEST(Course, WhatIsNoneIsNotTakenForOne) {
    EXPECT_FALSE(course_of(""));
    EXPECT_FALSE(course_of("soon partitioning\n9\n"));
    EXPECT_FALSE(course_of("5 partitioning\n"));
}

}  // namespace
}  // namespace glinda::watch
