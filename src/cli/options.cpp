#include "options.hpp"

#include <CLI/CLI.hpp>

#include "glinda/util/error.hpp"
#include "glinda/util/text.hpp"

namespace glinda::cli {
namespace {

using pipeline::InstallRequest;

/// The values of options before they are what the program works with.
struct Raw {
    std::string settings_file;
    std::string answer_file;
    std::string image;
    std::string domain_xml;
    std::vector<std::string> variables;
    std::int64_t timeout = 0;
    bool replace = false;
    bool keep = false;
    bool remaster = false;
};

template <typename T>
std::optional<T> given(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional<T>{text};
}

void add_common(CLI::App& command, Options& options, Raw& raw) {
    command.add_option("-c,--config", raw.settings_file, "settings file")->type_name("FILE");
    command.add_option("--set", options.overrides, "one setting, for this run")
        ->type_name("SECTION.KEY=VALUE")
        ->allow_extra_args(false);
    command
        .add_option("-d,--debug", options.verbosity,
                    "0 errors, 1 warnings, 2 progress (the default), 3 everything")
        ->check(CLI::Range(0, 4))
        ->type_name("N");
}

void add_variables(CLI::App& command, Raw& raw) {
    command.add_option("--var", raw.variables, "the value of a ${NAME} of the template")
        ->type_name("NAME=VALUE")
        ->allow_extra_args(false);
}

tdl::Variables variables_of(const Raw& raw) {
    tdl::Variables variables;
    for (const std::string& text : raw.variables) {
        const std::size_t end = text.find('=');
        if (end == 0 || end == std::string::npos)
            throw Error{Fault::usage, format("--var {} is no NAME=VALUE", text)};
        variables.insert_or_assign(text.substr(0, end), text.substr(end + 1));
    }
    return variables;
}

void add_install(CLI::App& app, Options& options, InstallCommand& install, Raw& raw) {
    CLI::App& command = *app.add_subcommand("install", "install a system into a disk image");
    command.add_option("TDL", install.request.template_file, "template of the system")->required();
    command.add_option("-a,--auto", raw.answer_file, "answer file to use as it is")
        ->type_name("FILE");
    command
        .add_option("-b,--disk-bus", install.request.disk_bus, "bus of the disk: virtio, sata …")
        ->type_name("BUS");
    command.add_option("-m,--mac-address", install.request.mac, "of the network card")
        ->type_name("MAC");
    command
        .add_option("-n,--network-device", install.request.nic_model, "model of the network card")
        ->type_name("MODEL");
    command.add_flag("-p,--cleanup", raw.replace, "replace an image that exists already");
    command.add_option("-s,--disk", raw.image, "the image (default: output_dir/NAME.dsk)")
        ->type_name("FILE");
    command.add_option("-t,--timeout", raw.timeout, "the longest that the installation may take")
        ->check(CLI::PositiveNumber)
        ->type_name("SECONDS");
    command
        .add_option("-x,--xmlfile", raw.domain_xml, "the domain XML (default: beside the image)")
        ->type_name("FILE");
    command.add_flag("--remaster", raw.remaster,
                     "boot a changed copy of the ISO, not its kernel directly");
    command.add_flag("--keep", raw.keep,
                     "keep the guest and its image when the installation fails");
    command.add_flag("--dry-run", install.dry_run, "print what would be done");
    add_variables(command, raw);
    add_common(command, options, raw);
}

void add_validate(CLI::App& app, Options& options, ValidateCommand& validate, Raw& raw) {
    CLI::App& command = *app.add_subcommand("validate", "check templates; nothing is booted");
    command.add_option("TDL", validate.files, "templates")->required();
    command.add_flag("--json", validate.json, "print what was understood, an object a line");
    command.add_flag("--fetch", validate.fetch,
                     "read the contents of the type url, too, wherever they are");
    add_variables(command, raw);
    add_common(command, options, raw);
}

void add_test(CLI::App& app, Options& options, TestCommand& test, Raw& raw) {
    CLI::App& command = *app.add_subcommand(
        "test", "boot an image (it is not changed), log in over SSH and run a script");
    command.add_option("TDL", test.template_file, "template of the image")->required();
    command.add_option("DOMAIN_XML", test.domain_xml, "domain XML that names the image")
        ->required();
    command.add_option("-r,--run", test.script, "script for the guest's shell")
        ->type_name("SCRIPT")
        ->default_val("uname -a; cat /etc/os-release");
    add_variables(command, raw);
    add_common(command, options, raw);
}

std::optional<std::filesystem::path> absolute(const std::string& text) {
    return text.empty() ? std::nullopt
                        : std::optional{std::filesystem::absolute(text).lexically_normal()};
}

void finish(InstallRequest& request, const Raw& raw) {
    request.answer_file = given<std::filesystem::path>(raw.answer_file);
    request.image = given<std::filesystem::path>(raw.image);
    request.domain_xml = absolute(raw.domain_xml);
    if (raw.timeout > 0)
        request.timeout = std::chrono::seconds{raw.timeout};
    request.existing = raw.replace ? pipeline::Existing::replace : pipeline::Existing::refuse;
    request.failed = raw.keep ? pipeline::Failed::keep : pipeline::Failed::remove;
    request.boot = raw.remaster ? pipeline::Boot::remastered : pipeline::Boot::untouched;
}

}  // namespace

Options parse(int argc, const char* const* argv) {
    Options options;
    Raw raw;
    InstallCommand install;
    ValidateCommand validate;
    TestCommand test;
    CLI::App app{
        "Drives an operating system's own installer unattended in a virtual machine and "
        "leaves a disk image.",
        "glinda"};
    app.require_subcommand(0, 1);
    app.set_version_flag("--version", "glinda " GLINDA_VERSION);
    add_install(app, options, install, raw);
    add_validate(app, options, validate, raw);
    add_test(app, options, test, raw);
    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForVersion& call) {
        options.command = ShowText{std::string{call.what()} + "\n"};
        return options;
    } catch (const CLI::Success&) {
        const auto chosen = app.get_subcommands();
        options.command = ShowText{(chosen.empty() ? &app : chosen.front())->help()};
        return options;
    } catch (const CLI::ParseError& error) {
        throw Error{Fault::usage, error.what(), {"see glinda --help, or glinda COMMAND --help"}};
    }
    options.settings_file = given<std::filesystem::path>(raw.settings_file);
    if (app.got_subcommand("install")) {
        finish(install.request, raw);
        install.request.variables = variables_of(raw);
        options.command = std::move(install);
    } else if (app.got_subcommand("validate")) {
        validate.variables = variables_of(raw);
        options.command = std::move(validate);
    } else if (app.got_subcommand("test")) {
        test.variables = variables_of(raw);
        options.command = std::move(test);
    } else {
        throw Error{Fault::usage, "no command was given", {"see glinda --help"}};
    }
    return options;
}

}  // namespace glinda::cli
