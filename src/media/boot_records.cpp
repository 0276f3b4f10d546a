#include "glinda/media/boot_records.hpp"

#include <algorithm>
#include <array>

#include "block.hpp"
#include "little_endian.hpp"

namespace glinda::media {
namespace {

constexpr std::size_t sector_size = 512;
constexpr std::size_t entry_size = 32;
constexpr unsigned char uefi_platform = 0xef;

unsigned char byte(std::string_view bytes, std::size_t at) {
    return static_cast<unsigned char>(bytes[at]);
}

/// Whether the 16-bit words of the catalogue's first entry add up to 0 and its key is right.
bool is_catalogue(std::string_view catalogue) {
    if (catalogue.size() < block_size || byte(catalogue, 0) != 1 ||
        little_endian(catalogue, 30, 2) != 0xaa55)
        return false;
    std::uint64_t sum = 0;
    for (std::size_t at = 0; at < entry_size; at += 2)
        sum += little_endian(catalogue, at, 2);
    return (sum & 0xffffU) == 0;
}

void add_platform(BootRecords& records, unsigned char platform) {
    if (platform == uefi_platform)
        records.optical_uefi = true;
    else if (platform == 0)
        records.optical_bios = true;
}

/// The default entry, and then sections: a header, which says how many entries follow it.
void read_catalogue(BootRecords& records, std::string_view catalogue) {
    constexpr unsigned char bootable = 0x88;
    constexpr unsigned char section = 0x90;
    constexpr unsigned char last_section = 0x91;
    if (byte(catalogue, entry_size) == bootable)
        add_platform(records, byte(catalogue, 1));
    std::size_t at = 2 * entry_size;
    while (at + entry_size <= catalogue.size()) {
        const unsigned char kind = byte(catalogue, at);
        if (kind != section && kind != last_section)
            return;
        const unsigned char platform = byte(catalogue, at + 1);
        const std::uint64_t entries = little_endian(catalogue, at + 2, 2);
        at += entry_size;
        for (std::uint64_t i = 0; i < entries && at + entry_size <= catalogue.size(); ++i) {
            if (byte(catalogue, at) == bootable)
                add_platform(records, platform);
            at += entry_size;
        }
        if (kind == last_section)
            return;
    }
}

void read_optical(BootRecords& records, std::string_view head,
                  const std::function<std::string(std::uint32_t)>& block) {
    constexpr std::size_t boot_record = 17 * block_size;  // El Torito, 2.0
    if (head.size() < boot_record + block_size)
        return;
    const std::string_view record = head.substr(boot_record, block_size);
    if (record[0] != 0 || record.substr(1, 5) != "CD001" ||
        !record.substr(7).starts_with("EL TORITO SPECIFICATION"))
        return;
    const std::string catalogue = block(static_cast<std::uint32_t>(little_endian(record, 71, 4)));
    if (is_catalogue(catalogue))
        read_catalogue(records, catalogue);
}

/// Whether a GPT, as far as it is in `head`, has an EFI system partition.
bool gpt_has_uefi(std::string_view head) {
    // C12A7328-F81F-11D2-BA4B-00A0C93EC93B, as it is stored
    constexpr std::string_view type{
        "\x28\x73\x2a\xc1\x1f\xf8\xd2\x11\xba\x4b\x00\xa0\xc9\x3e\xc9\x3b", 16};
    const std::string_view header = head.substr(sector_size, sector_size);
    if (!header.starts_with("EFI PART"))
        return false;
    const std::uint64_t sector = little_endian(header, 72, 8);
    const std::uint64_t count = std::min<std::uint64_t>(little_endian(header, 80, 4), 128);
    const std::uint64_t size = little_endian(header, 84, 4);
    if (sector > head.size() / sector_size || size > sector_size)
        return false;
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::uint64_t at = sector * sector_size + i * size;
        if (at + type.size() > head.size())
            return false;
        if (head.substr(at, type.size()) == type)
            return true;
    }
    return false;
}

void read_disk(BootRecords& records, std::string_view head) {
    constexpr std::size_t code_size = 440;
    constexpr std::array<std::size_t, 4> partitions{446, 462, 478, 494};
    constexpr unsigned char uefi_partition = 0xef;
    if (head.size() < 2 * sector_size || little_endian(head, 510, 2) != 0xaa55)
        return;
    const auto type_is = [&](auto test) {
        return std::ranges::any_of(partitions,
                                   [&](std::size_t at) { return test(byte(head, at + 4)); });
    };
    const bool has_code = head.substr(0, code_size).find_first_not_of('\0') != std::string::npos;
    records.disk_bios = has_code && type_is([](unsigned char type) { return type != 0; });
    records.disk_uefi =
        type_is([](unsigned char type) { return type == uefi_partition; }) || gpt_has_uefi(head);
}

}  // namespace

BootRecords read_boot_records(std::string_view head,
                              const std::function<std::string(std::uint32_t)>& block) {
    BootRecords records;
    read_optical(records, head, block);
    read_disk(records, head);
    return records;
}

}  // namespace glinda::media
