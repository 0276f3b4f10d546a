#include <algorithm>

#include "glinda/tdl/template.hpp"
#include "glinda/util/text.hpp"

namespace glinda::tdl {
namespace {

struct Unit {
    unsigned base = 1024;
    std::size_t power = 0;
};

/// `unit` is in lower case.
std::optional<Unit> to_unit(std::string_view unit) {
    if (unit.empty() || unit == "g")
        return Unit{.power = 3};
    if (unit == "t")
        return Unit{.power = 4};
    if (unit == "b")
        return Unit{.power = 0};
    constexpr std::string_view prefixes = "kmgtpezy";
    const std::size_t power = prefixes.find(unit.front()) + 1;  // npos + 1 is 0
    if (power == 0 || (unit.substr(1) != "b" && unit.substr(1) != "ib"))
        return std::nullopt;
    return Unit{.base = unit.size() == 2 ? 1000U : 1024U, .power = power};
}

}  // namespace

std::optional<Bytes> to_bytes(std::string_view size) {
    const std::size_t digits = std::min(size.find_first_not_of("0123456789"), size.size());
    const auto unit = to_unit(lower(trim(size.substr(digits))));
    if (digits == 0 || !unit)
        return std::nullopt;
    Bytes bytes = 0;
    for (const char digit : size.substr(0, digits))
        if (__builtin_mul_overflow(bytes, 10U, &bytes) ||
            __builtin_add_overflow(bytes, static_cast<unsigned>(digit - '0'), &bytes))
            return std::nullopt;
    for (std::size_t i = 0; i < unit->power; ++i)
        if (__builtin_mul_overflow(bytes, unit->base, &bytes))
            return std::nullopt;
    return bytes;
}

}  // namespace glinda::tdl
