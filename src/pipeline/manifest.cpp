#include "glinda/pipeline/manifest.hpp"

#include <algorithm>
#include <array>
#include <functional>

#include "finished_image.hpp"
#include "glinda/image/files.hpp"
#include "glinda/tdl/template.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/files.hpp"
#include "glinda/util/text.hpp"
#include "image_guest.hpp"

namespace glinda::pipeline {
namespace {

namespace fs = std::filesystem;
using inventory::Package;

/// The largest package database that is copied: that of 20,000 rpm packages has 500 MB.
constexpr std::size_t largest_database = std::size_t{2} << 30U;
constexpr std::size_t largest_document = std::size_t{256} << 20U;

/// A folder of an image, or a file.
struct Place {
    std::string device;
    std::string path;
};

/// An image with a folder for what is read out of it.
struct Opened {
    const image::Files& files;
    const fs::path& folder;
    Runner& runner;
};

/// What a reader makes of a database.
using Read = std::vector<Package> (*)(const Opened& image, const Place& database);

std::string text_at(const Opened& image, const Place& place) {
    return image.files.read(place.device, place.path, largest_document).value_or("");
}

/// A copy of a database with what its writer may have put beside it.
fs::path copied(const Opened& image, const Place& place) {
    fs::path copy = image.folder / fs::path{place.path}.filename();
    for (const char* const beside : {"", "-wal"})
        std::ignore = image.files.copy(place.device, place.path + beside, copy.string() + beside,
                                       largest_database);
    return copy;
}

std::vector<Package> read_rpm(const Opened& image, const Place& place) {
    const fs::path copy = copied(image, place);
    const std::string kind = copy.filename() == "Packages" ? "bdb_ro" : "sqlite";
    return inventory::parse_rpm(image.runner.output_of(
        {.argv = {"rpm", "--define", "_db_backend " + kind, "--dbpath", image.folder.string(),
                  "--nodigest", "--nosignature", "-qa", "--qf", inventory::rpm_query}}));
}

std::vector<Package> read_pkg(const Opened& image, const Place& place) {
    const fs::path copy = copied(image, place);
    return inventory::parse_pkg(image.runner.output_of(
        {.argv = {"sqlite3", "-init", "/dev/null", "-safe", "-batch", "-noheader", "-tabs",
                  copy.string(), inventory::pkg_query}}));
}

/// A package database: where it is, below the root of a system, and who reads it.
struct Database {
    const char* path;
    const char* kind;  ///< the type of its package URLs
    Read read;
};

constexpr std::array databases{
    Database{"/var/lib/dpkg/status", "deb",
             [](const Opened& image, const Place& place) {
                 return inventory::parse_dpkg(text_at(image, place));
             }},
    Database{"/usr/lib/sysimage/rpm/rpmdb.sqlite", "rpm", &read_rpm},
    Database{"/var/lib/rpm/rpmdb.sqlite", "rpm", &read_rpm},
    Database{"/var/lib/rpm/Packages", "rpm", &read_rpm},
    Database{"/lib/apk/db/installed", "apk",
             [](const Opened& image, const Place& place) {
                 return inventory::parse_apk(text_at(image, place));
             }},
    Database{"/usr/lib/apk/db/installed", "apk",
             [](const Opened& image, const Place& place) {
                 return inventory::parse_apk(text_at(image, place));
             }},
    Database{"/var/lib/pacman/local/ALPM_DB_VERSION", "alpm",
             [](const Opened& image, const Place& place) {
                 std::vector<std::string> folders =
                     image.files.list(place.device, fs::path{place.path}.parent_path().string());
                 std::erase_if(folders, [](const auto& name) { return !name.ends_with('/'); });
                 for (std::string& name : folders)
                     name.pop_back();
                 return inventory::parse_pacman(folders);
             }},
    Database{"/var/db/pkg/local.sqlite", "generic", &read_pkg},
};

/// Where a file system may have the root of a system: at its own, or in the subvolume that
/// installers for btrfs usually make.
constexpr std::array roots{"", "/@", "/root", "/@/.snapshots/1/snapshot"};

/// Whether the folder of `path` has a file of its name: a look at the folder is cheaper than one
/// for each database that may be in it, and a reader that fails says why.
bool is_there(const image::Files& files, const Place& place) {
    const fs::path path{place.path};
    const std::vector<std::string> names = files.list(place.device, path.parent_path().string());
    return std::ranges::find(names, path.filename().string()) != names.end();
}

/// The roots that a file system has.
std::vector<Place> roots_of(const image::Files& files) {
    std::vector<Place> found;
    for (const std::string& device : files.devices()) {
        const std::vector<std::string> names = files.list(device, "");
        for (const std::string root : roots) {
            const std::string top = root.substr(0, root.find('/', 1));
            if (!names.empty() &&
                (top.empty() || std::ranges::find(names, top.substr(1) + "/") != names.end()))
                found.push_back({device, root});
        }
    }
    return found;
}

/// A database of packages, and where it may be.
struct Candidate {
    const Database* database;
    Place place;
};

/// /var may be a file system of its own.
std::vector<Candidate> candidates(const std::vector<Place>& places) {
    std::vector<Candidate> all;
    for (const std::string_view mounted : {"", "/var"})
        for (const Place& root : places)
            for (const Database& database : databases)
                if (const std::string_view path{database.path}; path.starts_with(mounted))
                    all.push_back(
                        {&database,
                         {root.device, root.path + std::string{path.substr(mounted.size())}}});
    return all;
}

inventory::System system_of(const image::Files& files, const std::vector<Place>& places) {
    for (const Place& root : places)
        if (const auto text = files.read(root.device, root.path + "/etc/os-release"))
            return inventory::parse_os_release(*text);
    return {};
}

/// What the first database that is there lists.
inventory::Manifest read_packages(const Opened& image, const fs::path& path) {
    const std::vector<Place> places = roots_of(image.files);
    const std::vector<Candidate> all = candidates(places);
    const auto found = std::ranges::find_if(
        all, [&](const Candidate& one) { return is_there(image.files, one.place); });
    if (found == all.end())
        throw Error{Fault::environment,
                    format("{} has no package database that glinda knows", path.string()),
                    {"those of dpkg, rpm (sqlite and Berkeley DB), apk, pacman and pkg are looked "
                     "for, on each file system that GRUB can read"}};
    return {.name = {},
            .description = {},
            .kind = found->database->kind,
            .system = system_of(image.files, places),
            .packages = found->database->read(image, found->place)};
}

inventory::Manifest manifest_of(const FinishedImage& image, const Context& context) {
    const TemporaryFolder folder{fs::temp_directory_path() / "glinda-manifest-"};
    const image::Files files{context.runner, image.path, image.format, folder.path()};
    return read_packages({files, folder.path(), context.runner}, image.path);
}

/// How a system lists its packages by itself, one a line: what ICICLE names.
constexpr std::array lists{
    std::pair{"deb",
              "dpkg-query -W -f '${db:Status-Status} ${binary:Package}\\n' | "
              "sed -n 's/^installed //p'"},
    std::pair{"rpm", "rpm -qa"},
    std::pair{"apk", "apk info -v"},
};

std::string output_in(ImageGuest& guest, const std::string& script, const Context& context) {
    guest::CommandResult result =
        guest.session.run(script, {.limit = context.settings.install_timeout});
    if (result.status != 0)
        throw Error{Fault::guest,
                    format("the <extra_command> ended with status {}", result.status),
                    {std::string{trim(printable(result.errors))}}};
    return std::move(result.output);
}

/// Boots an overlay of the image for what only the guest itself can say.
void ask_guest(inventory::Manifest& manifest, const FinishedImage& image,
               const tdl::Template& wanted, const Context& context) {
    const auto* const list = std::ranges::find(
        lists, manifest.kind, [](const auto& entry) { return std::string{entry.first}; });
    if (list == lists.end())
        throw Error{Fault::usage, format("{}: the packages of this system take no <extra_command>",
                                         wanted.file.string())};
    on_overlay(image, wanted, context, nullptr, [&](ImageGuest& guest) {
        context.progress.phase("running the extra command");
        const std::string names = output_in(guest, list->second, context);
        inventory::add_extra(manifest.packages, names,
                             output_in(guest, *wanted.icicle_command, context));
    });
}

}  // namespace

inventory::Manifest manifest(const ManifestRequest& request, const Context& context) {
    const tdl::Template wanted =
        tdl::read_template(request.template_file, context.schemas / "tdl.rng", request.variables);
    const FinishedImage image = image_of(request.domain_xml);
    inventory::Manifest manifest = manifest_of(image, context);
    manifest.name = wanted.name;
    manifest.description = wanted.description;
    if (wanted.icicle_command)
        ask_guest(manifest, image, wanted, context);
    return manifest;
}

std::vector<Package> packages_of(const fs::path& file, const Context& context) {
    const std::string text = read_file(file, Fault::usage, largest_document);
    if (trim(text).starts_with("<domain"))
        return manifest_of(image_of(file), context).packages;
    return inventory::read_document(text, file.string());
}

}  // namespace glinda::pipeline
