#pragma once

#include <string>
#include <vector>

#include "glinda/answer/kickstart.hpp"
#include "kickstart_rules.hpp"

namespace glinda::answer {

/// What is wrong with a kickstart file by rules that were read before; see LintTarget of `disks`.
[[nodiscard]] std::vector<Finding> check_kickstart(const Kickstart& kickstart,
                                                   const KickstartRules& rules,
                                                   const std::vector<std::string>& disks);

}  // namespace glinda::answer
