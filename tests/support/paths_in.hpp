#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "glinda/util/text.hpp"

namespace glinda {

/// The paths of a listing, one a line, however they begin and are quoted, sorted.
inline std::vector<std::string> paths_in(std::string_view listing) {
    std::vector<std::string> all;
    for (std::string_view line : split(listing, '\n')) {
        line.remove_prefix(std::min(line.find_first_not_of("./'"), line.size()));
        if (line.ends_with('\''))
            line.remove_suffix(1);
        if (!line.empty())
            all.emplace_back(line);
    }
    std::ranges::sort(all);
    return all;
}

}  // namespace glinda
