#include "prepare.hpp"

#include <algorithm>
#include <iterator>

#include "boot_files.hpp"
#include "glinda/answer/password.hpp"
#include "glinda/media/iso.hpp"
#include "glinda/pipeline/lint.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/text.hpp"

namespace glinda::pipeline {
namespace {

namespace fs = std::filesystem;

constexpr const char* default_root_password = "ozrootpw";
constexpr std::size_t largest_text = std::size_t{16} << 20U;
/// Where a remastered ISO has what we add to its initrd.
constexpr const char* segment_on_iso = "/glinda.img";

Sources read_sources(const InstallRequest& request, const catalog::Family& family) {
    Sources sources;
    const fs::path answer = request.answer_file.value_or(family.folder / family.answer_source);
    sources.answer_by = request.answer_file ? Sources::AnswerBy::user : Sources::AnswerBy::family;
    sources.answer_name = answer.string();
    sources.answer =
        read_file(answer, request.answer_file ? Fault::usage : Fault::environment, largest_text);
    for (const catalog::Hook& hook : family.hooks)
        sources.hooks.push_back(read_file(family.folder / hook.source));
    return sources;
}

/// `element` is what an unattend file calls it.
Login login_of(const std::optional<tdl::Password>& password, const char* element) {
    if (!password)
        return {};
    if (password->kind == tdl::Password::Kind::hash)
        return {password->text, ""};
    return {answer::hash_password(password->text),
            answer::unattend_password(password->text, element)};
}

Passwords passwords_of(const tdl::Template& wanted) {
    Passwords passwords;
    const tdl::Password root =
        wanted.root_password.value_or(tdl::Password{.text = default_root_password});
    passwords.root = login_of(root, "AdministratorPassword");
    if (root.kind == tdl::Password::Kind::plain)
        passwords.root.logon = answer::unattend_password(root.text, "Password");
    for (const tdl::User& user : wanted.users)
        passwords.users.push_back(login_of(user.password, "Password"));
    return passwords;
}

/// What makes the ISO boot the installer of the plan by itself.
void add_boot_changes(const Prepared& prepared, std::vector<media::IsoChange>& changes) {
    const Plan& plan = prepared.plan;
    const media::Iso iso{*prepared.medium.root.path};
    const auto rooted = [](const std::string& path) { return "/" + path; };
    media::BootEntry entry{
        .kernel = rooted(plan.entry.kernel), .initrds = {}, .arguments = plan.entry.arguments};
    std::ranges::transform(plan.entry.initrds, std::back_inserter(entry.initrds), rooted);
    if (plan.delivery == catalog::Delivery::initrd) {
        entry.initrds.emplace_back(segment_on_iso);
        changes.push_back({.path = segment_on_iso, .content = media::cpio(plan.files)});
    }
    const std::size_t without_menus = changes.size();
    for (const catalog::BootMenu& menu : plan.menus) {
        if (!iso.exists(menu.path))
            continue;
        const std::string text = iso.read(menu.path, largest_text);
        const bool grub = menu.loader == catalog::BootMenu::Loader::grub;
        changes.push_back({.path = menu.path,
                           .content = grub ? media::boot_by_grub(text, entry)
                                           : media::boot_by_isolinux(text, entry)});
    }
    if (changes.size() == without_menus)
        throw Error{Fault::usage,
                    "the ISO has none of the boot menus that its family is known for"};
}

/// Checks the user's own answer file.
void check_answers(const InstallRequest& request, const tdl::Template& wanted,
                   const catalog::Match& match, const Sources& sources, const Context& context) {
    if (sources.answer_by != Sources::AnswerBy::user || request.lint == Lint::none)
        return;
    answer::LintTarget target = lint_target(match, wanted);
    if (request.lint == Lint::this_machine)
        target.disks = disk_names(match.family->hardware, wanted, request.disk_bus);
    const std::vector<answer::Finding> findings = answer::lint(sources.answer, target);
    require_right(findings, sources.answer_name);
    for (const answer::Finding& finding : findings)
        context.progress.warning(to_text(finding, sources.answer_name));
}

/// Finds kernel and initrd in a tree: where it says itself, where the family's trees have them, and
/// where any of the family's media do.
void find_in_tree(Plan& plan, MediumFiles& files, const catalog::Match& match,
                  const std::string& arch) {
    const auto take = [&](const std::string& kernel, const std::string& initrd) {
        if (kernel.empty() || !files.has(kernel) || (!initrd.empty() && !files.has(initrd)))
            return false;
        plan.entry.kernel = kernel;
        plan.entry.initrds.clear();
        if (!initrd.empty())
            plan.entry.initrds.push_back(initrd);
        return true;
    };
    const auto found = find_treeinfo(files);
    if (found && found->info.arch == arch && take(found->info.kernel, found->info.initrd))
        return;
    const std::string initrd = plan.entry.initrds.empty() ? "" : plan.entry.initrds.front();
    if (take(std::string{plan.entry.kernel}, initrd))
        return;
    if (const auto layout = find_layout(*match.family, arch, match.release->codename, files);
        layout && take(layout->kernel, layout->initrd))
        return;
    std::vector<std::string> notes;
    for (const std::string& path : files.missed())
        notes.push_back("there is no " + path);
    throw Error{Fault::usage,
                format("{}: <url> names no tree of {} for {}: its kernel and initrd are nowhere "
                       "where they may be",
                       plan.template_file.string(), plan.system, arch),
                std::move(notes)};
}

}  // namespace

Prepared prepare(const InstallRequest& request, const Context& context,
                 const tdl::Template& wanted) {
    catalog::Catalog catalog{context.families};
    const catalog::Match match = catalog.find(wanted.os, wanted.version, wanted.arch);
    catalog::require_supported(match, wanted.os, wanted.version);
    const Sources sources = read_sources(request, *match.family);
    check_answers(request, wanted, match, sources, context);
    Medium medium = open_medium(wanted, match, request.download, context);
    if (wanted.install_type == tdl::InstallType::iso)
        medium.mirror.label = media::Iso{*medium.root.path}.volume().label;
    Plan plan = make_plan(request, wanted, match, context.settings, medium.mirror, sources,
                          medium.release, passwords_of(wanted));
    if (medium.tree && !plan.entry.kernel.empty())
        find_in_tree(plan, *medium.tree, match, wanted.arch);
    return {std::move(catalog), match, std::move(medium), std::move(plan)};
}

std::vector<media::IsoChange> medium_changes(const Prepared& prepared) {
    const Plan& plan = prepared.plan;
    std::vector<media::IsoChange> changes;
    if (plan.delivery == catalog::Delivery::medium)
        for (const media::CpioEntry& file : plan.files)
            changes.push_back({.path = "/" + file.name, .content = file.content});
    if (plan.boot == Boot::remastered && !plan.entry.kernel.empty())
        add_boot_changes(prepared, changes);
    return changes;
}

}  // namespace glinda::pipeline
