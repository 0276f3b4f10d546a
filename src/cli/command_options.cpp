#include "command_options.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <map>
#include <memory>

#include "glinda/util/error.hpp"
#include "glinda/util/text.hpp"

namespace glinda::cli {
namespace {

namespace fs = std::filesystem;

/// A command of the program while its options are told.
template <typename Command>
struct Added {
    CLI::App& app;
    Command& told;
};

template <typename Command>
Added<Command> add(CLI::App& app, Options& options, const char* name, const char* what_it_does) {
    CLI::App& command = *app.add_subcommand(name, what_it_does);
    const auto told = std::make_shared<Command>();
    command.final_callback([told, &options] { options.command = std::move(*told); });
    command.add_option("-c,--config", options.settings_file, "settings file")->type_name("FILE");
    command.add_option("--set", options.overrides, "one setting, for this run")
        ->type_name("SECTION.KEY=VALUE")
        ->allow_extra_args(false);
    command
        .add_option("-d,--debug", options.verbosity,
                    format("0 errors, 1 warnings, 2 progress, 3 everything (default: {})",
                           options.verbosity))
        ->type_name("N");
    return {command, *told};
}

/// Why a text is no address of a network card; empty if it is one.
std::string no_mac(const std::string& text) {
    constexpr std::string_view digits = "0123456789abcdefABCDEF";
    const std::vector<std::string_view> octets = split(text, ':');
    const bool is_mac =
        octets.size() == 6 && std::ranges::all_of(octets, [&](auto octet) {
            return octet.size() == 2 && octet.find_first_not_of(digits) == std::string_view::npos;
        });
    if (!is_mac)
        return format("\"{}\" is no MAC address such as 52:54:00:12:34:56", text);
    // IEEE 802: an odd first octet is that of a group.
    return digits.find(text[1]) % 2 == 1 ? format("{} is the address of a group of cards", text)
                                         : "";
}

/// Why a text cannot be the name of a template; empty if it can.
std::string no_name(const std::string& text) {
    const bool plain = std::ranges::all_of(
        text, [](char c) { return static_cast<unsigned char>(c) > 0x20 && c != 0x7f && c != '/'; });
    return plain && !text.empty() && !text.starts_with('.') && text.size() <= 200 &&
                   text.find("${") == std::string::npos
               ? ""
               : format("\"{}\" does not do as the name of a template and of files", text);
}

void add_variables(CLI::App& command, tdl::Variables& variables) {
    command
        .add_option_function<std::vector<std::string>>(
            "--var",
            [&variables](const std::vector<std::string>& all) {
                for (const std::string& text : all) {
                    const std::size_t end = text.find('=');
                    if (end == 0 || end == std::string::npos)
                        throw Error{Fault::usage, format("--var {} is no NAME=VALUE", text)};
                    variables.insert_or_assign(text.substr(0, end), text.substr(end + 1));
                }
            },
            "the value of a ${NAME} of the template")
        ->type_name("NAME=VALUE")
        ->allow_extra_args(false);
}

/// What installing and remastering share.
template <typename Request>
void add_answer_file(CLI::App& command, Request& request) {
    auto* const own =
        command.add_option("-a,--auto", request.answer_file, "answer file of your own")
            ->type_name("FILE");
    command
        .add_flag_callback(
            "--unaltered", [&request] { request.additions = pipeline::Additions::refused; },
            "add nothing to it (install --dry-run shows what would be added)")
        ->needs(own);
    command.add_flag_callback(
        "--no-lint", [&request] { request.lint = pipeline::Lint::none; },
        "use an answer file that has faults all the same");
}

template <typename Request>
void add_replace(CLI::App& command, Request& request, const char* what) {
    command.add_flag_callback(
        "-p,--cleanup", [&request] { request.existing = pipeline::Existing::replace; }, what);
}

/// The template and the domain XML of an image.
template <typename Command>
void add_image(CLI::App& command, Command& told) {
    command.add_option("TDL", told.template_file, "template of the image")->required();
    command.add_option("DOMAIN_XML", told.domain_xml, "domain XML that names the image")
        ->required();
    add_variables(command, told.variables);
}

void add_adopt(CLI::App& app, Options& options) {
    const auto [command, adopt] = add<AdoptCommand>(
        app, options, "adopt",
        "make a template and an answer file out of the one that a machine was installed by");
    command
        .add_option("FILE", adopt.file,
                    "the machine's own answer file, as its installer has left it")
        ->required();
    command.add_option("-o,--output", adopt.folder, "folder for both (default: this one)")
        ->type_name("DIR");
    command.add_option("--os", adopt.os, "the system and its version, if the file does not tell")
        ->expected(2)
        ->type_name("NAME VERSION");
    command.add_option("--name", adopt.name, "of the template (default: the machine's)")
        ->check(no_name)
        ->type_name("NAME");
    command.add_flag("-f,--force", adopt.replace, "replace files that exist already");
    command.add_flag("--json", adopt.json, "print one object");
}

/// What Oz puts behind a template's name to name its domain XML.
std::string date_of_oz() {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    ::localtime_r(&now, &parts);
    std::array<char, 64> text{};
    return {text.data(), std::strftime(text.data(), text.size(), "%b_%d_%Y-%H:%M:%S", &parts)};
}

/// The machine that is installed on, and what is left of it.
void add_machine(CLI::App& command, InstallCommand& install) {
    pipeline::InstallRequest& request = install.request;
    command.add_option("-b,--disk-bus", request.disk_bus, "bus of the disk: virtio, sata …")
        ->type_name("BUS");
    command.add_option("-m,--mac-address", request.mac, "of the network card")
        ->check(no_mac)
        ->type_name("MAC");
    command.add_option("-n,--network-device", request.nic_model, "model of the network card")
        ->type_name("MODEL");
    add_replace(command, request, "replace an image and a domain that exist already");
    command.add_option("-s,--disk", request.image, "the image (default: output_dir/NAME.dsk)")
        ->type_name("FILE");
    const bool as_oz = install.report == InstallCommand::Report::line_of_oz;
    if (as_oz)
        request.usual_xml = {fs::current_path(), date_of_oz()};
    command
        .add_option_function<std::string>(
            "-x,--xmlfile",
            [&request](const std::string& file) {
                request.domain_xml = fs::absolute(file).lexically_normal();
            },
            as_oz ? "the domain XML (default: name and date, in this folder)"
                  : "the domain XML (default: beside the image)")
        ->type_name("FILE");
    command.add_flag_callback(
        "--keep", [&request] { request.failed = pipeline::Failed::keep; },
        "keep the guest and its image when the installation fails");
    command.add_flag("--watch", install.watch,
                     "show the guest's screen as text while it is installed");
    command.add_flag_callback(
        "--view", [&request] { request.view = pipeline::View::own; },
        "show the guest in a VNC viewer (setting glinda.viewer)");
}

void add_install(CLI::App& app, Options& options, InstallCommand::Report report) {
    const auto [command, install] =
        add<InstallCommand>(app, options, "install", "install a system into a disk image");
    pipeline::InstallRequest& request = install.request;
    install.report = report;
    command.add_option("TDL", request.template_file, "template of the system")->required();
    add_variables(command, request.variables);
    add_answer_file(command, request);
    command.add_flag_callback(
        "-f,--force-download", [&request] { request.download = pipeline::Download::always; },
        "fetch the medium again, whatever the cache has of it");
    command.add_flag_callback(
        "--remaster", [&request] { request.boot = pipeline::Boot::remastered; },
        "boot a changed copy of the ISO, not its kernel directly");
    add_machine(command, install);
    command
        .add_option_function<std::int64_t>(
            "-t,--timeout",
            [&request](std::int64_t seconds) { request.timeout = std::chrono::seconds{seconds}; },
            "the longest that the installation may take")
        ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 31U))
        ->type_name("SECONDS");
    command.add_flag("-u,--customize", install.customise,
                     "then do what the template says of repositories, files and commands");
    command.add_flag("--generalize,--generalise", install.generalise,
                     "then take away what the clones of the image must not share");
    auto* const icicle = command.add_flag("-g,--generate-icicle", install.icicle,
                                          "list what is installed, in Oz's format (ICICLE)");
    command.add_option("-i,--icicle", install.icicle_file, "write that list to a file")
        ->type_name("FILE")
        ->needs(icicle);
    command.add_flag("--dry-run", install.dry_run, "print what would be done");
    command.add_flag("--json", install.json, "print one object in the end, also of a failure");
}

void add_validate(CLI::App& app, Options& options) {
    const auto [command, validate] =
        add<ValidateCommand>(app, options, "validate", "check templates; nothing is booted");
    command.add_option("TDL", validate.files, "templates")->required();
    add_variables(command, validate.variables);
    command.add_option("-a,--auto", validate.answer_file, "answer file to check for each of them")
        ->type_name("FILE");
    command.add_flag("--json", validate.json, "print what was understood, an object a line");
    command.add_flag("--fetch", validate.fetch,
                     "read the contents of the type url, too, wherever they are");
}

void add_identify(CLI::App& app, Options& options) {
    const auto [command, identify] =
        add<IdentifyCommand>(app, options, "identify", "tell what is on a medium");
    command
        .add_option("MEDIUM", identify.where,
                    "ISO image, folder with an installation tree, or a URL of either")
        ->required();
    command.add_flag("--json", identify.json, "print one object");
}

void add_remaster(CLI::App& app, Options& options) {
    const auto [command, remaster] = add<RemasterCommand>(
        app, options, "remaster",
        "write the template's ISO so that it installs by itself, on any machine");
    pipeline::RemasterRequest& request = remaster.request;
    command.add_option("TDL", request.template_file, "template of the system")->required();
    add_variables(command, request.variables);
    command.add_option("-o,--output", request.to, "the new ISO")->type_name("FILE")->required();
    add_answer_file(command, request);
    add_replace(command, request, "replace a file that exists already");
}

void add_test(CLI::App& app, Options& options) {
    const auto [command, test] = add<TestCommand>(
        app, options, "test",
        "boot an image (it is not changed), log in over SSH and check what is true of it");
    add_image(command, test.request);
    command
        .add_option("-r,--run", test.request.script,
                    "script for the guest's shell, before the checks")
        ->type_name("SCRIPT");
    command.add_option("--checks", test.request.checks, "more checks: a file with <tests>")
        ->type_name("FILE");
    command.add_option("--junit", test.junit, "write the results in JUnit's format")
        ->type_name("FILE");
    command.add_flag("--json", test.json, "print one object");
}

void add_customize(CLI::App& app, Options& options) {
    const auto [command, customise] = add<CustomiseCommand>(
        app, options, "customize", "change an installed system over SSH, as its template says");
    add_image(command, customise.request);
    command
        .add_option("--ansible", customise.request.playbooks,
                    "then run this playbook against the guest; may be given again")
        ->type_name("PLAYBOOK")
        ->allow_extra_args(false);
    command.add_option("-m,--mac-address", "without effect, as in Oz")
        ->type_name("MAC")
        ->check(no_mac);
}

void add_generalize(CLI::App& app, Options& options) {
    const auto [command, generalise] = add<GeneraliseCommand>(
        app, options, "generalize",
        "take from an image what its clones must not share: IDs, keys, logs");
    pipeline::GeneraliseRequest& request = generalise.request;
    command.alias("generalise");
    command.add_option("IMAGE", request.image, "image, or domain XML that names it")->required();
    command
        .add_option("--template", request.template_file,
                    "of the image, to boot it where its file system cannot be written otherwise")
        ->type_name("TDL");
    add_variables(command, request.variables);
    command.add_flag("--dry-run", request.dry_run, "print what would go");
}

void add_manifest(CLI::App& app, Options& options) {
    using Format = ManifestCommand::Format;
    const auto [command, manifest] =
        add<ManifestCommand>(app, options, "manifest",
                             "list what is installed in an image, or what differs between two");
    add_image(command, manifest);
    const std::map<std::string, Format> formats{
        {"icicle", Format::icicle}, {"spdx", Format::spdx}, {"cyclonedx", Format::cyclonedx}};
    auto* const format = command
                             .add_option("--format", manifest.format,
                                         "icicle (Oz's, the default), spdx or cyclonedx (JSON)")
                             ->transform(CLI::CheckedTransformer(formats).description(""))
                             ->type_name("FORMAT");
    auto* const output =
        command.add_option("-o,--output", manifest.output, "write the list to a file")
            ->type_name("FILE");
    auto* const icicle =
        command.add_option("-i,--icicle", manifest.icicle_file, "write Oz's format to a file")
            ->type_name("FILE")
            ->excludes(format)
            ->excludes(output);
    command
        .add_flag("--diff", manifest.difference,
                  "compare two: in place of TDL and DOMAIN_XML stand the older and the newer "
                  "manifest or domain XML")
        ->excludes(format)
        ->excludes(icicle);
}

void add_clean_cache(CLI::App& app, Options& options) {
    const auto [command, clean] = add<CleanCacheCommand>(
        app, options, "clean-cache", "remove the media that were kept for further builds");
    command.add_flag("-f,--force", clean.force, "without a question");
    command.add_flag("--dry-run", clean.dry_run, "show what would be freed");
}

void add_report(CLI::App& app, Options& options) {
    const auto [command, report] = add<ReportCommand>(
        app, options, "report", "tell how a build went: its end, phases, screen and files");
    command
        .add_option("BUILD", report.build,
                    "folder of the build, or a template's name for its newest one")
        ->required();
    command.add_flag("--json", report.json, "print what is known of it as one object");
    command.add_flag("--open", report.open, "open its page, too (xdg-open)");
}

}  // namespace

void add_commands(CLI::App& app, Options& options, InstallCommand::Report report) {
    add_adopt(app, options);
    add_install(app, options, report);
    add_customize(app, options);
    add_generalize(app, options);
    add_manifest(app, options);
    add_clean_cache(app, options);
    add_validate(app, options);
    add_identify(app, options);
    add_remaster(app, options);
    add_test(app, options);
    add_report(app, options);
}

}  // namespace glinda::cli
