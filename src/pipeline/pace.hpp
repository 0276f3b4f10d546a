#pragma once

#include <optional>

#include "glinda/report/build_folder.hpp"
#include "glinda/util/progress.hpp"
#include "glinda/watch/course.hpp"
#include "glinda/watch/watch.hpp"

namespace glinda::pipeline {

/// Tells how far an installation is: by what the installer says, and by what an earlier one took.
class Pace {
public:
    Pace(std::optional<watch::Course> earlier, report::BuildFolder& folder, Progress& progress)
        : earlier_{std::move(earlier)}, folder_{folder}, progress_{progress} {}

    [[nodiscard]] watch::Clock::time_point start() const noexcept { return start_; }
    /// What `watch` knows now.
    void observe(const watch::Watch& watch, watch::Clock::time_point at);
    /// How long what took.
    [[nodiscard]] watch::Course course(watch::Clock::time_point end) const;

private:
    void enter(const watch::Watch& watch);
    [[nodiscard]] std::optional<watch::Estimate> estimated(const watch::Watch& watch,
                                                           watch::Clock::time_point at) const;

    std::optional<watch::Course> earlier_;
    report::BuildFolder& folder_;
    Progress& progress_;
    watch::Clock::time_point start_ = watch::Clock::now();
    watch::Course course_;
    std::string phase_;
    std::optional<int> percent_;
};

}  // namespace glinda::pipeline
