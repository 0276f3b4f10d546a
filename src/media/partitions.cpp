#include "partitions.hpp"

#include <algorithm>
#include <optional>

#include "isofs.hpp"
#include "little_endian.hpp"

namespace glinda::media {
namespace {

constexpr std::uint64_t sector = 512;
constexpr std::size_t entry_size = 128;  // of a GPT; others are allowed, and never seen

// Where the fields of a GPT header are (UEFI 2.10, table 5-5).
constexpr std::size_t header_size = 12;
constexpr std::size_t header_sum = 16;
constexpr std::size_t own_place = 24;
constexpr std::size_t other_place = 32;
constexpr std::size_t last_usable = 48;
constexpr std::size_t entries_place = 72;
constexpr std::size_t entries_count = 80;
constexpr std::size_t size_of_entry = 84;
constexpr std::size_t entries_sum = 88;

struct Gpt {
    std::string header;  ///< of one sector
    std::string entries;
};

std::uint32_t sum_of(std::string bytes) {
    return iso_crc32_gpt(reinterpret_cast<unsigned char*>(bytes.data()),
                         static_cast<int>(bytes.size()), 0);
}

std::uint32_t header_sum_of(std::string header) {
    put_little_endian(header, header_sum, 4, 0);
    header.resize(little_endian(header, header_size, 4));
    return sum_of(header);
}

/// The GPT of an image, if all of it is right.
std::optional<Gpt> read_gpt(std::string_view head) {
    constexpr std::size_t least_header = 92;
    constexpr std::size_t system_area = 32768;  // ECMA-119, 6.2.1
    constexpr std::size_t most_entries = system_area / entry_size;
    if (head.size() < 2 * sector || !head.substr(sector).starts_with("EFI PART"))
        return std::nullopt;
    Gpt gpt{.header = std::string{head.substr(sector, sector)}};
    const std::uint64_t size = little_endian(gpt.header, header_size, 4);
    const std::uint64_t place = little_endian(gpt.header, entries_place, 8);
    const std::uint64_t count = little_endian(gpt.header, entries_count, 4);
    if (size < least_header || size > sector || place < 2 || place > system_area / sector ||
        count > most_entries || little_endian(gpt.header, size_of_entry, 4) != entry_size)
        return std::nullopt;
    gpt.entries = head.substr(0, system_area).substr(place * sector, count * entry_size);
    if (gpt.entries.size() != count * entry_size ||
        little_endian(gpt.header, header_sum, 4) != header_sum_of(gpt.header) ||
        little_endian(gpt.header, entries_sum, 4) != sum_of(gpt.entries))
        return std::nullopt;
    return gpt;
}

/// The sectors that the entries take.
std::uint64_t sectors_of(const Gpt& gpt) {
    return (gpt.entries.size() + sector - 1) / sector;
}

/// Of the four entries, 16 bytes each, the type is at 4, the start at 8 and the size at 12.
void grow_mbr(std::string& head, std::uint64_t sectors) {
    constexpr std::size_t entries = 446;
    constexpr std::size_t signature = 510;
    constexpr std::uint64_t most = 0xffffffff;  // what a protective one says of a larger medium
    constexpr char protective = '\xee';
    if (head.size() < sector || head.substr(signature, 2) != "\x55\xAA")
        return;
    for (std::size_t at = entries; at < signature; at += 16) {
        const std::uint64_t start = little_endian(head, at + 8, 4);
        const bool is_there = little_endian(head, at + 12, 4) != 0;
        if (is_there && (start == 0 || (start == 1 && head[at + 4] == protective)))
            put_little_endian(head, at + 12, 4, std::min(sectors - start, most));
    }
}

void grow_gpt(Gpt& gpt, std::uint64_t sectors) {
    constexpr std::size_t start = 32;  // of an entry: its first sector
    constexpr std::size_t end = 40;    // … and its last one
    const std::uint64_t usable_end = sectors - 2 - sectors_of(gpt);
    for (std::size_t at = 0; at < gpt.entries.size(); at += entry_size) {
        const bool is_there = little_endian(gpt.entries, at, 8) != 0;
        if (is_there && little_endian(gpt.entries, at + start, 8) == 0)
            put_little_endian(gpt.entries, at + end, 8, usable_end);
    }
    put_little_endian(gpt.header, other_place, 8, sectors - 1);
    put_little_endian(gpt.header, last_usable, 8, usable_end);
    put_little_endian(gpt.header, entries_sum, 4, sum_of(gpt.entries));
    put_little_endian(gpt.header, header_sum, 4, header_sum_of(gpt.header));
}

std::string backup_of(Gpt gpt, std::uint64_t sectors) {
    put_little_endian(gpt.header, own_place, 8, sectors - 1);
    put_little_endian(gpt.header, other_place, 8, 1);
    put_little_endian(gpt.header, entries_place, 8, sectors - 1 - sectors_of(gpt));
    put_little_endian(gpt.header, header_sum, 4, header_sum_of(gpt.header));
    gpt.entries.resize(sectors_of(gpt) * sector);
    return gpt.entries + gpt.header;
}

}  // namespace

std::uint64_t gpt_backup_size(std::string_view head) {
    const std::optional<Gpt> gpt = read_gpt(head);
    return gpt ? (sectors_of(*gpt) + 1) * sector : 0;
}

std::string grow_partitions(std::string& head, std::uint64_t size) {
    const std::uint64_t sectors = size / sector;
    grow_mbr(head, sectors);
    std::optional<Gpt> gpt = read_gpt(head);
    if (!gpt)
        return {};
    grow_gpt(*gpt, sectors);
    head.replace(sector, sector, gpt->header);
    head.replace(little_endian(gpt->header, entries_place, 8) * sector, gpt->entries.size(),
                 gpt->entries);
    return backup_of(std::move(*gpt), sectors);
}

}  // namespace glinda::media
