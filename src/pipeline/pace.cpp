#include "pace.hpp"

#include <algorithm>

#include "glinda/util/text.hpp"

namespace glinda::pipeline {
namespace {

using watch::Clock;

std::chrono::milliseconds since(Clock::time_point start, Clock::time_point at) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(at - start);
}

}  // namespace

void Pace::observe(const watch::Watch& watch, Clock::time_point at) {
    if (watch.phase() != phase_)
        enter(watch);
    if (watch.percent() != percent_ && watch.percent())
        folder_.add_event("progress", format("{} %", *watch.percent()));
    percent_ = watch.percent();
    Advance advance{.step = percent_, .done = {}};
    if (const auto estimate = estimated(watch, at)) {
        advance.done = estimate->done;
        advance.left = std::chrono::duration_cast<std::chrono::seconds>(estimate->left);
    }
    progress_.advance(advance);
}

void Pace::enter(const watch::Watch& watch) {
    phase_ = watch.phase();
    folder_.add_event("phase", phase_);
    const auto began = since(start_, watch.phase_began());
    if (std::ranges::find(course_.steps, phase_, &watch::Course::Step::phase) ==
        course_.steps.end())
        course_.steps.push_back({phase_, began});
    if (const auto estimate = estimated(watch, watch.phase_began()))
        folder_.add_event("estimate", format("{:.0f} % of all, {} left", estimate->done * 100,
                                             to_text(estimate->left)));
    progress_.phase(phase_);
}

std::optional<watch::Estimate> Pace::estimated(const watch::Watch& watch,
                                               Clock::time_point at) const {
    if (!earlier_)
        return std::nullopt;
    return watch::estimate(*earlier_, watch.phase(), since(start_, watch.phase_began()),
                           since(start_, at));
}

watch::Course Pace::course(Clock::time_point end) const {
    watch::Course course = course_;
    course.took = since(start_, end);
    return course;
}

}  // namespace glinda::pipeline
