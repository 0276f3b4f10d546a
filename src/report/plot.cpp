#include "plot.hpp"

#include <algorithm>
#include <optional>

#include "glinda/util/text.hpp"

namespace glinda::report {
namespace {

constexpr double width = 1000;
constexpr double height = 60;  ///< of one curve

/// What the guest has done since its start.
struct Sample {
    std::chrono::milliseconds at{};
    double processor_ms = 0;
    double disk_kib = 0;
};

/// An event of the kind "activity": "1200 ms of processor, 17 disk requests, 512 KiB, …".
std::optional<Sample> sample_of(const Event& event) {
    const std::vector<std::string_view> parts = words(event.text);
    if (event.kind != "activity" || parts.size() < 9)
        return std::nullopt;
    const auto processor = to_number(parts[0]);
    const auto disk = to_number(parts[7]);
    if (!processor || !disk)
        return std::nullopt;
    return Sample{event.at, static_cast<double>(*processor), static_cast<double>(*disk)};
}

std::vector<Sample> samples_of(const std::vector<Event>& events) {
    std::vector<Sample> samples;
    for (const Event& event : events) {
        if (event.kind == "start")
            samples = {{.at = event.at}};
        if (const auto sample = sample_of(event); sample && !samples.empty())
            samples.push_back(*sample);
    }
    return samples;
}

/// What happened in each interval, for a second: a step of the curve.
struct Step {
    double from = 0;  ///< milliseconds
    double to = 0;
    double rate = 0;
};

std::vector<Step> steps_of(const std::vector<Sample>& samples, double Sample::*count) {
    std::vector<Step> steps;
    for (std::size_t at = 1; at < samples.size(); ++at) {
        const Sample& before = samples[at - 1];
        const Sample& after = samples[at];
        const auto from = static_cast<double>(before.at.count());
        const auto to = static_cast<double>(after.at.count());
        if (to > from)
            steps.push_back(
                {from, to, std::max(0.0, after.*count - before.*count) * 1000 / (to - from)});
    }
    return steps;
}

double highest(const std::vector<Step>& steps) {
    double most = 0;
    for (const Step& step : steps)
        most = std::max(most, step.rate);
    return most;
}

/// One curve, filled to its foot; `scale` is pixels for a millisecond.
std::string curve(const std::vector<Step>& steps, const char* name, double foot, double scale) {
    const double most = highest(steps);
    std::string points;
    for (const Step& step : steps) {
        const double y = foot - (most > 0 ? step.rate / most * (height - 6) : 0);
        points += format("{:.1f},{:.1f} {:.1f},{:.1f} ", step.from * scale, y, step.to * scale, y);
    }
    return format("<polygon class=\"{}\" points=\"{:.1f},{:.1f} {}{:.1f},{:.1f}\"/>\n", name,
                  steps.front().from * scale, foot, points, steps.back().to * scale, foot);
}

}  // namespace

std::string plot(const std::vector<Event>& events) {
    const std::vector<Sample> samples = samples_of(events);
    const std::vector<Step> processor = steps_of(samples, &Sample::processor_ms);
    const std::vector<Step> disk = steps_of(samples, &Sample::disk_kib);
    if (processor.empty())
        return "";
    const double scale = width / static_cast<double>(events.back().at.count());
    std::string marks;
    for (const Event& event : events)
        if (event.kind == "phase" || event.kind == "screen")
            marks += format(
                "<line class=\"{0}\" x1=\"{1:.1f}\" x2=\"{1:.1f}\" y1=\"{2}\" y2=\"{3}\"/>\n",
                event.kind, static_cast<double>(event.at.count()) * scale,
                event.kind == "phase" ? 0 : 2 * height, 2 * height + 10);
    return format(
        "<figure class=\"plot\"><svg viewBox=\"0 0 {0} {1}\" preserveAspectRatio=\"none\" "
        "role=\"img\" aria-label=\"processor and disk over the time\">\n{2}{3}{4}</svg>\n"
        "<figcaption>above: processor, at most {5:.1f} cores; below: disk, at most {6:.1f} MiB a "
        "second; lines: phases, and at the foot pictures of the screen; {7} in all</figcaption>"
        "</figure>\n",
        width, 2 * height + 10, curve(processor, "processor", height, scale),
        curve(disk, "disk", 2 * height, scale), marks, highest(processor) / 1000,
        highest(disk) / 1024, to_text(events.back().at));
}

}  // namespace glinda::report
