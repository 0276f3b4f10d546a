#include "pace.hpp"

#include <gmock/gmock.h>

#include "silence.hpp"

namespace glinda::pipeline {
namespace {

using namespace std::chrono_literals;

class Heard : public Silence {
public:
    void phase(std::string_view name) override { phases.emplace_back(name); }
    void advance(const Advance& how_far) override { last = how_far; }

    std::vector<std::string> phases{};
    Advance last{};
};

TEST(Pace, TellsPhasesPerCentAndWhatIsLeft) {
    const TemporaryFolder folder{std::filesystem::temp_directory_path() / "glinda-test-"};
    report::BuildFolder build{folder.path(), "vm"};
    Heard heard;
    Pace pace{watch::Course{.steps = {{"copying", 10s}}, .took = 110s}, build, heard};
    watch::Watch watch{{.phases = {{"copying", "^copy"}},
                        .advances = {"(\\d+)%"},
                        .install_timeout = 1h,
                        .inactivity_timeout = 1h},
                       pace.start()};
    const auto say = [&](const char* line, std::chrono::seconds at) {
        EXPECT_FALSE(watch.observe(watch::LogLine{line}, pace.start() + at));
        pace.observe(watch, pace.start() + at);
    };
    say("booting", 1s);
    EXPECT_FALSE(heard.last.done);
    say("copying", 10s);
    say("50%", 60s);
    EXPECT_THAT(heard.phases, testing::ElementsAre("copying"));
    EXPECT_EQ(heard.last.step, 50);
    ASSERT_TRUE(heard.last.done);
    EXPECT_NEAR(*heard.last.done, 60.0 / 110, 1e-6);
    EXPECT_EQ(heard.last.left, 50s);
    const watch::Course course = pace.course(pace.start() + 99s);
    EXPECT_EQ(course.took, 99s);
    ASSERT_EQ(course.steps.size(), 1U);
    EXPECT_EQ(course.steps[0].began, 10s);
}

}  // namespace
}  // namespace glinda::pipeline
