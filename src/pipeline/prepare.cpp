#include "prepare.hpp"

#include "glinda/answer/password.hpp"
#include "glinda/media/iso.hpp"
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

std::string root_password_hash(const tdl::Template& wanted) {
    if (!wanted.root_password)
        return answer::hash_password(default_root_password);
    const tdl::Password& password = *wanted.root_password;
    return password.kind == tdl::Password::Kind::hash ? password.text
                                                      : answer::hash_password(password.text);
}

}  // namespace

Prepared prepare(const InstallRequest& request, const Context& context,
                 const tdl::Template& wanted) {
    refuse_what_is_not_done_yet(wanted);
    catalog::Catalog catalog{context.families};
    const catalog::Match match = catalog.find(wanted.os, wanted.version, wanted.arch);
    catalog::require_supported(match, wanted.os, wanted.version);
    const Sources sources = read_sources(request, *match.family);
    Medium medium = open_medium(wanted, match, request.download, context);
    Plan plan = make_plan(request, wanted, match, context.settings, medium.mirror, sources,
                          medium.release, root_password_hash(wanted));
    return {std::move(catalog), match, std::move(medium), std::move(plan)};
}

std::vector<media::IsoChange> boot_changes(const Prepared& prepared) {
    const Plan& plan = prepared.plan;
    const media::Iso iso{*prepared.medium.root.path};
    const auto rooted = [](const std::string& path) { return "/" + path; };
    const media::BootEntry entry{.kernel = rooted(plan.entry.kernel),
                                 .initrds = {rooted(plan.entry.initrds.front()), segment_on_iso},
                                 .arguments = plan.entry.arguments};
    std::vector<media::IsoChange> changes{
        {.path = segment_on_iso, .content = media::cpio(plan.segment)}};
    for (const catalog::BootMenu& menu : plan.menus) {
        if (!iso.exists(menu.path))
            continue;
        const std::string text = iso.read(menu.path, largest_text);
        const bool grub = menu.loader == catalog::BootMenu::Loader::grub;
        changes.push_back({.path = menu.path,
                           .content = grub ? media::boot_by_grub(text, entry)
                                           : media::boot_by_isolinux(text, entry)});
    }
    if (changes.size() == 1)
        throw Error{Fault::usage,
                    "the ISO has none of the boot menus that its family is known for"};
    return changes;
}

}  // namespace glinda::pipeline
