#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace glinda::catalog {

/// The numbers of a version, which order versions; nothing if it has other parts.
[[nodiscard]] std::optional<std::vector<std::uint64_t>> numbers(std::string_view version);

}  // namespace glinda::catalog
