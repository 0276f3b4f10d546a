#pragma once

#include <string>
#include <vector>

#include "glinda/report/build_folder.hpp"

namespace glinda::report {

/// What the guest did over the build's time, as a figure of HTML: processor and disk by its events
/// of the kind "activity", its phases, its screens. Empty if there are no such events.
[[nodiscard]] std::string plot(const std::vector<Event>& events);

}  // namespace glinda::report
