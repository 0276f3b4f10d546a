#include "partitions.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include "isofs.hpp"
#include "little_endian.hpp"

namespace glinda::media {
namespace {

constexpr std::uint64_t sector = 512;
constexpr std::size_t system_area = 32768;  // ECMA-119, 6.2.1: before the volume descriptors
constexpr std::size_t entry_size = 128;     // of a GPT; others are allowed, and never seen

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

/// The sectors of a partition, from the first to the last.
struct Extent {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
};

// Of the four entries of an MBR, 16 bytes each, the type is at 4, the start at 8 and the size
// at 12.
constexpr std::size_t mbr_entries = 446;
constexpr std::size_t mbr_signature = 510;
constexpr std::uint64_t mbr_most = 0xffffffff;  // what a protective one says of a larger medium

bool has_mbr(std::string_view head) {
    return head.size() >= sector && head.substr(mbr_signature, 2) == "\x55\xAA";
}

/// The partition of an entry; what reserves but a sector is none.
std::optional<Extent> mbr_partition(std::string_view head, std::size_t entry) {
    const std::uint64_t first = little_endian(head, entry + 8, 4);
    const std::uint64_t count = little_endian(head, entry + 12, 4);
    return count < 2 ? std::nullopt : std::optional{Extent{first, first + count - 1}};
}

bool is_protective(std::string_view head, std::size_t entry) {
    return head[entry + 4] == '\xee' && little_endian(head, entry + 8, 4) == 1;
}

constexpr std::size_t gpt_first = 32;  // of an entry
constexpr std::size_t gpt_last = 40;

std::optional<Extent> gpt_partition(const Gpt& gpt, std::size_t entry) {
    if (little_endian(gpt.entries, entry, 8) == 0)
        return std::nullopt;
    return Extent{little_endian(gpt.entries, entry + gpt_first, 8),
                  little_endian(gpt.entries, entry + gpt_last, 8)};
}

/// What the tables are made to fit.
struct Growth {
    InnerVolume inner;
    std::uint64_t inner_end = 0;

    /// Where a partition is to be, the last one that can be having this last sector.
    [[nodiscard]] Extent fit(Extent part, std::uint64_t last) const {
        const std::uint64_t moved = (inner_end - inner.end) / sector;
        if (inner.end != 0 && part.first >= inner.end / sector)
            return {part.first + moved, part.last + moved};
        if (inner.end != inner.all_end && part.first == inner.start / sector)
            return {part.first, part.last + moved};
        if (part.first == inner.start / sector)
            return {part.first, last};
        return part;
    }
};

void grow_mbr(std::string& head, const Growth& growth, std::uint64_t sectors) {
    if (!has_mbr(head))
        return;
    for (std::size_t entry = mbr_entries; entry < mbr_signature; entry += 16) {
        std::optional<Extent> part = mbr_partition(head, entry);
        if (!part)
            continue;
        if (is_protective(head, entry))
            part->last = sectors - 1;
        else
            part = growth.fit(*part, sectors - 1);
        put_little_endian(head, entry + 8, 4, part->first);
        put_little_endian(head, entry + 12, 4, std::min(part->last - part->first + 1, mbr_most));
    }
}

void grow_gpt(Gpt& gpt, const Growth& growth, std::uint64_t sectors) {
    const std::uint64_t usable_end = sectors - 2 - sectors_of(gpt);
    for (std::size_t entry = 0; entry < gpt.entries.size(); entry += entry_size) {
        const std::optional<Extent> part = gpt_partition(gpt, entry);
        if (!part)
            continue;
        const Extent fitting = growth.fit(*part, usable_end);
        put_little_endian(gpt.entries, entry + gpt_first, 8, fitting.first);
        put_little_endian(gpt.entries, entry + gpt_last, 8, fitting.last);
    }
    put_little_endian(gpt.header, other_place, 8, sectors - 1);
    put_little_endian(gpt.header, last_usable, 8, usable_end);
    put_little_endian(gpt.header, entries_sum, 4, sum_of(gpt.entries));
    put_little_endian(gpt.header, header_sum, 4, header_sum_of(gpt.header));
}

std::vector<Extent> partitions_of(std::string_view head) {
    constexpr std::uint64_t most = std::uint64_t{1} << 50U;  // no sum of sectors overflows
    std::vector<Extent> parts;
    const auto add = [&](const std::optional<Extent>& part) {
        if (part && part->first <= part->last && part->last < most)
            parts.push_back(*part);
    };
    if (const std::optional<Gpt> gpt = read_gpt(head))
        for (std::size_t entry = 0; entry < gpt->entries.size(); entry += entry_size)
            add(gpt_partition(*gpt, entry));
    else if (has_mbr(head))
        for (std::size_t entry = mbr_entries; entry < mbr_signature; entry += 16)
            add(mbr_partition(head, entry));
    return parts;
}

/// Whether who mounts the partition sees a volume; programs that make such media let it begin with
/// the medium or in its first MiB.
bool is_volume(ByteSource& image, const Extent& part) {
    constexpr std::uint64_t most = (std::uint64_t{1} << 20U) / sector;
    constexpr std::uint64_t block = 2048 / sector;
    if (part.first == 0)
        return true;
    return part.first >= system_area / sector && part.first <= most && part.first % block == 0 &&
           image.read(part.first * sector + system_area, 6) == std::string_view{"\1CD001"};
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

InnerVolume find_inner_volume(ByteSource& image) {
    const std::string head = image.read(0, system_area);
    const std::vector<Extent> parts = partitions_of(head);
    for (const Extent& part : parts) {
        if (!is_volume(image, part))
            continue;
        const std::uint64_t end = (part.last + 1) * sector;
        InnerVolume inner{.start = part.first * sector, .end = end, .all_end = end};
        for (const Extent& other : parts)
            if (other.first > part.last)
                inner.all_end = std::max(inner.all_end, (other.last + 1) * sector);
        const bool is_last = inner.all_end == end;
        if ((is_last && inner.start == 0) || inner.all_end > image.size())
            return {};
        if (!is_last)  // the room behind the last one is for who makes a GPT of another table
            inner.all_end = std::max(inner.all_end, image.size() - gpt_backup_size(head));
        return inner;
    }
    return {};
}

std::string grow_partitions(std::string& head, std::uint64_t size, const InnerVolume& inner,
                            std::uint64_t inner_end) {
    const std::uint64_t sectors = size / sector;
    const Growth growth{.inner = inner, .inner_end = inner_end};
    std::optional<Gpt> gpt = read_gpt(head);
    grow_mbr(head, growth, sectors);
    if (!gpt)
        return {};
    grow_gpt(*gpt, growth, sectors);
    head.replace(sector, sector, gpt->header);
    head.replace(little_endian(gpt->header, entries_place, 8) * sector, gpt->entries.size(),
                 gpt->entries);
    return backup_of(std::move(*gpt), sectors);
}

}  // namespace glinda::media
