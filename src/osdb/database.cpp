#include "glinda/osdb/database.hpp"

#include <algorithm>
#include <pugixml.hpp>
#include <vector>

#include "glinda/util/error.hpp"
#include "glinda/util/files.hpp"
#include "glinda/util/handle.hpp"
#include "glinda/util/text.hpp"
#include "osinfo.hpp"

namespace glinda::osdb {
namespace {

template <typename T>
using Object = Handle<T, &g_object_unref>;
using Failure = Handle<GError, &g_error_free>;

/// Takes the error out of a call of GLib's kind: `call(&error)`.
template <typename Call>
Failure failure_of(Call call) {
    GError* error = nullptr;
    call(&error);
    return Failure{error};
}

std::string text_of(const gchar* text) {
    return text == nullptr ? "" : text;
}

template <typename Call>
void load(Call call) {
    if (const Failure failure = failure_of(call))
        throw Error{Fault::environment,
                    format("cannot read the database of operating systems: {}", failure->message)};
}

/// Our entries for the systems that the database lacks: a database folder of links to them, as
/// libosinfo reads folders only and adds to an entry that it meets twice. A system that others
/// merely mention (as their ancestor) is in the database, too, but has no short id.
void link_missing(const std::filesystem::path& own_entries, OsinfoDb* database,
                  const std::filesystem::path& folder) {
    if (!std::filesystem::exists(own_entries))
        return;
    for (const auto& entry : std::filesystem::recursive_directory_iterator{own_entries}) {
        if (entry.path().extension() != ".xml")
            continue;
        pugi::xml_document document;
        if (const auto parsed = document.load_file(entry.path().c_str()); !parsed)
            throw Error{Fault::environment,
                        format("cannot read {}: {}", entry.path().string(), parsed.description())};
        const std::string id = document.child("libosinfo").child("os").attribute("id").value();
        OsinfoOs* const known = osinfo_db_get_os(database, id.c_str());
        if (known != nullptr && osinfo_product_get_short_id(OSINFO_PRODUCT(known)) != nullptr)
            continue;
        const auto link = folder / std::filesystem::relative(entry.path(), own_entries);
        make_folders(link.parent_path());
        std::filesystem::create_symlink(std::filesystem::absolute(entry.path()), link);
    }
}

/// What `list` holds for `arch`, else for every architecture; `list` owns it.
template <typename T>
T* pick(OsinfoList* list, std::string_view arch, const gchar* (*arch_of)(T*)) {
    T* found = nullptr;
    for (int i = 0; i < osinfo_list_get_length(list); ++i) {
        // The list is of Ts: it comes from a getter that says so.
        auto* const candidate = reinterpret_cast<T*>(osinfo_list_get_nth(list, i));
        const std::string its_arch = text_of(arch_of(candidate));
        if (its_arch == arch)
            return candidate;
        if (its_arch == "all" && found == nullptr)
            found = candidate;
    }
    return found;
}

/// libosinfo says -1 for "unknown".
std::uint64_t amount(gint64 value) {
    return value < 0 ? 0 : static_cast<std::uint64_t>(value);
}

/// Whether the system, or one that it derives from, has a driver for one of the PCI devices.
bool supports(OsinfoOs* os, std::initializer_list<const char*> pci_devices) {
    const Object<OsinfoDeviceList> devices{osinfo_os_get_all_devices(os, nullptr)};
    return std::ranges::any_of(pci_devices, [&](const char* id) {
        return osinfo_list_find_by_id(OSINFO_LIST(devices.get()), id) != nullptr;
    });
}

void add_resources(Release& release, OsinfoOs* os) {
    const Object<OsinfoResourcesList> minimum{osinfo_os_get_minimum_resources(os)};
    const Object<OsinfoResourcesList> recommended{osinfo_os_get_recommended_resources(os)};
    const auto resources = [&](OsinfoResourcesList* list) {
        return pick(OSINFO_LIST(list), release.arch, &osinfo_resources_get_architecture);
    };
    if (OsinfoResources* const least = resources(minimum.get())) {
        release.minimum_memory = amount(osinfo_resources_get_ram(least));
        release.minimum_disk = amount(osinfo_resources_get_storage(least));
        release.minimum_cpus = static_cast<unsigned>(amount(osinfo_resources_get_n_cpus(least)));
    }
    if (OsinfoResources* const good = resources(recommended.get())) {
        release.recommended_memory = amount(osinfo_resources_get_ram(good));
        release.recommended_disk = amount(osinfo_resources_get_storage(good));
    }
}

Release describe(OsinfoOs* os, std::string_view arch) {
    auto* product = OSINFO_PRODUCT(os);
    Release release{.id = text_of(osinfo_product_get_short_id(product)),
                    .name = text_of(osinfo_product_get_name(product)),
                    .version = text_of(osinfo_product_get_version(product)),
                    .family = text_of(osinfo_os_get_family(os)),
                    .distro = text_of(osinfo_os_get_distro(os)),
                    .codename = text_of(osinfo_product_get_codename(product)),
                    .arch = std::string{arch}};
    add_resources(release, os);
    // Each virtio device has a PCI number of the transitional and one of the 1.0 kind.
    release.virtio_block =
        supports(os, {"http://pcisig.com/pci/1af4/1001", "http://pcisig.com/pci/1af4/1042"});
    release.virtio_net =
        supports(os, {"http://pcisig.com/pci/1af4/1000", "http://pcisig.com/pci/1af4/1041"});
    return release;
}

/// The answer of a server, and of the file system.
bool has_no_treeinfo(const GError* error) {
    return g_error_matches(error, OSINFO_TREE_ERROR, OSINFO_TREE_ERROR_NO_TREEINFO) == TRUE ||
           g_error_matches(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND) == TRUE;
}

}  // namespace

void Database::Unref::operator()(_OsinfoDb* database) const noexcept {
    g_object_unref(database);
}

_OsinfoDb* Database::database() {
    if (database_)
        return database_.get();
    const Object<OsinfoLoader> loader{osinfo_loader_new()};
    load([&](GError** error) { osinfo_loader_process_default_path(loader.get(), error); });
    OsinfoDb* const loaded = osinfo_loader_get_db(loader.get());
    const TemporaryFolder missing{std::filesystem::temp_directory_path() / "glinda-osinfo-"};
    try {
        link_missing(own_entries_, loaded, missing.path());
    } catch (const std::filesystem::filesystem_error& error) {
        throw Error{Fault::environment,
                    format("cannot read {}: {}", own_entries_.string(), error.code().message())};
    }
    load([&](GError** error) {
        osinfo_loader_process_path(loader.get(), missing.path().c_str(), error);
    });
    g_object_ref(loaded);
    database_.reset(loaded);
    return loaded;
}

std::optional<Release> Database::identify_iso(const std::filesystem::path& iso) {
    Object<OsinfoMedia> media;
    constexpr OsinfoMediaDetectFlags bootable_or_not{};
    // An absolute path is never taken for a URL, whatever characters it has.
    const Failure failure = failure_of([&](GError** error) {
        media.reset(osinfo_media_create_from_location_with_flags(
            std::filesystem::absolute(iso).c_str(), nullptr, bootable_or_not, error));
    });
    if (failure)
        throw Error{Fault::usage,
                    format("cannot read the ISO image {}: {}", iso.string(), failure->message)};
    if (osinfo_db_identify_media(database(), media.get()) == FALSE)
        return std::nullopt;
    const Object<OsinfoOs> os{osinfo_media_get_os(media.get())};
    Release release = describe(os.get(), text_of(osinfo_media_get_architecture(media.get())));
    release.kernel = text_of(osinfo_media_get_kernel_path(media.get()));
    release.initrd = text_of(osinfo_media_get_initrd_path(media.get()));
    release.volume_label = text_of(osinfo_media_get_volume_id(media.get()));
    release.is_live = osinfo_media_get_live(media.get()) == TRUE;
    return release;
}

std::optional<Release> Database::identify_tree(const std::string& url) {
    Object<OsinfoTree> tree;
    const Failure failure = failure_of([&](GError** error) {
        tree.reset(osinfo_tree_create_from_location(url.c_str(), nullptr, error));
    });
    if (has_no_treeinfo(failure.get()))
        return std::nullopt;
    if (failure)
        throw Error{Fault::environment,
                    format("cannot identify the tree {}: {}", url, failure->message)};
    if (osinfo_db_identify_tree(database(), tree.get()) == FALSE)
        return std::nullopt;
    const Object<OsinfoOs> os{osinfo_tree_get_os(tree.get())};
    Release release = describe(os.get(), text_of(osinfo_tree_get_architecture(tree.get())));
    release.kernel = text_of(osinfo_tree_get_kernel_path(tree.get()));
    release.initrd = text_of(osinfo_tree_get_initrd_path(tree.get()));
    return release;
}

std::optional<Release> Database::find(std::string_view id, std::string_view arch) {
    const Object<OsinfoFilter> filter{osinfo_filter_new()};
    osinfo_filter_add_constraint(filter.get(), OSINFO_PRODUCT_PROP_SHORT_ID,
                                 std::string{id}.c_str());
    const Object<OsinfoOsList> all{osinfo_db_get_os_list(database())};
    const Object<OsinfoList> found{osinfo_list_new_filtered(OSINFO_LIST(all.get()), filter.get())};
    if (osinfo_list_get_length(found.get()) == 0)
        return std::nullopt;
    OsinfoOs* const os = OSINFO_OS(osinfo_list_get_nth(found.get(), 0));
    Release release = describe(os, arch);
    const Object<OsinfoTreeList> trees{osinfo_os_get_tree_list(os)};
    if (OsinfoTree* const tree =
            pick(OSINFO_LIST(trees.get()), arch, &osinfo_tree_get_architecture)) {
        release.kernel = text_of(osinfo_tree_get_kernel_path(tree));
        release.initrd = text_of(osinfo_tree_get_initrd_path(tree));
    }
    return release;
}

}  // namespace glinda::osdb
