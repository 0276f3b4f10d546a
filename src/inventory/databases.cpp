#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "glinda/inventory/manifest.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/text.hpp"

namespace glinda::inventory {
namespace {

using Fields = std::map<std::string, std::string, std::less<>>;

/// One after the other, the blocks of `NAME:VALUE` lines that empty lines divide. A line that
/// begins with white space goes on with the one before, and is not wanted here.
template <typename OnBlock>
void for_each_block(std::string_view text, OnBlock on_block) {
    Fields fields;
    for (const std::string_view line : split(text, '\n')) {
        const std::size_t colon = line.find(':');
        if (trim(line).empty()) {
            if (!fields.empty())
                on_block(std::exchange(fields, {}));
        } else if (line.front() != ' ' && line.front() != '\t' && colon != std::string_view::npos) {
            fields.insert_or_assign(std::string{line.substr(0, colon)},
                                    printable(trim(line.substr(colon + 1))));
        }
    }
    if (!fields.empty())
        on_block(fields);
}

std::string field(const Fields& fields, std::string_view name) {
    const auto found = fields.find(name);
    return found == fields.end() ? "" : found->second;
}

std::vector<Package> sorted(std::vector<Package> packages) {
    std::ranges::sort(packages, {}, [](const Package& package) {
        return std::tie(package.name, package.version, package.arch);
    });
    return packages;
}

/// Whether a package's files are there: the third word of its status (dpkg(1), "Package states").
bool is_installed(std::string_view status) {
    const std::vector<std::string_view> parts = words(status);
    return parts.size() == 3 && parts[2] != "not-installed" && parts[2] != "config-files" &&
           parts[2] != "half-installed";
}

/// "NAME (VERSION)", or a name alone if the version is the package's own.
void set_source(Package& package, std::string_view text) {
    const std::size_t open = text.find(" (");
    package.source = text.empty() ? package.name : std::string{text.substr(0, open)};
    package.source_version = package.version;
    if (open != std::string_view::npos && text.ends_with(')'))
        package.source_version = text.substr(open + 2, text.size() - open - 3);
}

/// What follows the last and the last but one dash, which no release and no version has; all of it
/// is the name if there are none.
std::pair<std::string_view, std::string_view> name_and_version(std::string_view text) {
    const std::size_t release = text.rfind('-');
    if (release == std::string_view::npos || release == 0)
        return {text, {}};
    const std::size_t version = text.rfind('-', release - 1);
    if (version == std::string_view::npos || version == 0)
        return {text, {}};
    return {text.substr(0, version), text.substr(version + 1)};
}

/// The columns of a line; as many as asked for.
std::vector<std::string> columns(std::string_view line, std::size_t count) {
    std::vector<std::string> found;
    for (const std::string_view column : split(line, '\t'))
        found.push_back(column == "(none)" ? "" : printable(column));
    found.resize(count);
    return found;
}

std::string unquoted(std::string_view text) {
    if (text.size() >= 2 && (text.front() == '"' || text.front() == '\'') &&
        text.back() == text.front())
        text = text.substr(1, text.size() - 2);
    std::string value;
    for (std::size_t i = 0; i < text.size(); ++i)
        if (text[i] != '\\' || ++i < text.size())
            value += text[i];
    return printable(value);
}

}  // namespace

System parse_os_release(std::string_view text) {
    Fields fields;
    for (const std::string_view line : split(text, '\n'))
        if (const std::size_t equals = line.find('='); equals != std::string_view::npos)
            fields.insert_or_assign(std::string{trim(line.substr(0, equals))},
                                    unquoted(trim(line.substr(equals + 1))));
    return {.id = field(fields, "ID"),
            .version = field(fields, "VERSION_ID"),
            .name = field(fields, "PRETTY_NAME")};
}

std::vector<Package> parse_dpkg(std::string_view status) {
    struct Found {
        Package package;
        bool any_arch_beside;  ///< Multi-Arch: same
    };
    std::vector<Found> found;
    std::string native;
    for_each_block(status, [&](const Fields& fields) {
        Package package{.name = field(fields, "Package"),
                        .version = field(fields, "Version"),
                        .arch = field(fields, "Architecture")};
        if (package.name.empty() || !is_installed(field(fields, "Status")))
            return;
        set_source(package, field(fields, "Source"));
        if (package.name == "dpkg")
            native = package.arch;
        found.push_back({std::move(package), field(fields, "Multi-Arch") == "same"});
    });
    std::vector<Package> packages;
    for (auto& [package, any_arch_beside] : found) {
        // The name is enough, for dpkg and for people, unless another architecture may be meant.
        const bool foreign = !native.empty() && package.arch != native && package.arch != "all";
        package.listed =
            any_arch_beside || foreign ? package.name + ":" + package.arch : package.name;
        packages.push_back(std::move(package));
    }
    return sorted(std::move(packages));
}

std::vector<Package> parse_apk(std::string_view installed) {
    std::vector<Package> packages;
    for_each_block(installed, [&](const Fields& fields) {
        Package package{.name = field(fields, "P"),
                        .version = field(fields, "V"),
                        .arch = field(fields, "A"),
                        .license = field(fields, "L"),
                        .source = field(fields, "o")};
        package.listed = package.name + "-" + package.version;
        if (!package.name.empty())
            packages.push_back(std::move(package));
    });
    return sorted(std::move(packages));
}

std::vector<Package> parse_pacman(const std::vector<std::string>& folders) {
    std::vector<Package> packages;
    for (const std::string& folder : folders) {
        const auto [name, version] = name_and_version(folder);
        if (!version.empty())
            packages.push_back({.name = printable(name),
                                .version = printable(version),
                                .listed = printable(folder)});
    }
    return sorted(std::move(packages));
}

std::vector<Package> parse_rpm(std::string_view answer) {
    std::vector<Package> packages;
    for (const std::string_view line : split(answer, '\n')) {
        if (line.empty())
            continue;
        const std::vector<std::string> column = columns(line, 7);
        Package package{
            .name = column[0],
            .version = column[1].empty() ? column[2] : format("{}:{}", column[1], column[2]),
            .arch = column[3],
            .license = column[4],
            .listed = column[6]};
        std::string_view source = column[5];
        source = source.substr(
            0, source.rfind(source.ends_with(".nosrc.rpm") ? ".nosrc.rpm" : ".src.rpm"));
        const auto [name, version] = name_and_version(source);
        package.source = name;
        package.source_version = version;
        packages.push_back(std::move(package));
    }
    return sorted(std::move(packages));
}

void add_extra(std::vector<Package>& packages, std::string_view list, std::string_view extra) {
    const std::vector<std::string_view> names = split(trim(list), '\n');
    const std::vector<std::string_view> lines = split(trim(extra), '\n');
    if (names.size() != lines.size())
        throw Error{
            Fault::usage,
            format("the <extra_command> gave {} lines for {} packages", lines.size(), names.size()),
            {"it must give one line for each package that the system lists, in that order"}};
    std::map<std::string_view, std::string_view> said;
    for (std::size_t i = 0; i < names.size(); ++i)
        said.emplace(names[i], lines[i]);
    for (Package& package : packages)
        if (const auto found = said.find(package.listed); found != said.end())
            package.extra = printable(found->second);
}

std::vector<Package> parse_pkg(std::string_view answer) {
    std::vector<Package> packages;
    for (const std::string_view line : split(answer, '\n')) {
        if (line.empty())
            continue;
        const std::vector<std::string> column = columns(line, 4);
        packages.push_back({.name = column[0],
                            .version = column[1],
                            .arch = column[2],
                            .source = column[3],
                            .listed = column[0] + "-" + column[1]});
    }
    return sorted(std::move(packages));
}

}  // namespace glinda::inventory
