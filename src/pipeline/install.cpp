#include "glinda/pipeline/install.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>

#include "drive.hpp"
#include "explain.hpp"
#include "extras.hpp"
#include "glinda/image/volume.hpp"
#include "glinda/media/remaster.hpp"
#include "glinda/osdb/database.hpp"
#include "glinda/report/build_folder.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/text.hpp"
#include "glinda/virt/accelerator.hpp"
#include "glinda/virt/connection.hpp"
#include "glinda/virt/domain.hpp"
#include "host.hpp"
#include "medium.hpp"
#include "plan.hpp"
#include "prepare.hpp"
#include "run.hpp"

namespace glinda::pipeline {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

/// Says what the results would run into, before anything is made.
void check_outputs(const Outputs& outputs, const InstallRequest& request) {
    std::vector<fs::path> files = outputs.images;
    files.push_back(outputs.domain_xml);
    for (const fs::path& file : files) {
        if (!file.is_absolute())
            throw Error{Fault::usage, format("{} is no absolute path", file.string())};
        const bool may_replace = request.existing == Existing::replace ||
                                 (request.domain_xml && file == outputs.domain_xml);
        if (!may_replace && fs::exists(file))
            throw Error{Fault::usage,
                        format("{} exists already", file.string()),
                        {"give -p to have it replaced when the new image is finished"}};
    }
    const fs::path folder = outputs.domain_xml.parent_path();
    if (folder != outputs.images.front().parent_path() &&
        ::access(folder.c_str(), W_OK | X_OK) != 0)
        throw Error{Fault::usage,
                    system_error("cannot write into " + folder.string()).what(),
                    {"give -x FILE to have the domain XML elsewhere"}};
}

/// The embedded libvirt has no domains of others, any other one may.
void make_room(const virt::Connection& connection, const std::string& name, Existing existing,
               Progress& progress) {
    if (!virt::has_domain(connection, name))
        return;
    if (existing == Existing::refuse)
        throw Error{Fault::usage,
                    format("a domain with the name {} exists already", name),
                    {"give -p to have it destroyed and undefined"}};
    progress.info(format("the domain {} is destroyed and undefined", name));
    virt::remove_domain(connection, name);
}

/// The kernel, and the initrd with our files in it, where QEMU can read them.
virt::KernelBoot prepare_kernel(const Prepared& prepared, const fs::path& folder,
                                const Context& context) {
    const Plan& plan = prepared.plan;
    virt::KernelBoot boot{.kernel = folder / "kernel",
                          .initrd = folder / "initrd",
                          .command_line = plan.entry.arguments};
    copy_from_medium(prepared.medium, plan.entry.kernel, boot.kernel, context);
    copy_from_medium(prepared.medium, plan.entry.initrds.front(), boot.initrd, context);
    for (const fs::path& file : {boot.kernel, boot.initrd})
        fs::permissions(file, fs::perms{0644});  // the folder keeps others out
    if (plan.delivery == catalog::Delivery::initrd)
        media::append_to_initrd(boot.initrd, media::cpio(plan.files));
    return boot;
}

/// Lets the machine's drive have the ISO with changes, of which only the changes are written.
void attach_changed(virt::Disk& drive, const fs::path& iso, std::vector<media::IsoChange> changes,
                    const fs::path& overlay, const std::stop_token& stop) {
    media::remaster({.iso = iso, .changes = std::move(changes)}, overlay, stop);
    drive.path = overlay;
    drive.format = virt::ImageFormat::qcow2;
    drive.backing = {{iso, virt::ImageFormat::raw}};
}

/// The machine of the plan, with everything that the running build made for it.
virt::Machine installing_machine(const Prepared& prepared, const Host& host,
                                 const std::vector<TemporaryFile>& volumes,
                                 const Context& context) {
    const Plan& plan = prepared.plan;
    virt::Machine machine = plan.machine;
    context.progress.phase("preparing the medium");
    if (!plan.entry.kernel.empty())
        machine.kernel = prepare_kernel(prepared, host.folder(), context);
    const fs::path kernel = machine.kernel ? machine.kernel->kernel : fs::path{};
    // A blank disk does not boot, and one that the guest starts anew from is to be booted.
    if (plan.entry.kernel.empty())
        machine.boot = {virt::Role::volume, virt::Role::optical};
    if (plan.boot == Boot::remastered) {
        machine.kernel.reset();
        machine.boot = {virt::Role::optical};
    }
    std::size_t drive = 0;
    for (const TemporaryFile& volume : volumes)
        machine.disks.at(drive++).path = volume.path();
    if (prepared.medium.root.path && !prepared.medium.server) {
        std::vector<media::IsoChange> changes = gather_extras(plan, host.folder(), context);
        std::ranges::move(medium_changes(prepared), std::back_inserter(changes));
        virt::Disk& medium = machine.disks.at(drive++);
        medium.path = *prepared.medium.root.path;
        if (!changes.empty())
            attach_changed(medium, *prepared.medium.root.path, std::move(changes),
                           host.folder() / "medium.qcow2", context.stop);
    }
    if (plan.delivery == catalog::Delivery::drive) {
        machine.disks.at(drive).path = host.folder() / "answers.iso";
        make_answer_drive(plan, machine.disks.at(drive).path, context);
    }
    choose_cpu(machine, host, prepared.match.family->hardware, kernel, context);
    for (const char* name : {"console.log", "installer.log"})
        machine.serial.push_back(host.new_file(name));
    if (!plan.log_port.empty())
        machine.ports.push_back({plan.log_port, host.new_file("port.log")});
    return machine;
}

/// The volumes that are installed on, under names that tell what they are; what an earlier, killed
/// build left under these is of no use.
std::vector<TemporaryFile> make_volumes(const Plan& plan, const Context& context) {
    make_folders(plan.volumes.front().image.parent_path());
    std::vector<TemporaryFile> files;
    for (const Volume& volume : plan.volumes) {
        const TemporaryFile& file = files.emplace_back(volume.image.string() + ".installing");
        std::error_code none;
        fs::remove(file.path(), none);
        image::create(context.runner, file.path(), volume.format, volume.size);
        fs::permissions(file.path(), fs::perms{0600});  // it will hold password hashes and keys
    }
    return files;
}

/// The last screen where Oz's users look for it, too.
void show_screen(const fs::path& screen, const report::BuildFolder& folder,
                 const Context& context) {
    const fs::path shown =
        context.settings.screenshot_dir / (folder.path().filename().string() + ".png");
    try {
        make_folders(shown.parent_path());
        write_file(shown, read_file(screen));
    } catch (const Error& error) {
        context.progress.warning(error.what());
    }
}

/// The passwords of a template, and their hashes.
std::vector<std::string> secrets_of(const tdl::Template& wanted) {
    std::vector<std::string> secrets;
    if (wanted.root_password)
        secrets.push_back(wanted.root_password->text);
    for (const tdl::User& user : wanted.users)
        if (user.password)
            secrets.push_back(user.password->text);
    if (wanted.key)
        secrets.push_back(*wanted.key);
    return secrets;
}

/// Where it stands how long the last installation of the same family took.
fs::path course_file(const Prepared& prepared, const Context& context) {
    return context.settings.data_dir / "courses" / prepared.match.family->id;
}

std::optional<watch::Course> earlier_course(const fs::path& file) {
    return fs::exists(file) ? watch::course_of(read_file(file)) : std::nullopt;
}

void build(const InstallRequest& request, const Prepared& prepared, report::BuildFolder& folder,
           report::Record& record, const Context& context) {
    const Plan& plan = prepared.plan;
    Host host{context, plan.name};
    record.versions = host.connection().versions();
    record.versions["glinda"] = GLINDA_VERSION;
    record.versions["osinfo-db"] = osdb::host_version();
    make_room(host.connection(), plan.name, request.existing, context.progress);
    std::vector<TemporaryFile> volumes = make_volumes(plan, context);
    const virt::Machine machine = installing_machine(prepared, host, volumes, context);
    context.progress.debug(virt::domain_xml(machine));
    context.progress.phase("starting the installer");
    const Clock::time_point start = Clock::now();
    const fs::path course = course_file(prepared, context);
    const RunResult run = run_installer(host.connection(), machine,
                                        {.rules = plan.rules,
                                         .earlier = earlier_course(course),
                                         .failed = request.failed,
                                         .view = request.view},
                                        folder, context);
    folder.add_event("verdict", run.verdict.cause.empty() ? "finished" : run.verdict.cause);
    if (!run.verdict.evidence.empty())
        folder.add_event("deciding line", run.verdict.evidence);
    if (run.verdict.outcome != watch::Outcome::finished) {
        std::string kept;
        if (request.failed == Failed::keep) {
            kept = "the guest is kept: " + host.keep(run.vnc, volumes.front().path());
            for (TemporaryFile& volume : volumes)
                volume.keep();
        }
        if (!run.screen.empty())
            show_screen(run.screen, folder, context);
        const auto after =
            std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start);
        record.failure = explain(run, answers_of(request, plan, folder.path()));
        record.failure["after ms"] = format("{}", after.count());
        throw failure(plan.name, run, record.failure, after, kept);
    }
    make_folders(course.parent_path());
    write_file(course, watch::course_text(run.course));
    const std::string xml = virt::domain_xml(finished_machine(plan, machine));
    folder.write("domain.xml", xml);
    for (std::size_t i = 0; i < volumes.size(); ++i)
        volumes[i].keep_as(plan.volumes[i].image);
    write_file(plan.domain_xml, xml, 0644);
}

}  // namespace

InstallResult install(const InstallRequest& request, const Context& context) {
    const Clock::time_point start = Clock::now();
    const tdl::Template wanted =
        tdl::read_template(request.template_file, context.schemas / "tdl.rng", request.variables);
    const fs::path builds = context.settings.data_dir / "builds";
    make_folders(builds);
    const auto lock = Lock::try_lock(builds / ("." + wanted.name + ".lock"));
    if (!lock)
        throw Error{Fault::environment, format("another glinda is building {}", wanted.name)};
    virt::PrivateRoot::reap();

    check_outputs(outputs_of(request, wanted, context.settings), request);
    const Prepared prepared = prepare(request, context, wanted);
    const Plan& plan = prepared.plan;
    for (const std::string& warning : plan.warnings)
        context.progress.warning(warning);

    report::BuildFolder folder{builds, plan.name};
    report::Record record{.name = plan.name,
                          .description = plan.description,
                          .inputs = {{"template", wanted.file.string()},
                                     {"medium", wanted.location},
                                     {"command line", plan.entry.arguments}}};
    if (request.answer_file)
        record.inputs["answer file"] = request.answer_file->string();
    for (const fs::path& file : wanted.included)
        record.inputs["included"] +=
            (record.inputs["included"].empty() ? "" : ", ") + file.string();
    folder.write_record(record);
    folder.write("plan.txt", plan_text(plan));
    if (request.answer_file)
        folder.write("answers" / request.answer_file->filename(),
                     without_secrets(read_file(*request.answer_file), secrets_of(wanted)));
    else if (!plan.answer_to_show.empty())
        folder.write("answers/" + plan.files.front().name, plan.answer_to_show);
    try {
        build(request, prepared, folder, record, context);
    } catch (Error& error) {
        record.state = error.fault() == Fault::cancelled ? "interrupted" : "failed";
        record.verdict = error.what();
        record.notes = error.notes();
        folder.write_record(record);
        error.add_note(where_to_look(folder.path(), record.failure));
        throw BuildError{error, folder.path()};
    }
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start);
    record.state = "finished";
    record.verdict = "finished in " + to_text(took);
    const fs::path image = plan.volumes.front().image;
    record.results = {{"image", image.string()}, {"domain XML", plan.domain_xml.string()}};
    folder.write_record(record);
    if (context.settings.keep_builds)
        return {image, plan.domain_xml, folder.path(), took};
    fs::remove_all(folder.path());
    return {image, plan.domain_xml, {}, took};
}

std::string describe(const InstallRequest& request, const Context& context) {
    const tdl::Template wanted =
        tdl::read_template(request.template_file, context.schemas / "tdl.rng", request.variables);
    const Plan plan = prepare(request, context, wanted).plan;
    for (const std::string& warning : plan.warnings)
        context.progress.warning(warning);
    return plan_text(plan);
}

}  // namespace glinda::pipeline
