#include "glinda/util/pause.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace glinda {
namespace {

using namespace std::chrono_literals;

TEST(Pause, LastsAsLongAsItIsToldTo) {
    const auto start = std::chrono::steady_clock::now();
    EXPECT_TRUE(pause(20ms, {}));
    EXPECT_GE(std::chrono::steady_clock::now() - start, 20ms);
}

TEST(Pause, IsEndedByAStop) {
    const auto start = std::chrono::steady_clock::now();
    std::stop_source stop;
    const std::jthread stopping{[&] { stop.request_stop(); }};
    EXPECT_FALSE(pause(1h, stop.get_token()));
    EXPECT_FALSE(pause(1h, stop.get_token()));
    EXPECT_LT(std::chrono::steady_clock::now() - start, 10min);
}

}  // namespace
}  // namespace glinda
