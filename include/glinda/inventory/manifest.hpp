#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace glinda::inventory {

/// One installed package. What a package manager does not keep is empty.
struct Package {
    std::string name{};
    std::string version{};         ///< whole: epoch and revision as the package manager joins them
    std::string arch{};            ///< in the package manager's words: "amd64", "noarch"
    std::string license{};         ///< as its maker declared it, in whatever notation
    std::string source{};          ///< the name of what it was built from
    std::string source_version{};  ///< of that
    std::string listed{};          ///< how the system's own tool lists it: what ICICLE names
    std::string extra{};           ///< what the template's extra command said about it

    bool operator==(const Package&) const = default;
};

/// What an installed system says of itself: os-release(5).
struct System {
    std::string id;       ///< ID
    std::string version;  ///< VERSION_ID
    std::string name;     ///< PRETTY_NAME
};

/// What is installed in an image.
struct Manifest {
    std::string name;         ///< of the image
    std::string description;  ///< of its template; may be empty
    std::string kind;         ///< the type of package URLs: "deb", "rpm", "apk", "alpm"
    System system;
    std::vector<Package> packages;  ///< by name
};

/// Reads os-release(5). What is missing stays empty.
[[nodiscard]] System parse_os_release(std::string_view text);

// The readers of package databases: no input makes them fail, and lines that mean nothing to them
// are left out. The packages come by name, as the system's own tool lists them.

/// dpkg's `status` (deb-control(5), dpkg(1)): those of which the files are installed.
[[nodiscard]] std::vector<Package> parse_dpkg(std::string_view status);
/// apk's `installed` (apk-package(5)).
[[nodiscard]] std::vector<Package> parse_apk(std::string_view installed);
/// The names of pacman's folders `NAME-VERSION-RELEASE`, one for each package.
[[nodiscard]] std::vector<Package> parse_pacman(const std::vector<std::string>& folders);

/// What rpm(8) is to be asked for: its answer is what parse_rpm() reads.
inline constexpr const char* rpm_query =
    "%{NAME}\t%{EPOCH}\t%{VERSION}-%{RELEASE}\t%{ARCH}\t%{LICENSE}\t%{SOURCERPM}\t%{NVRA}\n";
[[nodiscard]] std::vector<Package> parse_rpm(std::string_view answer);

/// The same for pkg(8)'s database, of sqlite3(1), with tabs between the columns.
inline constexpr const char* pkg_query = "SELECT name, version, arch, origin FROM packages";
[[nodiscard]] std::vector<Package> parse_pkg(std::string_view answer);

/// Gives each package what an extra command said about it: line N of `extra` is about the package
/// that the system's own tool lists in line N of `list`, as Oz has it.
/// @throws Error (usage) if the two have not as many lines.
void add_extra(std::vector<Package>& packages, std::string_view list, std::string_view extra);

/// The package URL (purl-spec) of a package of the manifest.
[[nodiscard]] std::string package_url(const Package& package, const Manifest& manifest);

// What is written. The same manifest and time give the same bytes.

/// Oz's format: XML, the names as the system's own tool lists them.
[[nodiscard]] std::string to_icicle(const Manifest& manifest);
/// SPDX 2.3 as JSON. `created` is a time in UTC, "2026-01-31T12:00:00Z".
[[nodiscard]] std::string to_spdx(const Manifest& manifest, const std::string& created);
/// CycloneDX 1.5 as JSON.
[[nodiscard]] std::string to_cyclonedx(const Manifest& manifest, const std::string& created);

/// The packages of a document of any of the three formats, whoever wrote it.
/// @throws Error (usage) that calls it `name` if it is none of them.
[[nodiscard]] std::vector<Package> read_document(std::string_view text, const std::string& name);

/// What differs between two images, a line for each name: "+ NAME VERSION" came, "- NAME VERSION"
/// went, "~ NAME OLD -> NEW" changed. Empty if nothing does.
[[nodiscard]] std::string difference(const std::vector<Package>& before,
                                     const std::vector<Package>& after);

}  // namespace glinda::inventory
