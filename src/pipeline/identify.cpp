#include "glinda/pipeline/identify.hpp"

#include <glib.h>

#include <algorithm>
#include <array>
#include <set>

#include "glinda/answer/render.hpp"
#include "glinda/catalog/family.hpp"
#include "glinda/media/byte_source.hpp"
#include "glinda/media/iso.hpp"
#include "glinda/media/location.hpp"
#include "glinda/osdb/database.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/handle.hpp"
#include "glinda/util/text.hpp"
#include "medium.hpp"
#include "medium_files.hpp"

namespace glinda::pipeline {
namespace {

namespace fs = std::filesystem;
using catalog::Family;

/// What the medium itself says, by a mark of a family or by its .treeinfo.
struct Evidence {
    const Family* family = nullptr;
    std::string system{};  ///< by the name that templates give it
    std::string name{};    ///< for people
    std::string version{};
    std::string codename{};
    std::string arch{};
    std::string kernel{};
    std::string initrd{};
    std::vector<std::string> sources{};
};

/// libosinfo's word for an architecture.
std::string known_arch(const std::string& word) {
    using Entry = std::pair<std::string_view, std::string_view>;
    constexpr std::array words_of_others{
        Entry{"amd64", "x86_64"}, Entry{"x64", "x86_64"},      Entry{"i386", "i686"},
        Entry{"i586", "i686"},    Entry{"x86", "i686"},        Entry{"arm64", "aarch64"},
        Entry{"a64", "aarch64"},  Entry{"ppc64el", "ppc64le"}, Entry{"armhf", "armv7l"},
        Entry{"armv7", "armv7l"},
    };
    std::string plain = lower(word);
    for (const auto& [theirs, ours] : words_of_others)
        if (plain == theirs)
            return std::string{ours};
    return plain;
}

std::string group(const GMatchInfo* match, const char* name) {
    const Handle<gchar, &g_free> text{g_match_info_fetch_named(match, name)};
    return text ? std::string{trim(printable(text.get()))} : "";
}

/// What a mark's pattern finds in a text, if it fits.
std::optional<Evidence> match(const Family& family, const catalog::Mark& mark,
                              const std::string& text) {
    constexpr auto flags = static_cast<GRegexCompileFlags>(G_REGEX_RAW | G_REGEX_MULTILINE);
    constexpr GRegexMatchFlags usual{};
    GError* error = nullptr;
    const Handle<GRegex, &g_regex_unref> regex{
        g_regex_new(mark.pattern.c_str(), flags, usual, &error)};
    const Handle<GError, &g_error_free> owned_error{error};
    if (!regex)
        throw Error{Fault::environment,
                    format("{}: the pattern {}: {}", family.id, mark.pattern, error->message)};
    GMatchInfo* found = nullptr;
    const bool fits = g_regex_match_full(regex.get(), text.data(), static_cast<gssize>(text.size()),
                                         0, usual, &found, nullptr) != FALSE;
    const Handle<GMatchInfo, &g_match_info_unref> owned{found};
    if (!fits)
        return std::nullopt;
    Evidence evidence{.family = &family,
                      .system = mark.system,
                      .name = group(found, "name"),
                      .version = group(found, "version"),
                      .codename = lower(group(found, "codename")),
                      .arch = known_arch(group(found, "arch")),
                      .sources = {mark.file.empty() ? "volume label" : mark.file}};
    std::ranges::replace(evidence.version, '_', '.');
    if (evidence.name.empty())
        evidence.name = mark.system;
    return evidence;
}

/// What a mark says of a medium, if it is on it.
std::optional<Evidence> look_for(const Family& family, const catalog::Mark& mark,
                                 const std::string& label, MediumFiles& files) {
    if (mark.file.empty())
        return match(family, mark, label);
    const std::optional<std::string>& text = files.text(mark.file);
    auto evidence = text ? match(family, mark, *text) : std::nullopt;
    return mark.with.empty() || (evidence && files.has(mark.with)) ? evidence : std::nullopt;
}

/// The first mark that fits.
Evidence find_mark(const std::vector<Family>& families, const std::string& label,
                   MediumFiles& files) {
    for (const Family& family : families)
        for (const catalog::Mark& mark : family.marks)
            if (auto evidence = look_for(family, mark, label, files))
                return *std::move(evidence);
    return {};
}

/// Whether a path that a medium names stays on it.
bool is_inside(const std::string& path) {
    const auto parts = split(path, '/');
    return !path.empty() && !path.starts_with('/') && path.find("://") == std::string::npos &&
           std::ranges::find(parts, "..") == parts.end();
}

std::string value(GKeyFile* file, const std::string& section, const char* key) {
    const Handle<gchar, &g_free> text{g_key_file_get_value(file, section.c_str(), key, nullptr)};
    return text ? std::string{trim(printable(text.get()))} : "";
}

/// Adds what a .treeinfo says and no mark did.
void add_treeinfo(Evidence& evidence, const std::string& name, const std::string& text) {
    const Handle<GKeyFile, &g_key_file_unref> file{g_key_file_new()};
    if (g_key_file_load_from_data(file.get(), text.data(), text.size(), G_KEY_FILE_NONE, nullptr) ==
        FALSE)
        return;  // what it is, nobody has promised
    const auto add = [&](std::string& to, const std::string& section, const char* key) {
        if (to.empty())
            to = value(file.get(), section, key);
    };
    add(evidence.name, "general", "family");
    add(evidence.version, "general", "version");
    add(evidence.arch, "general", "arch");
    const std::string images = "images-" + value(file.get(), "general", "arch");
    add(evidence.kernel, images, "kernel");
    add(evidence.initrd, images, "initrd");
    for (std::string* const path : {&evidence.kernel, &evidence.initrd})
        if (!is_inside(*path))
            path->clear();
    if (std::ranges::find(evidence.sources, name) == evidence.sources.end())
        evidence.sources.push_back(name);
}

Evidence read_evidence(const std::vector<Family>& families, const std::string& label,
                       MediumFiles& files) {
    Evidence evidence = find_mark(families, label, files);
    for (const char* const name : {".treeinfo", "treeinfo"})
        if (const auto& text = files.text(name)) {
            add_treeinfo(evidence, name, *text);
            break;
        }
    return evidence;
}

/// The first layout of a family whose kernel is there, with the values filled in.
std::optional<catalog::Layout> find_layout(const Family& family, const std::string& arch,
                                           const std::string& suite, MediumFiles& files) {
    for (const catalog::Layout& layout : family.layouts) {
        const bool needs_arch = layout.kernel.find("{{arch}}") != std::string::npos;
        const bool needs_suite = layout.kernel.find("{{suite}}") != std::string::npos;
        if ((needs_arch && arch.empty()) || (needs_suite && suite.empty()) ||
            (!layout.arch.empty() && !arch.empty() && layout.arch != arch))
            continue;
        const answer::Values values{{"arch", arch}, {"suite", suite}};
        catalog::Layout filled{layout.arch, answer::render(layout.kernel, values, family.id),
                               answer::render(layout.initrd, values, family.id)};
        if (is_inside(filled.kernel) && files.has(filled.kernel))
            return filled;
    }
    return std::nullopt;
}

/// Kernel and initrd: as the medium says, as libosinfo does, where the family's media have them,
/// and where those of any family do; that tells the family, too, if only one has them there.
void find_boot_files(Identity& identity, const Family* family, const Evidence& evidence,
                     const std::vector<Family>& families, MediumFiles& files) {
    if (!evidence.kernel.empty() && files.has(evidence.kernel)) {
        identity.kernel = evidence.kernel;
        identity.initrd = evidence.initrd;
    }
    if (!identity.kernel.empty() && files.has(identity.kernel))
        return;
    identity.kernel.clear();
    identity.initrd.clear();
    std::set<std::string> fitting;
    const auto look = [&](const Family& candidate) {
        const auto layout = find_layout(candidate, identity.arch, evidence.codename, files);
        if (!layout)
            return;
        fitting.insert(candidate.id);
        if (!identity.kernel.empty())
            return;
        identity.kernel = layout->kernel;
        identity.initrd = layout->initrd;
        if (identity.arch.empty())
            identity.arch = layout->arch;
    };
    if (family != nullptr)
        return look(*family);
    for (const Family& candidate : families)
        look(candidate);
    if (fitting.size() != 1)
        return;
    identity.family = *fitting.begin();
    identity.known_by.emplace_back("where its kernel is");
}

/// The release that templates mean by a system and a version, if it is in the catalog.
std::optional<catalog::Match> known_release(const catalog::Catalog& catalog,
                                            const std::string& system, const std::string& version,
                                            const std::string& arch) {
    try {
        return catalog.find(system, version, arch);
    } catch (const Error&) {
        return std::nullopt;
    }
}

/// What libosinfo says of a medium, unless that is less than what the medium says itself.
std::optional<osdb::Release> ask_osinfo(const osdb::Database& database, const media::Iso* iso,
                                        const media::Location& location, const Evidence& evidence) {
    std::optional<osdb::Release> release;
    if (iso != nullptr)
        release = database.identify_volume(volume_of(*iso));
    else if (!evidence.sources.empty() && evidence.sources.back().ends_with("treeinfo"))
        release = database.identify_tree(location.path ? "file://" + location.path->string()
                                                       : location.url);
    // "Some release of this distribution" is all that these ids mean.
    if (release && release->id.ends_with("-unknown") && !evidence.version.empty())
        return std::nullopt;
    return release;
}

/// What libosinfo says of the release that the medium names.
std::optional<osdb::Release> named_release(const osdb::Database& database,
                                           const catalog::Catalog& catalog,
                                           const Evidence& evidence) {
    const auto match = known_release(catalog, evidence.system, evidence.version, evidence.arch);
    return match && match->exact && !match->release->osinfo.empty()
               ? database.find(match->release->osinfo, evidence.arch)
               : std::nullopt;
}

void add_release(Identity& identity, const osdb::Release& release) {
    identity.release = release.name;
    identity.id = release.id;
    if (identity.version.empty())
        identity.version = release.version;
    if (identity.arch.empty())
        identity.arch = release.arch;
    identity.kernel = release.kernel;
    identity.initrd = release.initrd;
    identity.minimum_memory = release.minimum_memory;
    identity.minimum_disk = release.minimum_disk;
}

bool is_image_url(const std::string& url) {
    return lower(media::split_url(url).path).ends_with(".iso");
}

std::optional<media::Iso> open_image(const media::Location& location, const Context& context) {
    if (!location.path && is_image_url(location.url))
        return media::Iso{media::open_url(location.url, {.stop = context.stop}),
                          media::shown_url(location.url)};
    std::error_code none;
    if (!location.path || fs::is_directory(*location.path, none))
        return std::nullopt;
    return media::Iso{*location.path};
}

MediumFiles files_of(const std::optional<media::Iso>& iso, const media::Location& location,
                     const Context& context) {
    if (iso)
        return MediumFiles::of_image(
            *iso, location.path ? location.path->string() : media::shown_url(location.url));
    return location.path ? MediumFiles::of_folder(*location.path)
                         : MediumFiles::of_url(location.url, {.stop = context.stop});
}

void require_something(const Identity& identity, const MediumFiles& files,
                       const std::string& where) {
    if (identity.kind == Identity::Kind::image || !identity.known_by.empty() ||
        !identity.kernel.empty())
        return;
    std::vector<std::string> notes;
    for (const std::string& path : files.missed())
        notes.push_back("there is no " + path);
    throw Error{Fault::usage,
                format("{} is no medium: it is neither an ISO image nor an installation tree that "
                       "glinda knows",
                       where),
                std::move(notes)};
}

}  // namespace

Identity identify(const std::string& where, const Context& context) {
    const media::Location location = media::locate(where, fs::current_path());
    const catalog::Catalog catalog{context.families};
    const std::optional<media::Iso> iso = open_image(location, context);
    MediumFiles files = files_of(iso, location, context);

    Identity identity;
    if (iso) {
        identity.label = iso->volume().label;
        identity.boot = iso->boot_records();
        identity.size = iso->file_size();
    } else {
        identity.kind = Identity::Kind::tree;
    }
    const Evidence evidence = read_evidence(catalog.families(), identity.label, files);
    identity.known_by = evidence.sources;
    identity.version = evidence.version;
    identity.arch = evidence.arch;
    const osdb::Database database{context.families / "osinfo", context.stop};
    auto release = ask_osinfo(database, iso ? &*iso : nullptr, location, evidence);
    if (release)
        identity.known_by.insert(identity.known_by.begin(), "libosinfo");
    else
        release = named_release(database, catalog, evidence);
    if (release)
        add_release(identity, *release);
    else
        identity.release = std::string{trim(evidence.name + " " + evidence.version)};
    if (release && iso)
        identity.is_live = release->is_live;

    const Family* family = evidence.family;
    if (family == nullptr && release)
        if (const auto match =
                known_release(catalog, release->distro, release->version, release->arch))
            family = match->family;
    if (family != nullptr)
        identity.family = family->id;
    find_boot_files(identity, family, evidence, catalog.families(), files);
    require_something(identity, files,
                      location.path ? location.path->string() : media::shown_url(location.url));
    return identity;
}

}  // namespace glinda::pipeline
