#include "customising.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "glinda/image/volume.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/files.hpp"
#include "glinda/util/text.hpp"
#include "scope.hpp"

namespace glinda::pipeline {
namespace {

namespace fs = std::filesystem;
using guest::shell_word;

const char* yes_or_no(bool value) {
    return value ? "yes" : "no";
}

std::string call(const PackageManager& manager, std::string_view function,
                 const std::vector<std::string>& arguments) {
    std::string script = manager.functions + "\nset -e\n" + std::string{function};
    for (const std::string& argument : arguments)
        script += " " + shell_word(argument);
    return script + "\n";
}

void add_repositories(std::vector<Step>& steps, const tdl::Template& wanted,
                      const PackageManager& manager) {
    for (const tdl::Repository& repository : wanted.repositories)
        steps.push_back(
            {.title = "adding the repository " + repository.name,
             .script = call(manager, "add_repository",
                            {repository_id(repository), repository.url,
                             yes_or_no(repository.is_signed), yes_or_no(repository.verify_tls)})});
}

/// As the package manager knows the repository of a package: one of the template's by its id.
std::string repository_of(const tdl::Package& package, const tdl::Template& wanted) {
    if (!package.repository)
        return "";
    const auto own =
        std::ranges::find(wanted.repositories, *package.repository, &tdl::Repository::name);
    return own == wanted.repositories.end() ? *package.repository : repository_id(*own);
}

/// Packages that follow each other and want the same are one transaction, as the package manager
/// can do that best.
void add_packages(std::vector<Step>& steps, const tdl::Template& wanted,
                  const PackageManager& manager) {
    const bool all_signed = std::ranges::all_of(
        wanted.repositories, [](const auto& repository) { return repository.is_signed; });
    for (auto first = wanted.packages.begin(); first != wanted.packages.end();) {
        const auto end = std::find_if(first, wanted.packages.end(), [&](const auto& package) {
            return package.repository != first->repository ||
                   package.arguments != first->arguments ||
                   package.file.has_value() != first->file.has_value();
        });
        std::vector<std::string> names;
        for (auto package = first; package != end; ++package)
            names.push_back(package->file.value_or(package->name));
        std::vector<std::string> arguments{repository_of(*first, wanted), yes_or_no(all_signed)};
        const std::string more = first->arguments.value_or("");
        for (const std::string_view word : words(more))
            arguments.emplace_back(word);
        arguments.insert(arguments.end(), names.begin(), names.end());
        steps.push_back({.title = "installing " + join(names, " "),
                         .script = call(manager, "install_packages", arguments)});
        first = end;
    }
}

/// The paths of playbooks are relative to the template.
void add_commands(std::vector<Step>& steps, const std::vector<tdl::Command>& commands,
                  const char* kind, const fs::path& folder) {
    for (const tdl::Command& command : commands)
        steps.push_back(
            {.title = format("{} {}", kind, command.name),
             .script = command.content.bytes.value_or(""),
             .playbook = command.playbook.empty() ? fs::path{} : folder / command.playbook,
             .may_restart = true});
}

/// Whether a system goes down, which it does some time after it was asked to: systemctl(1),
/// rc-status(8), runlevel(8).
constexpr const char* goes_down =
    "case $(systemctl is-system-running 2>/dev/null) in stopping) exit 0;; esac\n"
    "case $(rc-status -r 2>/dev/null) in shutdown | reboot) exit 0;; esac\n"
    "case $(runlevel 2>/dev/null) in *' 6') exit 0;; esac\n"
    "exit 1\n";

/// Runs what may end with the connection; whether that has happened, or is going to.
bool lost_by(guest::Session& session, const std::function<void()>& action) {
    try {
        action();
        return session.run(goes_down).status == 0;
    } catch (const Error& error) {
        if (error.fault() != Fault::guest || session.is_connected())
            throw;
        return true;
    }
}

/// A power cut must not leave a name without its bytes.
void flush(const fs::path& path, int flags) {
    const FileDescriptor file = open_file(path, flags);
    if (::fsync(file.get()) != 0)
        throw system_error("cannot write " + path.string());
}

}  // namespace

std::string end_of(std::string_view output) {
    constexpr std::size_t most = 1200;
    return std::string{
        trim(printable(output.substr(output.size() - std::min(output.size(), most))))};
}

std::vector<PackageManager> package_managers(const fs::path& folder) {
    std::vector<PackageManager> managers;
    for (const auto& entry : fs::directory_iterator{folder})
        if (entry.path().extension() == ".sh")
            managers.push_back({entry.path().stem(), read_file(entry.path())});
    std::ranges::sort(managers, {}, &PackageManager::name);
    return managers;
}

std::optional<PackageManager> manager_of(guest::Session& session,
                                         const std::vector<PackageManager>& known) {
    std::string script;
    for (const PackageManager& manager : known)
        script += format("if (\n{}\nis_here\n); then echo {}; exit; fi\n", manager.functions,
                         shell_word(manager.name));
    const std::string answer = session.run(script).output;
    const auto found = std::ranges::find(known, trim(answer), &PackageManager::name);
    return found == known.end() ? std::nullopt : std::optional{*found};
}

PackageManager find_manager(guest::Session& session, const fs::path& folder) {
    const std::vector<PackageManager> known = package_managers(folder);
    auto found = manager_of(session, known);
    if (found)
        return std::move(*found);
    std::vector<std::string> names;
    names.reserve(known.size());
    for (const PackageManager& manager : known)
        names.push_back(manager.name);
    throw Error{Fault::guest, "the guest has none of the package managers that glinda knows: " +
                                  join(names, ", ")};
}

void add_cloud_init(tdl::Template& wanted) {
    if (wanted.datasources.empty())
        return;
    wanted.packages.push_back({.name = "cloud-init"});
    // Of the files in this folder the last one by name counts; packages' own begin with up to 90.
    // OpenStack's server is looked for only on its machines, but there it may not answer.
    wanted.files.push_back(
        {.name = "/etc/cloud/cloud.cfg.d/95-datasources.cfg",
         .content = {.bytes = format("datasource_list: [{}, None]\n"
                                     "datasource:\n"
                                     "  OpenStack: {{max_wait: 10, timeout: 5}}\n",
                                     join(wanted.datasources, ", "))}});
}

bool needs_manager(const tdl::Template& wanted) {
    return !wanted.repositories.empty() || !wanted.packages.empty();
}

std::vector<Step> steps_of(const tdl::Template& wanted, const PackageManager& manager) {
    std::vector<Step> steps;
    add_repositories(steps, wanted, manager);
    const fs::path folder = wanted.file.parent_path();
    add_commands(steps, wanted.precommands, "precommand", folder);
    if (!wanted.packages.empty())
        steps.push_back(
            {.title = "refreshing the package lists", .script = call(manager, "refresh", {})});
    add_packages(steps, wanted, manager);
    for (const tdl::File& file : wanted.files)
        steps.push_back({.title = "file " + file.name, .file = file});
    add_commands(steps, wanted.commands, "command", folder);
    for (const tdl::Repository& repository : wanted.repositories)
        if (!repository.persisted)
            steps.push_back({.title = "removing the repository " + repository.name,
                             .script = call(manager, "remove_repository",
                                            {repository_id(repository), repository.url})});
    return steps;
}

void do_step(guest::Session& session, const Step& step, std::chrono::milliseconds limit,
             const std::function<void(std::string_view)>& on_output) {
    in_context(step.title, [&] {
        if (step.file) {
            session.write(step.file->name, step.file->content.bytes.value_or(""),
                          {.mode = step.file->mode, .owner = step.file->owner, .limit = limit});
            return;
        }
        std::string output;
        const guest::CommandResult result = session.run(
            step.script, {.limit = limit, .on_output = [&](guest::Stream, std::string_view text) {
                              output += text;
                              on_output(text);
                          }});
        if (result.status == 0)
            return;
        std::vector<std::string> notes;
        if (const std::string end = end_of(output); !end.empty())
            notes.push_back("the end of its output:\n" + end);
        throw Error{Fault::guest,
                    result.signal.empty()
                        ? format("it ended with status {} in the guest", result.status)
                        : format("the signal {} ended it in the guest", result.signal),
                    std::move(notes)};
    });
}

void do_step_through_restart(guest::Session& session, const Step& step,
                             std::chrono::milliseconds limit,
                             const std::function<void(std::string_view)>& on_output,
                             const std::function<bool()>& restarted) {
    const auto work = [&] { do_step(session, step, limit, on_output); };
    if (!step.may_restart)
        work();
    else if (lost_by(session, work) && !restarted())
        throw Error{Fault::guest,
                    step.title + ": the connection to the guest broke, but it did not restart",
                    {"did the script stop its network or its SSH server?"}};
}

void replace_image(const fs::path& image, const std::string& format, const fs::path& overlay,
                   Runner& runner) {
    TemporaryFile changed{image.string() + ".customised"};
    std::error_code none;
    fs::remove(changed.path(), none);  // of one that was killed
    image::flatten(runner, overlay, changed.path(), format);
    replace_image(image, std::move(changed));
}

void replace_image(const fs::path& image, TemporaryFile changed) {
    struct stat old {};
    if (::stat(image.c_str(), &old) != 0)
        throw system_error("cannot look at " + image.string());
    // Only root can give a file away; whoever else replaces it has made it, too.
    if (::chown(changed.path().c_str(), old.st_uid, old.st_gid) != 0 && errno != EPERM)
        throw system_error("cannot give the owner to " + changed.path().string());
    if (::chmod(changed.path().c_str(), old.st_mode & 07777U) != 0)
        throw system_error("cannot give the mode to " + changed.path().string());
    flush(changed.path(), O_RDONLY);
    changed.keep_as(image);
    flush(image.parent_path(), O_RDONLY | O_DIRECTORY);
}

}  // namespace glinda::pipeline
