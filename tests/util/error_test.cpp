#include "glinda/util/error.hpp"

#include <gmock/gmock.h>

namespace glinda {
namespace {

TEST(ErrorClass, SaysWhatWasBeingDoneFromTheOutsideIn) {
    try {
        in_context("installing f38", [] {
            in_context("fetching the kernel", [] {
                throw Error{Fault::environment, "HTTP 404", {"look at the URL"}};
            });
        });
        FAIL() << "nothing was thrown";
    } catch (const Error& error) {
        EXPECT_STREQ(error.what(), "installing f38: fetching the kernel: HTTP 404");
        EXPECT_EQ(error.fault(), Fault::environment);
        EXPECT_THAT(error.notes(), testing::ElementsAre("look at the URL"));
    }
}

TEST(ErrorClass, EveryFaultHasTheDocumentedExitStatus) {
    EXPECT_EQ(exit_status(Fault::environment), 1);
    EXPECT_EQ(exit_status(Fault::usage), 2);
    EXPECT_EQ(exit_status(Fault::guest), 3);
    EXPECT_EQ(exit_status(Fault::timeout), 4);
    EXPECT_EQ(exit_status(Fault::cancelled), 130);
}

TEST(ErrorClass, InContextReturnsWhatTheActionReturns) {
    EXPECT_EQ(in_context("counting", [] { return 3; }), 3);
}

}  // namespace
}  // namespace glinda
