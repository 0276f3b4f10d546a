#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace glinda::watch {

/// How long an installation took, phase by phase.
struct Course {
    struct Step {
        std::string phase;
        std::chrono::milliseconds began{};  ///< since the guest's start
    };
    std::vector<Step> steps{};
    std::chrono::milliseconds took{};
};

/// How far an installation is.
struct Estimate {
    double done = 0;  ///< a share of the whole
    std::chrono::milliseconds left{};
};

/// How far an installation is by what an earlier one took, when `phase` began `began` after its
/// start and it is `now`. That it is faster or slower on the whole is seen from when the phase
/// began. Nothing if the earlier one has no such phase.
[[nodiscard]] std::optional<Estimate> estimate(const Course& earlier, std::string_view phase,
                                               std::chrono::milliseconds began,
                                               std::chrono::milliseconds now);

/// A course as a file has it: a line "milliseconds phase" for each, and one without a phase for the
/// end.
[[nodiscard]] std::string course_text(const Course& course);
/// The course of such a text; nothing if it is none.
[[nodiscard]] std::optional<Course> course_of(std::string_view text);

}  // namespace glinda::watch
