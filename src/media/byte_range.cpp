#include "byte_range.hpp"

#include <algorithm>

#include "glinda/util/text.hpp"

namespace glinda::media {

std::optional<ByteRange> read_byte_range(std::string_view header, std::uint64_t size) {
    constexpr std::string_view unit = "bytes=";
    if (!header.starts_with(unit))
        return std::nullopt;
    header.remove_prefix(unit.size());
    const std::size_t dash = header.find('-');
    if (dash == std::string_view::npos)
        return std::nullopt;
    const std::optional<std::uint64_t> first = to_number(header.substr(0, dash));
    const std::string_view after = header.substr(dash + 1);
    const std::optional<std::uint64_t> last = to_number(after);
    if (dash == 0 && last && *last > 0 && size > 0) {  // the last so many bytes
        const std::uint64_t length = std::min(*last, size);
        return ByteRange{.first = size - length, .length = length};
    }
    if (!first || *first >= size || (!last && !after.empty()) || (last && *last < *first))
        return std::nullopt;
    const std::uint64_t end = last ? std::min(*last, size - 1) : size - 1;
    return ByteRange{.first = *first, .length = end - *first + 1};
}

std::string to_text(const ByteRange& range, std::uint64_t size) {
    return format("bytes {}-{}/{}", range.first, range.first + range.length - 1, size);
}

}  // namespace glinda::media
