#include "qcow2.hpp"

#include <unistd.h>

#include "glinda/util/error.hpp"
#include "glinda/util/text.hpp"
#include "part_file.hpp"

namespace glinda::media {
namespace {

constexpr std::uint64_t cluster = OverlayWriter::cluster;
constexpr std::uint64_t entries = cluster / 8;             // of a table of 64-bit places
constexpr std::uint64_t counts = cluster / 2;              // of a block of 16-bit counts
constexpr std::uint64_t in_use = std::uint64_t{1} << 63U;  // and by this image alone
constexpr std::size_t longest_backing = 1023;

/// Big-endian, as all numbers of the format.
template <typename Number>
void put(std::string& bytes, std::uint64_t at, Number value) {
    for (std::size_t i = sizeof value; i-- > 0; value = static_cast<Number>(value >> 8U))
        bytes[at + i] = static_cast<char>(value & 0xFFU);
}

std::string table() {
    std::string zeros(cluster, '\0');
    return zeros;
}

}  // namespace

std::uint64_t OverlayWriter::add(std::string_view bytes) {
    const std::uint64_t place = end_++;
    write_at(file_, bytes, place * cluster, name_);
    return place;
}

void OverlayWriter::write(std::uint64_t at, std::string_view bytes) {
    place_.insert_or_assign(at / cluster, add(bytes));
}

/// The tables of two levels that say where each cluster is.
std::uint64_t OverlayWriter::add_mapping() {
    std::string first = table();
    for (auto next = place_.begin(); next != place_.end();) {
        const std::uint64_t part = next->first / entries;
        std::string second = table();
        for (; next != place_.end() && next->first / entries == part; ++next)
            put(second, next->first % entries * 8, next->second * cluster | in_use);
        put(first, part * 8, add(second) * cluster | in_use);
    }
    return add(first);
}

/// One for each cluster, those of the counts themselves included.
std::uint64_t OverlayWriter::add_reference_counts() {
    std::uint64_t blocks = 1;
    while (blocks * counts < end_ + blocks + 1)
        ++blocks;
    const std::uint64_t all = end_ + blocks + 1;
    std::string places = table();
    for (std::uint64_t block = 0; block < blocks; ++block) {
        std::string ones = table();
        for (std::uint64_t i = 0; i < counts && block * counts + i < all; ++i)
            put(ones, i * 2, std::uint16_t{1});
        put(places, block * 8, add(ones) * cluster);
    }
    return add(places);
}

void OverlayWriter::finish(const std::filesystem::path& backing, std::uint64_t size) {
    const std::string& original = backing.native();
    const std::uint64_t firsts = (size + cluster * entries - 1) / (cluster * entries);
    if (firsts > entries || original.size() > longest_backing)
        throw Error{Fault::usage,
                    format("{} cannot be over {}, which has {} bytes: it, or its path, is too long",
                           name_, original, size)};
    const std::uint64_t mapping = add_mapping();
    const std::uint64_t reference_counts = add_reference_counts();
    constexpr std::uint64_t header_length = 104;
    constexpr std::uint64_t backing_at = header_length + 24;
    std::string header(backing_at, '\0');
    header.replace(0, 4, "QFI\xfb");
    put(header, 4, std::uint32_t{3});  // version
    put(header, 8, backing_at);
    put(header, 16, static_cast<std::uint32_t>(original.size()));
    put(header, 20, std::uint32_t{16});  // a cluster's size, as a power of two
    put(header, 24, size);
    put(header, 36, static_cast<std::uint32_t>(firsts));
    put(header, 40, mapping * cluster);
    put(header, 48, reference_counts * cluster);
    put(header, 56, std::uint32_t{1});  // clusters of that table
    put(header, 96, std::uint32_t{4});  // bits of a count, as a power of two
    put(header, 100, static_cast<std::uint32_t>(header_length));
    // Extensions: the format of the backing file, without which libvirt does not open it; the end.
    put(header, 104, std::uint32_t{0xE2792ACA});
    put(header, 108, std::uint32_t{3});
    header.replace(112, 3, "raw");
    write_at(file_, header + original, 0, name_);
    if (::ftruncate(file_, static_cast<off_t>(end_ * cluster)) != 0)
        throw system_error("cannot write " + name_);
}

}  // namespace glinda::media
