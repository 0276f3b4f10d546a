#include "identify.hpp"

#include <nlohmann/json.hpp>

#include "glinda/util/text.hpp"

namespace glinda::cli {
namespace {

using Json = nlohmann::ordered_json;
using pipeline::Identity;

std::string kind_of(const Identity& identity) {
    return identity.kind == Identity::Kind::image ? "ISO image" : "installation tree";
}

std::vector<std::string> firmware(bool bios, bool uefi) {
    std::vector<std::string> names;
    if (bios)
        names.emplace_back("BIOS");
    if (uefi)
        names.emplace_back("UEFI");
    return names;
}

std::string boot_text(const media::BootRecords& boot) {
    const auto optical = firmware(boot.optical_bios, boot.optical_uefi);
    const auto disk = firmware(boot.disk_bios, boot.disk_uefi);
    std::vector<std::string> parts;
    if (!optical.empty())
        parts.push_back("as a disc " + join(optical, " and "));
    if (!disk.empty())
        parts.push_back("as a disk " + join(disk, " and "));
    return parts.empty() ? "none" : join(parts, ", ");
}

/// Empty if it is not known.
std::string amount(std::uint64_t bytes) {
    constexpr std::uint64_t mib = 1U << 20U;
    constexpr std::uint64_t gib = 1U << 30U;
    if (bytes == 0)
        return "";
    return bytes < gib
               ? format("{} MiB", bytes / mib)
               : format("{:.1f} GiB", static_cast<double>(bytes) / static_cast<double>(gib));
}

Json or_null(const std::string& text) {
    return text.empty() ? Json() : Json(text);
}

Json or_null(std::uint64_t number) {
    return number == 0 ? Json() : Json(number);
}

}  // namespace

std::string text_of(const Identity& identity) {
    std::string text;
    const auto line = [&](const char* key, const std::string& value) {
        text += format("{:<16}{}\n", format("{}:", key), value.empty() ? "unknown" : value);
    };
    line("medium", kind_of(identity));
    line("family", identity.family);
    line("release",
         identity.id.empty() ? identity.release : format("{} ({})", identity.release, identity.id));
    line("version", identity.version);
    line("architecture", identity.arch);
    if (identity.kind == Identity::Kind::image)
        line("volume label", identity.label.empty() ? "none" : identity.label);
    line("kernel", identity.kernel);
    line("initrd", identity.initrd);
    if (identity.boot)
        line("boot records", boot_text(*identity.boot));
    line("minimum memory", amount(identity.minimum_memory));
    line("minimum disk", amount(identity.minimum_disk));
    const char* const live = identity.is_live.value_or(false) ? "yes" : "no";
    line("live", identity.is_live ? live : "");
    if (!identity.editions.empty())
        line("editions", join(identity.editions, ", "));
    if (!identity.languages.empty())
        line("languages", join(identity.languages, ", "));
    if (identity.kind == Identity::Kind::image)
        line("size", format("{} bytes", identity.size));
    line("known by", join(identity.known_by, ", "));
    return text;
}

std::string json_of(const Identity& identity) {
    Json json{{"medium", identity.kind == Identity::Kind::image ? "image" : "tree"},
              {"family", or_null(identity.family)},
              {"release", or_null(identity.release)},
              {"osinfo_id", or_null(identity.id)},
              {"version", or_null(identity.version)},
              {"architecture", or_null(identity.arch)},
              {"volume_label", or_null(identity.label)},
              {"kernel", or_null(identity.kernel)},
              {"initrd", or_null(identity.initrd)},
              {"boot_records", nullptr},
              {"minimum_memory", or_null(identity.minimum_memory)},
              {"minimum_disk", or_null(identity.minimum_disk)},
              {"live", identity.is_live ? Json(*identity.is_live) : Json()},
              {"editions", identity.editions},
              {"languages", identity.languages},
              {"size", or_null(identity.size)},
              {"known_by", identity.known_by}};
    if (identity.boot)
        json["boot_records"] = {
            {"disc", firmware(identity.boot->optical_bios, identity.boot->optical_uefi)},
            {"disk", firmware(identity.boot->disk_bios, identity.boot->disk_uefi)}};
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace glinda::cli
