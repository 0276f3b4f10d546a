#include "records.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "block.hpp"
#include "little_endian.hpp"

namespace glinda::media {
namespace {

constexpr std::size_t plain_record = 33;  // without the name

std::size_t byte(std::string_view bytes, std::size_t at) {
    return static_cast<unsigned char>(bytes[at]);
}

std::string_view first_record(std::string_view block) {
    return block.empty() ? block : block.substr(0, byte(block, 0));
}

/// What of a record is not ISO 9660's: the "system use" field.
std::string_view system_use(std::string_view record) {
    const std::size_t name = byte(record, plain_record - 1);
    const std::size_t padding = (name + 1) % 2;
    return record.substr(std::min(record.size(), plain_record + name + padding));
}

/// What libisofs looks at in an entry whatever its length.
std::size_t least_size(std::string_view signature) {
    constexpr std::array<std::pair<std::string_view, std::size_t>, 9> sizes{{{"CE", 28},
                                                                             {"CL", 12},
                                                                             {"PL", 12},
                                                                             {"ER", 8},
                                                                             {"SP", 7},
                                                                             {"AA", 6},
                                                                             {"AL", 6},
                                                                             {"NM", 5},
                                                                             {"SL", 5}}};
    const auto* const found =
        std::ranges::find(sizes, signature, &std::pair<std::string_view, std::size_t>::first);
    return found == sizes.end() ? 4 : found->second;
}

/// Whether the components of a link's target (Rock Ridge, 4.1.3) end within their entry.
bool components_fit(std::string_view entry) {
    std::size_t at = 5;
    while (at + 2 <= entry.size())
        at += 2 + byte(entry, at + 1);
    return at <= entry.size();
}

}  // namespace

Records::Records(std::string_view head, ReadBlock read) : read_{std::move(read)} {
    constexpr std::size_t root_block = 16 * block_size + 156 + 2;  // ECMA-119, 8.4.18
    constexpr std::string_view first_entry = "SP\x07\x01\xbe\xef";
    if (head.size() < root_block + 4)
        return;
    const std::string block = read_(static_cast<std::uint32_t>(little_endian(head, root_block, 4)));
    root_ = first_record(block);
    if (root_.size() <= plain_record)
        return;
    const std::string_view field = system_use(root_);
    if (field.size() > first_entry.size() && field.starts_with("SP"))
        skip_ = byte(field, first_entry.size());
}

bool Records::root_fits() const {
    return root_.empty() || record_fits(root_, Links::followed);
}

bool Records::fit(std::string_view block) const {
    std::size_t at = 0;
    while (at < block.size() && block[at] != 0) {
        const std::size_t length = byte(block, at);
        if (at + length > block.size() || !record_fits(block.substr(at, length), Links::followed))
            return false;
        at += length;
    }
    return true;
}

bool Records::record_fits(std::string_view record, Links links) const {
    if (record.size() <= plain_record ||
        plain_record + byte(record, plain_record - 1) > record.size())
        return false;
    if (!skip_)
        return true;
    const std::string_view field = system_use(record);
    // The root's own first entry stands before what is to be skipped elsewhere.
    const std::size_t skip = field.starts_with("SP") ? 0 : *skip_;
    return entries_fit(field.substr(std::min<std::size_t>(field.size(), skip)), links);
}

bool Records::entry_fits(std::string_view entry, Links links) const {
    const std::string_view signature = entry.substr(0, 2);
    if (entry.size() < least_size(signature))
        return false;
    if (signature == "SL")
        return components_fit(entry);
    // A folder that was moved up: libisofs reads its first record at once.
    if (signature == "CL" && links == Links::followed) {
        const std::string block = read_(static_cast<std::uint32_t>(little_endian(entry, 4, 4)));
        return record_fits(first_record(block), Links::ignored);
    }
    return true;
}

/// The area that goes on with the entries of this one; empty if none does, nothing if an entry does
/// not fit.
std::optional<std::string> Records::next_area(std::string_view area, Links links) const {
    std::string next;
    while (area.size() >= 4 && !area.starts_with("ST")) {
        const std::size_t length = byte(area, 2);
        if (length == 0)
            return "";  // which libisofs looks at, and refuses
        if (length > area.size() || !entry_fits(area.substr(0, length), links))
            return std::nullopt;
        if (area.starts_with("CE") && next.empty())
            next = continuation(area.substr(0, length));
        area.remove_prefix(length);
    }
    return next;
}

bool Records::entries_fit(std::string_view area, Links links) const {
    constexpr int most_areas = 256;
    std::string here{area};
    for (int areas = 0; areas < most_areas; ++areas) {
        std::optional<std::string> next = next_area(here, links);
        if (!next)
            return false;
        if (next->empty())
            return true;
        here = *std::move(next);
    }
    return false;
}

/// The area that goes on with the entries (SUSP, 5.1).
std::string Records::continuation(std::string_view entry) const {
    constexpr std::uint64_t most = std::uint64_t{1} << 20U;  // libisofs refuses more
    const std::uint64_t offset = little_endian(entry, 12, 4);
    const std::uint64_t length = little_endian(entry, 20, 4);
    if (length > most)
        return {};
    const std::uint64_t first = little_endian(entry, 4, 4) + offset / block_size;
    std::string bytes;
    for (std::uint64_t block = 0; bytes.size() < offset % block_size + length; ++block) {
        const std::string more = read_(static_cast<std::uint32_t>(first + block));
        if (more.empty())
            return {};
        bytes += more;
    }
    return bytes.substr(offset % block_size, length);
}

}  // namespace glinda::media
