#include "nearest.hpp"

#include <algorithm>
#include <numeric>

namespace glinda::answer {
namespace {

/// How many letters have to be added, removed or replaced (Levenshtein's distance).
std::size_t distance(std::string_view one, std::string_view other) {
    std::vector<std::size_t> row(other.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < one.size(); ++i) {
        std::size_t corner = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < other.size(); ++j) {
            const std::size_t replaced = corner + (one[i] == other[j] ? 0 : 1);
            corner = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, corner + 1});
        }
    }
    return row.back();
}

}  // namespace

std::string nearest(std::string_view word, const std::vector<std::string>& known) {
    constexpr std::size_t longest = 40;  // no name is longer; the work grows with the square
    if (word.size() > longest)
        return {};
    std::string best;
    std::size_t least = std::min<std::size_t>(3, (word.size() + 2) / 3);  // a third may be wrong
    for (const std::string& name : known)
        if (const std::size_t far = distance(word, name); far < least) {
            least = far;
            best = name;
        }
    return best;
}

}  // namespace glinda::answer
