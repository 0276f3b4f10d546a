#include "glinda/watch/course.hpp"

#include <algorithm>

#include "glinda/util/text.hpp"

namespace glinda::watch {
namespace {

using std::chrono::milliseconds;

/// A phase that is overdue is never told to be done.
constexpr double nearly_all = 0.98;
/// So soon after the start no pace can be seen.
constexpr milliseconds shortest_run{2000};

double count(milliseconds time) {
    return static_cast<double>(time.count());
}

}  // namespace

std::optional<Estimate> estimate(const Course& earlier, std::string_view phase, milliseconds began,
                                 milliseconds now) {
    const auto step = std::ranges::find(earlier.steps, phase, &Course::Step::phase);
    if (step == earlier.steps.end() || earlier.took <= step->began)
        return std::nullopt;
    const milliseconds end =
        std::next(step) == earlier.steps.end() ? earlier.took : std::next(step)->began;
    const double slower = step->began < shortest_run ? 1 : count(began) / count(step->began);
    const double length = count(end - step->began);
    const double part =
        length <= 0 ? 0 : std::clamp(count(now - began) / (length * slower), 0.0, nearly_all);
    const double passed = count(step->began) + part * length;
    return Estimate{
        .done = passed / count(earlier.took),
        .left = milliseconds{static_cast<std::int64_t>((count(earlier.took) - passed) * slower)}};
}

std::string course_text(const Course& course) {
    std::string text;
    for (const Course::Step& step : course.steps)
        text += format("{} {}\n", step.began.count(), step.phase);
    return text + format("{}\n", course.took.count());
}

std::optional<Course> course_of(std::string_view text) {
    Course course;
    for (const std::string_view line : split(text, '\n')) {
        if (trim(line).empty())
            continue;
        const std::size_t blank = line.find(' ');
        const auto at = to_number(line.substr(0, blank));
        if (!at)
            return std::nullopt;
        const milliseconds time{static_cast<std::int64_t>(*at)};
        if (blank == std::string_view::npos)
            course.took = time;
        else
            course.steps.push_back({std::string{line.substr(blank + 1)}, time});
    }
    return course.took > milliseconds{0} ? std::optional{std::move(course)} : std::nullopt;
}

}  // namespace glinda::watch
