#include <algorithm>
#include <pugixml.hpp>
#include <set>

#include "glinda/catalog/family.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/text.hpp"
#include "version.hpp"

namespace glinda::catalog {
namespace {

namespace fs = std::filesystem;

pugi::xml_document load(const fs::path& file) {
    pugi::xml_document document;
    if (const auto result = document.load_file(file.c_str()); !result)
        throw Error{Fault::environment, format("cannot read {}: {} at byte {}", file.string(),
                                               result.description(), result.offset)};
    return document;
}

std::string value(const pugi::xml_node& node, const char* attribute) {
    return node.attribute(attribute).value();
}

/// The text of an element on one line.
std::string one_line(const pugi::xml_node& node) {
    const std::vector<std::string_view> parts = words(node.text().get());
    return join({parts.begin(), parts.end()}, " ");
}

std::optional<BootFiles> boot_files(const pugi::xml_node& node) {
    if (!node)
        return std::nullopt;
    return BootFiles{value(node, "kernel"), value(node, "initrd"), value(node, "below")};
}

/// Whether neither a node nor one that it is in says that it is not supported.
bool is_supported(const pugi::xml_node& node) {
    return !node || (value(node, "supported") != "no" && is_supported(node.parent()));
}

/// What a node, or else one that it is in, says why it is not supported.
std::string reason_of(const pugi::xml_node& node) {
    if (!node)
        return "";
    const std::string own = value(node, "reason");
    return own.empty() ? reason_of(node.parent()) : own;
}

System system_of(const pugi::xml_node& node) {
    System system{.name = value(node, "name"),
                  .like = value(node, "like"),
                  .osinfo = value(node, "osinfo"),
                  .aliases = {},
                  .releases = {}};
    for (const pugi::xml_node& alias : node.children("alias"))
        system.aliases.push_back(value(alias, "name"));
    for (const pugi::xml_node& release : node.children("release"))
        system.releases.push_back({value(release, "version"), value(release, "codename"),
                                   value(release, "osinfo"), is_supported(release),
                                   reason_of(release)});
    return system;
}

Hardware hardware_of(const pugi::xml_node& node) {
    return {.machine = value(node, "machine"),
            .disk_bus = value(node, "disk-bus"),
            .disk = value(node, "disk"),
            .other_disk = value(node, "other-disk"),
            .nic = value(node, "nic"),
            .optical_bus = value(node, "optical-bus"),
            .tcg_cpu = value(node, "tcg-cpu"),
            .tcg_cpus = node.attribute("tcg-cpus").as_uint(1),
            .memory = node.attribute("memory").as_uint(),
            .firmware = value(node, "firmware"),
            .clock = value(node, "clock")};
}

/// How the answer file and what goes with it reach the installer.
void read_delivery(const pugi::xml_node& root, Family& family) {
    const pugi::xml_node answer = root.child("answer");
    family.answer_source = value(answer, "source");
    family.answer_path = value(answer, "path");
    const std::string by = value(answer, "by");
    family.delivery = by == "drive"    ? Delivery::drive
                      : by == "medium" ? Delivery::medium
                                       : Delivery::initrd;
    family.drive_label = value(answer, "label");
    family.archive = value(answer, "archive");
    for (const pugi::xml_node& hook : root.children("hook"))
        family.hooks.push_back(
            {value(hook, "source"), value(hook, "path"), value(hook, "dialect")});
    for (const pugi::xml_node& one : root.children("value"))
        family.values.push_back({value(one, "name"), value(one, "is"), value(one, "system"),
                                 value(one, "from"), value(one, "until"), value(one, "firmware"),
                                 value(one, "source"), value(one, "label"),
                                 value(one, "keyboard")});
}

/// What the family's installer says when it fails, then what firmware, boot loader and kernel say.
std::vector<FailureRule> failures_of(const fs::path& folder) {
    std::vector<FailureRule> rules;
    for (const fs::path& file :
         {folder / "errors.xml", folder.parent_path() / "common-errors.xml"}) {
        if (!fs::exists(file))
            continue;
        const pugi::xml_document document = load(file);
        for (const pugi::xml_node& rule : document.document_element().children("failure"))
            rules.push_back({value(rule, "pattern"), one_line(rule.child("cause")),
                             one_line(rule.child("remedy")), value(rule, "when") == "last",
                             value(rule, "answer")});
    }
    return rules;
}

Family family_of(const fs::path& folder) {
    const pugi::xml_document document = load(folder / "family.xml");
    const pugi::xml_node root = document.document_element();
    Family family;
    family.id = folder.filename();
    family.folder = folder;
    for (const pugi::xml_node& system : root.children("system"))
        family.systems.push_back(system_of(system));
    for (const pugi::xml_node& mark : root.children("mark"))
        family.marks.push_back({value(mark, "file"), value(mark, "with"), value(mark, "pattern"),
                                value(mark, "system")});
    for (const pugi::xml_node& layout : root.children("layout"))
        family.layouts.push_back(
            {value(layout, "arch"), value(layout, "kernel"), value(layout, "initrd")});
    family.dialect = value(root.child("answer"), "dialect");
    family.rules = value(root.child("answer"), "rules");
    if (!is_supported(root))
        return family;
    for (const pugi::xml_node& arch : root.children("arch")) {
        auto& values = family.architectures[value(arch, "name")];
        for (const pugi::xml_attribute& attribute : arch.attributes())
            if (attribute.name() != std::string_view{"name"})
                values["arch_" + std::string{attribute.name()}] = attribute.value();
    }
    family.tree = boot_files(root.child("tree"));
    family.medium = boot_files(root.child("medium"));
    for (const pugi::xml_node& menu : root.child("medium").children("menu"))
        family.menus.push_back(
            {value(menu, "loader") == "grub" ? BootMenu::Loader::grub : BootMenu::Loader::isolinux,
             value(menu, "path")});
    family.command_line = one_line(root.child("command-line"));
    read_delivery(root, family);
    family.log_port = value(root.child("log"), "port");
    family.restarts = value(root.child("success"), "restarts") == "yes";
    family.hardware = hardware_of(root.child("hardware"));
    family.success_pattern = value(root.child("success"), "pattern");
    for (const pugi::xml_node& phase : root.children("phase"))
        family.phases.push_back({value(phase, "name"), value(phase, "pattern")});
    for (const pugi::xml_node& advance : root.children("advance"))
        family.advances.push_back(value(advance, "pattern"));
    family.failures = failures_of(folder);
    return family;
}

/// A system, and the family that installs some of its releases.
struct Candidate {
    const Family* family;
    const System* system;
};

std::vector<Candidate> systems_named(std::string_view os, const std::vector<Family>& families) {
    const auto is_it = [&](const std::string& name) { return lower(name) == lower(os); };
    std::vector<Candidate> found;
    for (const Family& family : families)
        for (const System& system : family.systems)
            if (is_it(system.name) || std::ranges::any_of(system.aliases, is_it))
                found.push_back({&family, &system});
    return found;
}

std::string known_systems(const std::vector<Family>& families) {
    std::set<std::string> names;
    for (const Family& family : families)
        for (const System& system : family.systems)
            names.insert(system.name);
    return join({names.begin(), names.end()}, ", ");
}

std::string known_versions(const std::vector<Candidate>& systems) {
    std::vector<std::string> versions;
    for (const Candidate& candidate : systems)
        for (const Release& release : candidate.system->releases)
            versions.push_back(release.version);
    return join(versions, ", ");
}

/// Whether a version in lower case is that of a release, or of one of its point releases.
bool belongs_to(std::string_view version, const Release& release) {
    const std::string known = lower(release.version);
    return version == known || version.starts_with(known + ".") ||
           (!version.empty() && version == release.codename);
}

/// The release of a version: of all that it could be the one with the longest number, 8.1 before 8;
/// of those of one code name the plain one.
std::optional<Match> known_release(const std::vector<Candidate>& systems,
                                   std::string_view version) {
    const auto is_closer = [&](const Release& one, const Release& other) {
        return version == one.codename ? one.version.size() < other.version.size()
                                       : one.version.size() > other.version.size();
    };
    std::optional<Match> best;
    for (const auto& [family, system] : systems)
        for (const Release& release : system->releases)
            if (belongs_to(version, release) && (!best || is_closer(release, *best->release)))
                best = {family, &release, true, system};
    return best;
}

/// The newest release, if a version is newer than that.
std::optional<Match> nearest_release(const std::vector<Candidate>& systems,
                                     std::string_view version) {
    const Candidate& newest = *std::ranges::max_element(systems, {}, [](const Candidate& one) {
        return numbers(one.system->releases.back().version);
    });
    const Release& release = newest.system->releases.back();
    if (numbers(version) > numbers(release.version))
        return Match{newest.family, &release, false, newest.system};
    return std::nullopt;
}

/// What Oz calls a system with a number in its name, as a system and a version.
struct NumberedName {
    std::string_view os;
    std::string version;
};
std::optional<NumberedName> numbered_name(std::string_view os, std::string_view update) {
    const std::size_t dash = os.rfind('-');
    if (dash == std::string_view::npos)
        return std::nullopt;
    if (update == "gold")  // the release itself
        update = "0";
    if (update.starts_with('u'))
        update.remove_prefix(1);
    return NumberedName{os.substr(0, dash), format("{}.{}", os.substr(dash + 1), update)};
}

}  // namespace

Catalog::Catalog(const fs::path& folder) {
    std::vector<fs::path> folders;
    std::error_code failure;
    for (const auto& entry : fs::directory_iterator{folder, failure})
        if (fs::exists(entry.path() / "family.xml"))
            folders.push_back(entry.path());
    if (folders.empty())
        throw Error{Fault::environment, "there are no installer families in " + folder.string()};
    std::ranges::sort(folders);
    std::ranges::transform(folders, std::back_inserter(families_), family_of);
}

void require_supported(const Match& match, std::string_view os, std::string_view version) {
    const std::string& reason = match.release->reason;
    if (!match.release->supported)
        throw Error{
            Fault::usage,
            format("{} {} cannot be installed: {}", os, version,
                   reason.empty()
                       ? "glinda does not drive this release of its installer, " + match.family->id
                       : reason),
            {"an answer file of your own (-a) would not help: glinda could neither hand it "
             "over nor tell how the installation ended"}};
}

Match Catalog::find(std::string_view os, std::string_view version, std::string_view arch) const {
    std::vector<Candidate> systems = systems_named(os, families_);
    std::string wanted = lower(version);
    const auto numbered = numbered_name(os, wanted);
    if (systems.empty() && numbered) {
        systems = systems_named(numbered->os, families_);
        wanted = numbered->version;
    }
    if (systems.empty())
        throw Error{Fault::usage,
                    format("the operating system {} is not known", os),
                    {"known systems: " + known_systems(families_)}};
    auto match = known_release(systems, wanted);
    if (!match)
        match = nearest_release(systems, wanted);
    if (!match)
        throw Error{Fault::usage,
                    format("{} {} is not known", os, version),
                    {format("known versions of {}: {}", os, known_versions(systems))}};
    if (match->release->supported && !match->family->architectures.contains(std::string{arch}))
        throw Error{Fault::usage, format("{} cannot be installed on {} yet", os, arch)};
    return *match;
}

}  // namespace glinda::catalog
