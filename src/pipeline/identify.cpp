#include "glinda/pipeline/identify.hpp"

#include <glib.h>

#include <algorithm>
#include <array>
#include <memory>
#include <set>

#include "boot_files.hpp"
#include "glinda/catalog/family.hpp"
#include "glinda/media/byte_source.hpp"
#include "glinda/media/iso.hpp"
#include "glinda/media/location.hpp"
#include "glinda/media/udf.hpp"
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

/// Adds what a .treeinfo says and no mark did.
void add_treeinfo(Evidence& evidence, const FoundTreeInfo& found) {
    const auto add = [](std::string& to, const std::string& said) {
        if (to.empty())
            to = said;
    };
    add(evidence.name, found.info.family);
    add(evidence.version, found.info.version);
    add(evidence.arch, found.info.arch);
    evidence.kernel = found.info.kernel;
    evidence.initrd = found.info.initrd;
    if (std::ranges::find(evidence.sources, found.file) == evidence.sources.end())
        evidence.sources.push_back(found.file);
}

Evidence read_evidence(const std::vector<Family>& families, const std::string& label,
                       MediumFiles& files) {
    Evidence evidence = find_mark(families, label, files);
    if (const auto found = find_treeinfo(files))
        add_treeinfo(evidence, *found);
    return evidence;
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

/// A medium as it is opened: an image has one file system or both, a tree none.
struct Opened {
    std::optional<media::Iso> iso{};
    std::optional<media::Udf> udf{};
    [[nodiscard]] bool is_image() const { return iso || udf; }
};

/// What libosinfo says of a medium, unless that is less than what the medium says itself.
std::optional<osdb::Release> ask_osinfo(const osdb::Database& database, const Opened& opened,
                                        MediumFiles& files, const Evidence& evidence) {
    std::optional<osdb::Release> release;
    if (opened.iso)
        release = database.identify_volume(volume_of(*opened.iso));
    else if (!opened.is_image())
        release = ask_treeinfo(database, files);
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

/// The release that the medium names or that libosinfo knows it by.
std::optional<osdb::Release> find_release(Identity& identity, const Opened& opened,
                                          MediumFiles& files, const Evidence& evidence,
                                          const osdb::Database& database,
                                          const catalog::Catalog& catalog) {
    // What is in it says more than its label, which is all that libosinfo knows such media by.
    if (!files.images().empty())
        if (auto release = named_release(database, catalog, evidence))
            return release;
    auto release = ask_osinfo(database, opened, files, evidence);
    if (!release)
        return named_release(database, catalog, evidence);
    identity.known_by.insert(identity.known_by.begin(), "libosinfo");
    return release;
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

/// The bytes of an image; nothing if it is a tree.
std::unique_ptr<media::ByteSource> bytes_of(const media::Location& location,
                                            const Context& context) {
    if (!location.path)
        return is_image_url(location.url) ? media::open_url(location.url, {.stop = context.stop})
                                          : nullptr;
    std::error_code none;
    return fs::is_directory(*location.path, none) ? nullptr : media::open_bytes(*location.path);
}

std::string name_of(const media::Location& location) {
    return location.path ? location.path->string() : media::shown_url(location.url);
}

/// What two file systems of one image read.
class SharedSource : public media::ByteSource {
public:
    explicit SharedSource(std::shared_ptr<media::ByteSource> bytes) : bytes_{std::move(bytes)} {}
    [[nodiscard]] std::uint64_t size() const override { return bytes_->size(); }
    [[nodiscard]] std::string read(std::uint64_t at, std::size_t length) override {
        return bytes_->read(at, length);
    }

private:
    std::shared_ptr<media::ByteSource> bytes_;
};

Opened open_image(const media::Location& location, const Context& context) {
    const std::shared_ptr<media::ByteSource> bytes = bytes_of(location, context);
    if (!bytes)
        return {};
    const std::string head = bytes->read(0, media::volume_head);
    const std::string name = name_of(location);
    Opened opened;
    if (media::has_udf(head))
        opened.udf.emplace(std::make_unique<SharedSource>(bytes), name);
    if (!opened.udf || media::has_iso9660(head))
        opened.iso.emplace(std::make_unique<SharedSource>(bytes), name);
    return opened;
}

MediumFiles files_of(const Opened& opened, const media::Location& location,
                     const Context& context) {
    if (opened.is_image())
        return MediumFiles::of_image(opened.iso ? &*opened.iso : nullptr,
                                     opened.udf ? &*opened.udf : nullptr, name_of(location));
    return files_of_tree(location, context);
}

/// What an image says of itself without its files.
void add_image(Identity& identity, const Opened& opened) {
    if (opened.iso) {
        identity.label = opened.iso->volume().label;
        identity.boot = opened.iso->boot_records();
        identity.size = opened.iso->file_size();
    } else {
        identity.label = opened.udf->label();
        identity.size = opened.udf->image_size();
    }
}

void add_images(Identity& identity, const std::vector<WimImage>& images) {
    const auto add = [](std::vector<std::string>& to, const std::string& what) {
        if (!what.empty() && std::ranges::find(to, what) == to.end())
            to.push_back(what);
    };
    for (const WimImage& image : images) {
        add(identity.editions, image.name);
        for (const std::string& language : image.languages)
            add(identity.languages, language);
    }
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
    const Opened opened = open_image(location, context);
    MediumFiles files = files_of(opened, location, context);

    Identity identity;
    if (opened.is_image())
        add_image(identity, opened);
    else
        identity.kind = Identity::Kind::tree;
    const Evidence evidence = read_evidence(catalog.families(), identity.label, files);
    identity.known_by = evidence.sources;
    identity.version = evidence.version;
    identity.arch = evidence.arch;
    add_images(identity, files.images());
    const osdb::Database database{context.families / "osinfo", context.stop};
    const auto release = find_release(identity, opened, files, evidence, database, catalog);
    if (release)
        add_release(identity, *release);
    else
        identity.release = std::string{trim(evidence.name + " " + evidence.version)};
    if (release && opened.iso)
        identity.is_live = release->is_live;

    const Family* family = evidence.family;
    if (family == nullptr && release)
        if (const auto match =
                known_release(catalog, release->distro, release->version, release->arch))
            family = match->family;
    if (family != nullptr)
        identity.family = family->id;
    find_boot_files(identity, family, evidence, catalog.families(), files);
    require_something(identity, files, name_of(location));
    return identity;
}

}  // namespace glinda::pipeline
