#include "nearest.hpp"

#include <algorithm>

#include "glinda/util/text.hpp"

namespace glinda::answer {

std::string nearest(std::string_view word, const std::vector<std::string>& known) {
    constexpr std::size_t longest = 40;  // no name is longer; the work grows with the square
    if (word.size() > longest)
        return {};
    std::string best;
    std::size_t least = std::min<std::size_t>(3, (word.size() + 2) / 3);  // a third may be wrong
    for (const std::string& name : known)
        if (const std::size_t far = edit_distance(word, name); far < least) {
            least = far;
            best = name;
        }
    return best;
}

}  // namespace glinda::answer
