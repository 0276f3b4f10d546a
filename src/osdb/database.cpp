#include "glinda/osdb/database.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <nlohmann/json.hpp>
#include <pugixml.hpp>

#include "glinda/util/error.hpp"
#include "glinda/util/files.hpp"
#include "glinda/util/handle.hpp"
#include "glinda/util/process.hpp"
#include "glinda/util/text.hpp"
#include "osinfo.hpp"

namespace glinda::osdb {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Release, id, name, version, family, distro, codename, arch,
                                   kernel, initrd, volume_label, is_live, minimum_memory,
                                   recommended_memory, minimum_disk, recommended_disk, minimum_cpus,
                                   virtio_block, virtio_net)

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

using Db = Object<OsinfoDb>;

/// Where our entries are, and an empty folder.
struct Folders {
    std::filesystem::path own_entries;
    std::filesystem::path scratch;
};

/// The host's database with what it lacks.
Db read_database(const Folders& folders) {
    const Object<OsinfoLoader> loader{osinfo_loader_new()};
    load([&](GError** error) { osinfo_loader_process_default_path(loader.get(), error); });
    OsinfoDb* const loaded = osinfo_loader_get_db(loader.get());
    try {
        link_missing(folders.own_entries, loaded, folders.scratch);
    } catch (const std::filesystem::filesystem_error& error) {
        throw Error{Fault::environment, format("cannot read {}: {}", folders.own_entries.string(),
                                               error.code().message())};
    }
    load([&](GError** error) {
        osinfo_loader_process_path(loader.get(), folders.scratch.c_str(), error);
    });
    return Db{static_cast<OsinfoDb*>(g_object_ref(loaded))};
}

/// What a medium and a tree tell alike.
template <typename Found>
Release release_of(Found* found, OsinfoOs* (*os_of)(Found*), const gchar* (*arch_of)(Found*),
                   const gchar* (*kernel_of)(Found*), const gchar* (*initrd_of)(Found*)) {
    const Object<OsinfoOs> os{os_of(found)};
    Release release = describe(os.get(), text_of(arch_of(found)));
    release.kernel = text_of(kernel_of(found));
    release.initrd = text_of(initrd_of(found));
    return release;
}

/// The medium as libosinfo would read it from the file itself.
Object<OsinfoMedia> media_of(const Volume& volume) {
    Object<OsinfoMedia> media{osinfo_media_new("medium", nullptr)};
    auto* const entity = OSINFO_ENTITY(media.get());
    const auto set = [&](const char* property, const std::string& value) {
        if (!value.empty())
            osinfo_entity_set_param(entity, property, value.c_str());
    };
    set(OSINFO_MEDIA_PROP_VOLUME_ID, volume.label);
    set(OSINFO_MEDIA_PROP_SYSTEM_ID, volume.system);
    set(OSINFO_MEDIA_PROP_PUBLISHER_ID, volume.publisher);
    set(OSINFO_MEDIA_PROP_APPLICATION_ID, volume.application);
    osinfo_entity_set_param_int64(entity, OSINFO_MEDIA_PROP_VOLUME_SIZE,
                                  static_cast<gint64>(volume.size));
    return media;
}

std::optional<Release> release_of_volume(const Volume& volume, const Folders& folders) {
    const Object<OsinfoMedia> media = media_of(volume);
    const Db database = read_database(folders);  // the medium does not own its system
    if (osinfo_db_identify_media(database.get(), media.get()) == FALSE)
        return std::nullopt;
    Release release = release_of(media.get(), &osinfo_media_get_os, &osinfo_media_get_architecture,
                                 &osinfo_media_get_kernel_path, &osinfo_media_get_initrd_path);
    release.volume_label = volume.label;
    release.is_live = osinfo_media_get_live(media.get()) == TRUE;
    return release;
}

std::optional<Release> release_of_treeinfo(const std::string& text, const Folders& folders) {
    const std::filesystem::path folder = folders.scratch / "tree";
    make_folders(folder);
    write_file(folder / ".treeinfo", text);
    Object<OsinfoTree> tree;
    const Failure failure = failure_of([&](GError** error) {
        tree.reset(osinfo_tree_create_from_location(("file://" + folder.string()).c_str(), nullptr,
                                                    error));
    });
    std::filesystem::remove_all(folder);  // it is no entry of a database
    if (failure)
        return std::nullopt;
    const Db database = read_database(folders);
    if (osinfo_db_identify_tree(database.get(), tree.get()) == FALSE)
        return std::nullopt;
    return release_of(tree.get(), &osinfo_tree_get_os, &osinfo_tree_get_architecture,
                      &osinfo_tree_get_kernel_path, &osinfo_tree_get_initrd_path);
}

std::optional<Release> release_named(const std::string& id, const std::string& arch,
                                     const Folders& folders) {
    const Db database = read_database(folders);
    const Object<OsinfoFilter> filter{osinfo_filter_new()};
    osinfo_filter_add_constraint(filter.get(), OSINFO_PRODUCT_PROP_SHORT_ID, id.c_str());
    const Object<OsinfoOsList> all{osinfo_db_get_os_list(database.get())};
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

std::optional<Release> ask_apart(
    const std::function<std::optional<Release>(const Folders&)>& question,
    const std::filesystem::path& own_entries, const std::stop_token& stop) {
    const TemporaryFolder scratch{std::filesystem::temp_directory_path() / "glinda-osinfo-"};
    const Folders folders{own_entries, scratch.path()};
    const std::string answer = run_apart(
        "identifying the medium",
        [&] {
            const auto release = question(folders);
            return release ? nlohmann::json(*release).dump(-1, ' ', false,
                                                           nlohmann::json::error_handler_t::replace)
                           : "";
        },
        stop, std::chrono::minutes{1});
    if (answer.empty())
        return std::nullopt;
    return nlohmann::json::parse(answer).get<Release>();
}

}  // namespace

std::string host_version() {
    // Where osinfo-db-import(1) installs a database for all users, it notes its version.
    for (const char* const file : {"/usr/local/share/osinfo/VERSION", "/usr/share/osinfo/VERSION"})
        if (std::filesystem::exists(file))
            return printable(trim(read_file(file)));
    return "";
}

std::optional<Release> Database::identify_volume(const Volume& volume) const {
    return ask_apart([&](const Folders& folders) { return release_of_volume(volume, folders); },
                     own_entries_, stop_);
}

std::optional<Release> Database::identify_treeinfo(const std::string& text) const {
    return ask_apart([&](const Folders& folders) { return release_of_treeinfo(text, folders); },
                     own_entries_, stop_);
}

std::optional<Release> Database::find(const std::string& id, const std::string& arch) const {
    return ask_apart([&](const Folders& folders) { return release_named(id, arch, folders); },
                     own_entries_, stop_);
}

}  // namespace glinda::osdb
