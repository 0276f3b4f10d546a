#include <algorithm>

#include "glinda/util/text.hpp"
#include "glinda/watch/watch.hpp"
#include "pattern.hpp"

namespace glinda::watch {

bool is_more_exact(const Verdict& verdict, const Verdict& before) {
    return verdict.known && (!before.known || verdict.rank < before.rank);
}

std::string_view name_of(Outcome outcome) {
    switch (outcome) {
        case Outcome::finished:
            return "finished";
        case Outcome::failed:
            return "failed";
        case Outcome::host_failed:
            return "host failed";
        case Outcome::looping:
            return "looping";
        case Outcome::asking:
            return "asking";
        case Outcome::hung:
            return "hung";
        case Outcome::timed_out:
            break;
    }
    return "timed out";
}

std::optional<std::size_t> answer_line(const std::string& answer, std::string_view text) {
    const std::vector<std::string_view> lines = split(text, '\n');
    if (const auto number = to_number(answer))
        return *number >= 1 && *number <= lines.size() ? std::optional{*number} : std::nullopt;
    if (answer.empty())
        return std::nullopt;
    const Pattern pattern{answer};
    const auto found = std::ranges::find_if(
        lines, [&](std::string_view line) { return pattern.matches(std::string{line}); });
    return found == lines.end()
               ? std::nullopt
               : std::optional{static_cast<std::size_t>(found - lines.begin()) + 1};
}

}  // namespace glinda::watch
