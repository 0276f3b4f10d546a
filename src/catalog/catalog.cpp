#include <algorithm>
#include <pugixml.hpp>

#include "glinda/catalog/family.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/text.hpp"

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

System system_of(const pugi::xml_node& node) {
    System system{.name = value(node, "name"), .releases = {}};
    for (const pugi::xml_node& release : node.children("release"))
        system.releases.push_back(
            {value(release, "version"), value(release, "codename"), value(release, "osinfo")});
    return system;
}

Hardware hardware_of(const pugi::xml_node& node) {
    return {.machine = value(node, "machine"),
            .disk_bus = value(node, "disk-bus"),
            .disk = value(node, "disk"),
            .nic = value(node, "nic"),
            .optical_bus = value(node, "optical-bus"),
            .tcg_cpu = value(node, "tcg-cpu"),
            .tcg_cpus = node.attribute("tcg-cpus").as_uint(1)};
}

std::vector<FailureRule> failures_of(const fs::path& file) {
    std::vector<FailureRule> rules;
    const pugi::xml_document document = load(file);
    for (const pugi::xml_node& rule : document.document_element().children("failure"))
        rules.push_back({value(rule, "pattern"), one_line(rule.child("cause")),
                         one_line(rule.child("remedy"))});
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
    family.answer_source = value(root.child("answer"), "source");
    family.answer_path = value(root.child("answer"), "path");
    for (const pugi::xml_node& hook : root.children("hook"))
        family.hooks.push_back({value(hook, "source"), value(hook, "path")});
    family.hardware = hardware_of(root.child("hardware"));
    family.success_pattern = value(root.child("success"), "pattern");
    for (const pugi::xml_node& phase : root.children("phase"))
        family.phases.push_back({value(phase, "name"), value(phase, "pattern")});
    family.failures = failures_of(folder / "errors.xml");
    return family;
}

/// The number that a version starts with: versions are told apart by it.
std::optional<std::uint64_t> major(std::string_view version) {
    return to_number(version.substr(0, version.find_first_not_of("0123456789")));
}

std::string known_versions(const System& system) {
    std::vector<std::string> versions;
    for (const Release& release : system.releases)
        versions.push_back(release.version);
    return join(versions, ", ");
}

Match find_release(const Family& family, const System& system, std::string_view version) {
    const auto wanted = major(version);
    const auto found = std::ranges::find_if(system.releases, [&](const Release& release) {
        return release.version == version || (wanted && major(release.version) == wanted);
    });
    if (found != system.releases.end())
        return {&family, &*found, true};
    if (wanted && *wanted > major(system.releases.back().version).value_or(0))
        return {&family, &system.releases.back(), false};
    throw Error{Fault::usage,
                format("{} {} is not supported", system.name, version),
                {format("known versions of {}: {}", system.name, known_versions(system))}};
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

Match Catalog::find(std::string_view os, std::string_view version, std::string_view arch) const {
    std::vector<std::string> known;
    for (const Family& family : families_) {
        for (const System& system : family.systems) {
            known.push_back(system.name);
            if (lower(system.name) != lower(os))
                continue;
            if (!family.architectures.contains(std::string{arch}))
                throw Error{Fault::usage,
                            format("{} cannot be installed on {} yet", system.name, arch)};
            return find_release(family, system, version);
        }
    }
    throw Error{Fault::usage,
                format("the operating system {} is not known", os),
                {"known systems: " + join(known, ", ")}};
}

}  // namespace glinda::catalog
