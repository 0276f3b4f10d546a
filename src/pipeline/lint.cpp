#include "glinda/pipeline/lint.hpp"

#include <algorithm>
#include <iterator>
#include <map>

#include "glinda/util/error.hpp"
#include "glinda/util/files.hpp"
#include "glinda/util/text.hpp"

namespace glinda::pipeline {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t largest_answers = std::size_t{16} << 20U;

}  // namespace

answer::LintTarget lint_target(const catalog::Match& match, const tdl::Template& wanted) {
    const catalog::Family& family = *match.family;
    const catalog::System& system = *match.system;
    return {.dialect = family.dialect,
            .rules = family.rules.empty() ? fs::path{} : family.folder / family.rules,
            .system = system.like.empty() ? system.name : system.like,
            // A code name is no number, and a point release says more than its release.
            .version = lower(wanted.version).starts_with(lower(match.release->version))
                           ? wanted.version
                           : match.release->version};
}

std::vector<std::string> disk_names(const catalog::Hardware& hardware, const tdl::Template& wanted,
                                    const std::string& disk_bus) {
    std::map<std::string, std::size_t> counts;
    std::vector<std::string> names;
    for (const tdl::Disk& disk : wanted.disks) {
        const std::string& own = disk.bus.empty() ? hardware.disk_bus : disk.bus;
        const std::string& first = (disk_bus.empty() ? own : disk_bus) == hardware.disk_bus
                                       ? hardware.disk
                                       : hardware.other_disk;
        if (!first.starts_with("/dev/"))
            return {};
        std::string name = fs::path{first}.filename();
        name.back() = static_cast<char>(name.back() + static_cast<char>(counts[first]++ % 26));
        names.push_back(std::move(name));
    }
    return names;
}

std::vector<answer::Finding> lint_answers(const fs::path& file, const tdl::Template& wanted,
                                          const catalog::Catalog& catalog) {
    const catalog::Match match = catalog.find(wanted.os, wanted.version, wanted.arch);
    answer::LintTarget target = lint_target(match, wanted);
    target.disks = disk_names(match.family->hardware, wanted, "");
    return answer::lint(read_file(file, Fault::usage, largest_answers), target);
}

void require_right(const std::vector<answer::Finding>& findings, const fs::path& file) {
    if (!answer::has_errors(findings))
        return;
    std::vector<std::string> notes;
    std::ranges::transform(findings, std::back_inserter(notes),
                           [&](const answer::Finding& finding) { return to_text(finding, file); });
    notes.emplace_back("give --no-lint to have it used all the same");
    throw Error{
        Fault::usage,
        format("{} has faults that would stop the installer; nothing was booted", file.string()),
        std::move(notes)};
}

}  // namespace glinda::pipeline
