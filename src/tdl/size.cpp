#include <algorithm>

#include "glinda/tdl/template.hpp"
#include "glinda/util/text.hpp"

namespace glinda::tdl {

std::optional<Bytes> to_bytes(std::string_view size) {
    const std::size_t digits = std::min(size.find_first_not_of("0123456789"), size.size());
    if (digits == 0)
        return std::nullopt;
    const std::string unit = lower(trim(size.substr(digits)));
    constexpr std::string_view prefixes = "kmgtpezy";
    std::size_t power = 0;
    unsigned base = 1024;
    if (unit.empty() || unit == "g") {
        power = 3;
    } else if (unit == "t") {
        power = 4;
    } else if (unit != "b") {
        power = prefixes.find(unit.front()) + 1;  // npos + 1 is 0
        if (power == 0 || (unit.substr(1) != "b" && unit.substr(1) != "ib"))
            return std::nullopt;
        base = unit.size() == 2 ? 1000 : 1024;
    }
    Bytes bytes = 0;
    for (const char digit : size.substr(0, digits))
        if (__builtin_mul_overflow(bytes, 10U, &bytes) ||
            __builtin_add_overflow(bytes, static_cast<unsigned>(digit - '0'), &bytes))
            return std::nullopt;
    for (; power > 0; --power)
        if (__builtin_mul_overflow(bytes, base, &bytes))
            return std::nullopt;
    return bytes;
}

}  // namespace glinda::tdl
