#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace glinda::answer {

/// The one of `known` that a mistyped word is most like; empty if none is.
[[nodiscard]] std::string nearest(std::string_view word, const std::vector<std::string>& known);

}  // namespace glinda::answer
