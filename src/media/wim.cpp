#include "glinda/media/wim.hpp"

#include <string_view>

#include "little_endian.hpp"

namespace glinda::media {

std::optional<std::string> wim_xml(const ReadPart& read) {
    using namespace std::string_view_literals;
    // WIMHEADER_V1_PACKED: the tag, and where the XML data is (RESHDR_DISK_SHORT: seven bytes of
    // size as it is stored, one of flags, then its place). It is never compressed.
    constexpr std::size_t header_size = 208;
    constexpr std::string_view tag = "MSWIM\0\0\0"sv;
    constexpr std::size_t size_field = 72;
    constexpr std::size_t place_field = 80;
    constexpr std::uint64_t most = std::uint64_t{512} << 10U;
    const std::string header = read(0, header_size);
    if (header.size() != header_size || !header.starts_with(tag))
        return std::nullopt;
    const std::uint64_t size = little_endian(header, size_field, 7);
    if (size == 0 || size > most)
        return std::nullopt;
    std::string xml = read(little_endian(header, place_field, 8), size);
    return xml.size() == size ? std::optional{std::move(xml)} : std::nullopt;
}

}  // namespace glinda::media
