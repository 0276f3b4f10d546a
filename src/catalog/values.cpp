#include <algorithm>

#include "glinda/catalog/family.hpp"
#include "glinda/util/text.hpp"
#include "version.hpp"

namespace glinda::catalog {
namespace {

/// What has no number, "rawhide", is newer than all that has one.
bool is_between(std::string_view version, std::string_view from, std::string_view until) {
    const auto own = numbers(version);
    if (!own)
        return until.empty();
    return (from.empty() || own >= numbers(from)) && (until.empty() || own <= numbers(until));
}

bool is_one_of(std::string_view name, std::string_view list) {
    return std::ranges::any_of(words(list), [&](std::string_view one) { return one == name; });
}

bool holds(const ConditionalValue& value, const Match& match, const Circumstances& now) {
    const auto fits = [](const std::string& condition, const std::string& fact) {
        return condition.empty() || condition == fact;
    };
    const System& system = *match.system;
    return (value.systems.empty() || is_one_of(system.name, value.systems) ||
            is_one_of(system.like, value.systems)) &&
           is_between(match.release->version, value.from, value.until) &&
           fits(value.firmware, now.firmware) && fits(value.source, now.source) &&
           fits(value.keyboard, now.keyboard) && now.label.starts_with(value.label);
}

}  // namespace

std::optional<std::vector<std::uint64_t>> numbers(std::string_view version) {
    std::vector<std::uint64_t> all;
    for (const std::string_view part : split(version, '.')) {
        const auto number = to_number(part);
        if (!number)
            return std::nullopt;
        all.push_back(*number);
    }
    return all;
}

std::map<std::string, std::string> values_of(const Match& match,
                                             const Circumstances& circumstances) {
    std::map<std::string, std::string> values;
    for (const ConditionalValue& value : match.family->values) {
        std::string& held = values[value.name];
        if (holds(value, match, circumstances))
            held = value.value;
    }
    return values;
}

}  // namespace glinda::catalog
