#include "glinda/pipeline/customise.hpp"

#include <fcntl.h>

#include <algorithm>

#include "customising.hpp"
#include "finished_image.hpp"
#include "glinda/media/fetch.hpp"
#include "glinda/report/build_folder.hpp"
#include "glinda/tdl/contents.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/files.hpp"
#include "glinda/util/hold.hpp"
#include "glinda/util/text.hpp"
#include "image_guest.hpp"
#include "playbook.hpp"

namespace glinda::pipeline {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

milliseconds since(Clock::time_point start) {
    return std::chrono::duration_cast<milliseconds>(Clock::now() - start);
}

/// The template with all contents of its files and commands.
tdl::Template read_whole(const CustomiseRequest& request, const Context& context) {
    constexpr std::size_t largest = std::size_t{256} << 20U;
    tdl::Template wanted =
        tdl::read_template(request.template_file, context.schemas / "tdl.rng", request.variables);
    tdl::resolve_contents(wanted, [&](const std::string& url) {
        auto text = media::fetch_text(url, largest, {.stop = context.stop});
        if (!text)
            throw Error{Fault::environment, format("there is no {}", url)};
        return std::move(*text);
    });
    add_cloud_init(wanted);
    return wanted;
}

/// What the template wants, and the playbooks after that.
std::vector<Step> all_steps(const tdl::Template& wanted, const PackageManager& manager,
                            const std::vector<fs::path>& playbooks) {
    std::vector<Step> steps = steps_of(wanted, manager);
    for (const fs::path& playbook : playbooks)
        steps.push_back({.title = "playbook " + playbook.string(), .playbook = playbook});
    return steps;
}

/// Does the steps one after the other, each with its time in the build's folder.
void do_all(ImageGuest& guest, const tdl::Template& wanted, const std::vector<fs::path>& playbooks,
            report::BuildFolder& folder, const Context& context) {
    guest::Session& session = guest.session;
    const milliseconds limit = context.settings.install_timeout;
    const auto on_output = [&](std::string_view text) {
        folder.add_installer_log(text);
        context.progress.now(printable(text.substr(0, text.find('\n'))));
    };
    const auto restarted = [&] {
        context.progress.phase("waiting for the guest, which restarts");
        folder.add_event("step", "the guest restarts");
        return guest.restarted();
    };
    const PackageManager manager = needs_manager(wanted)
                                       ? find_manager(session, context.families / "packages")
                                       : PackageManager{};
    for (const Step& step : all_steps(wanted, manager, playbooks)) {
        context.progress.phase(step.title);
        folder.add_installer_log("== " + step.title + "\n");
        const Clock::time_point start = Clock::now();
        try {
            if (!step.playbook.empty())
                run_playbook(session, guest.login, step.playbook, context.runner, limit, on_output,
                             restarted);
            else
                do_step_through_restart(session, step, limit, on_output, restarted);
        } catch (const Error& error) {
            folder.add_event("failed", error.what());
            throw;
        }
        folder.add_event("step", format("{}: {}", step.title, to_text(since(start))));
    }
}

void change(const FinishedImage& image, const tdl::Template& wanted,
            const std::vector<fs::path>& playbooks, report::BuildFolder& folder,
            const Context& context) {
    on_overlay(image, wanted, context, &folder, [&](ImageGuest& guest) {
        folder.add_event("step", "SSH answered after " + to_text(guest.boot));
        do_all(guest, wanted, playbooks, folder, context);
        context.progress.phase("switching the guest off");
        if (!guest.end(power_off))
            throw Error{Fault::timeout,
                        format("the guest did not switch itself off within {}",
                               to_text(context.settings.shutdown_timeout)),
                        {"timeouts.shutdown sets how long it may take"}};
        context.progress.phase("writing " + image.path.string());
        replace_image(image.path, image.format, guest.overlay, context.runner);
    });
}

}  // namespace

CustomiseResult customise(const CustomiseRequest& request, const Context& context) {
    const Clock::time_point start = Clock::now();
    const tdl::Template wanted = read_whole(request, context);
    FinishedImage image = image_of(request.domain_xml);
    std::error_code missing;
    image.path = fs::canonical(image.path, missing);
    if (missing)
        throw Error{Fault::usage,
                    format("{} names the image {}: {}", request.domain_xml.string(),
                           image_of(request.domain_xml).path.string(), missing.message())};
    const std::vector<Step> steps = all_steps(wanted, {}, request.playbooks);
    for (const Step& step : steps)
        if (!step.playbook.empty())
            static_cast<void>(open_file(step.playbook, O_RDONLY, 0, Fault::usage));
    if (steps.empty()) {
        context.progress.info("the template wants nothing changed");
        return {.image = image.path};
    }
    const FileDescriptor lock = seize(image.path, context.stop);
    const fs::path builds = context.settings.data_dir / "builds";
    make_folders(builds);
    report::BuildFolder folder{builds, wanted.name};
    report::Record record{
        .name = wanted.name,
        .description = wanted.description,
        .inputs = {{"template", wanted.file.string()}, {"image", image.path.string()}}};
    folder.write_record(record);
    try {
        in_context("customising " + wanted.name,
                   [&] { change(image, wanted, request.playbooks, folder, context); });
    } catch (Error& error) {
        record.state = error.fault() == Fault::cancelled ? "interrupted" : "failed";
        record.verdict = error.what();
        record.notes = error.notes();
        folder.write_record(record);
        error.add_note("the image is as it was: " + image.path.string());
        error.add_note("the report: " + (folder.path() / "report.html").string());
        throw;
    }
    record.state = "finished";
    record.verdict = "customised in " + to_text(since(start));
    record.results = {{"image", image.path.string()}};
    folder.write_record(record);
    if (context.settings.keep_builds)
        return {image.path, folder.path(), since(start)};
    fs::remove_all(folder.path());
    return {image.path, {}, since(start)};
}

}  // namespace glinda::pipeline
