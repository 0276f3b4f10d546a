#include "glinda/pipeline/remaster.hpp"

#include <algorithm>
#include <iterator>

#include "extras.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/files.hpp"
#include "glinda/util/text.hpp"
#include "prepare.hpp"

namespace glinda::pipeline {
namespace {

namespace fs = std::filesystem;

/// Says what the result would run into, before anything is fetched.
void check_target(const RemasterRequest& request) {
    std::error_code none;
    const fs::file_status there = fs::status(request.to, none);
    if (fs::exists(there) && !fs::is_regular_file(there))
        throw Error{Fault::usage,
                    format("{} is no file", request.to.string()),
                    {"write the ISO to a file, and that to a device by dd"}};
    if (fs::exists(there) && request.existing == Existing::refuse)
        throw Error{Fault::usage,
                    format("{} exists already", request.to.string()),
                    {"give -p to have it replaced when the new one is finished"}};
    const fs::path folder = fs::absolute(request.to).parent_path();
    if (!fs::is_directory(folder, none))
        throw Error{Fault::usage, format("{} is no folder", folder.string())};
}

}  // namespace

void remaster(const RemasterRequest& request, const Context& context) {
    const tdl::Template wanted =
        tdl::read_template(request.template_file, context.schemas / "tdl.rng", request.variables);
    if (wanted.install_type != tdl::InstallType::iso)
        throw Error{Fault::usage, format("{}: only an ISO can be remastered, and the template "
                                         "names a URL",
                                         wanted.file.string())};
    check_target(request);
    const Prepared prepared = prepare({.template_file = request.template_file,
                                       .answer_file = request.answer_file,
                                       .additions = request.additions,
                                       .variables = request.variables,
                                       .boot = Boot::remastered,
                                       .lint = request.lint},
                                      context, wanted);
    if (prepared.plan.delivery == catalog::Delivery::drive)
        throw Error{Fault::usage,
                    format("{} reads its answer file from a drive of its own, not from its medium",
                           prepared.match.family->id)};
    for (const std::string& warning : prepared.plan.warnings)
        context.progress.warning(warning);
    context.progress.phase("writing the medium");
    make_folders(context.settings.data_dir);
    const TemporaryFolder fetched{context.settings.data_dir / "extras."};
    std::vector<media::IsoChange> changes = gather_extras(prepared.plan, fetched.path(), context);
    std::ranges::move(medium_changes(prepared), std::back_inserter(changes));
    media::remaster_to_file(context.runner,
                            {.iso = *prepared.medium.root.path, .changes = std::move(changes)},
                            request.to, context.stop);
}

}  // namespace glinda::pipeline
