#pragma once

#include <string_view>
#include <vector>

#include "glinda/answer/lint.hpp"

namespace glinda::answer {

// One for each dialect, in a file of its own. Each takes any bytes but NUL.
[[nodiscard]] std::vector<Finding> lint_kickstart(std::string_view text, const LintTarget& target);

}  // namespace glinda::answer
