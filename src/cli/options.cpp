#include "options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <ctime>
#include <map>

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
    std::string icicle_file;
    std::string output;
    std::string script;
    std::string template_file;
    std::string checks;
    std::string junit;
    bool replace = false;
    bool keep = false;
    bool unaltered = false;
    bool remaster = false;
    bool fetch_again = false;
    bool no_lint = false;
    bool customize = false;
    bool generalize = false;
    bool icicle = false;
};

/// Oz's programs, and the commands that do their work.
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> programs_of_oz{{
    {"oz-install", "install"},
    {"oz-customize", "customize"},
    {"oz-generate-icicle", "manifest"},
    {"oz-cleanup-cache", "clean-cache"},
}};
/// What Oz says unless it is told to say more: errors.
constexpr int verbosity_of_oz = 0;

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
                    format("0 errors, 1 warnings, 2 progress, 3 everything (default: {})",
                           options.verbosity))
        ->type_name("N");
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

void add_answer_file(CLI::App& command, Raw& raw) {
    auto* const own = command.add_option("-a,--auto", raw.answer_file, "answer file of your own")
                          ->type_name("FILE");
    command
        .add_flag("--unaltered", raw.unaltered,
                  "add nothing to it (install --dry-run shows what would be added)")
        ->needs(own);
}

void add_no_lint(CLI::App& command, Raw& raw) {
    command.add_flag("--no-lint", raw.no_lint, "use an answer file that has faults all the same");
}

void add_install(CLI::App& app, Options& options, InstallCommand& install, Raw& raw) {
    CLI::App& command = *app.add_subcommand("install", "install a system into a disk image");
    command.add_option("TDL", install.request.template_file, "template of the system")->required();
    add_answer_file(command, raw);
    command
        .add_option("-b,--disk-bus", install.request.disk_bus, "bus of the disk: virtio, sata …")
        ->type_name("BUS");
    command.add_flag("-f,--force-download", raw.fetch_again,
                     "fetch the medium again, whatever the cache has of it");
    auto* const icicle = command.add_flag("-g,--generate-icicle", raw.icicle,
                                          "list what is installed, in Oz's format (ICICLE)");
    command.add_option("-i,--icicle", raw.icicle_file, "write that list to a file")
        ->type_name("FILE")
        ->needs(icicle);
    command.add_option("-m,--mac-address", install.request.mac, "of the network card")
        ->check(no_mac)
        ->type_name("MAC");
    command
        .add_option("-n,--network-device", install.request.nic_model, "model of the network card")
        ->type_name("MODEL");
    command.add_flag("-p,--cleanup", raw.replace,
                     "replace an image and a domain that exist already");
    command.add_option("-s,--disk", raw.image, "the image (default: output_dir/NAME.dsk)")
        ->type_name("FILE");
    command.add_option("-t,--timeout", raw.timeout, "the longest that the installation may take")
        ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 31U))
        ->type_name("SECONDS");
    command.add_flag("-u,--customize", raw.customize,
                     "then do what the template says of repositories, files and commands");
    command.add_flag("--generalize,--generalise", raw.generalize,
                     "then take away what the clones of the image must not share");
    command
        .add_option("-x,--xmlfile", raw.domain_xml,
                    install.report == InstallCommand::Report::results
                        ? "the domain XML (default: beside the image)"
                        : "the domain XML (default: name and date, in this folder)")
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
    command.add_option("-a,--auto", raw.answer_file, "answer file to check for each of them")
        ->type_name("FILE");
    command.add_flag("--json", validate.json, "print what was understood, an object a line");
    command.add_flag("--fetch", validate.fetch,
                     "read the contents of the type url, too, wherever they are");
    add_variables(command, raw);
    add_common(command, options, raw);
}

void add_identify(CLI::App& app, Options& options, IdentifyCommand& identify, Raw& raw) {
    CLI::App& command = *app.add_subcommand("identify", "tell what is on a medium");
    command
        .add_option("MEDIUM", identify.where,
                    "ISO image, folder with an installation tree, or a URL of either")
        ->required();
    command.add_flag("--json", identify.json, "print one object");
    add_common(command, options, raw);
}

void add_remaster(CLI::App& app, Options& options, RemasterCommand& remaster, Raw& raw) {
    CLI::App& command = *app.add_subcommand(
        "remaster", "write the template's ISO so that it installs by itself, on any machine");
    command.add_option("TDL", remaster.request.template_file, "template of the system")->required();
    command.add_option("-o,--output", remaster.request.to, "the new ISO")
        ->type_name("FILE")
        ->required();
    add_answer_file(command, raw);
    add_no_lint(command, raw);
    command.add_flag("-p,--cleanup", raw.replace, "replace a file that exists already");
    add_variables(command, raw);
    add_common(command, options, raw);
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

void add_adopt(CLI::App& app, Options& options, AdoptCommand& adopt, Raw& raw) {
    CLI::App& command = *app.add_subcommand(
        "adopt",
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
    add_common(command, options, raw);
}

void add_test(CLI::App& app, Options& options, TestCommand& test, Raw& raw) {
    CLI::App& command = *app.add_subcommand(
        "test", "boot an image (it is not changed), log in over SSH and check what is true of it");
    command.add_option("TDL", test.request.template_file, "template of the image, with <tests>")
        ->required();
    command.add_option("DOMAIN_XML", test.request.domain_xml, "domain XML that names the image")
        ->required();
    command.add_option("-r,--run", raw.script, "script for the guest's shell, before the checks")
        ->type_name("SCRIPT");
    command.add_option("--checks", raw.checks, "more checks: a file with <tests>")
        ->type_name("FILE");
    command.add_option("--junit", raw.junit, "write the results in JUnit's format")
        ->type_name("FILE");
    command.add_flag("--json", test.json, "print one object");
    add_variables(command, raw);
    add_common(command, options, raw);
}

void add_customize(CLI::App& app, Options& options, CustomiseCommand& customise, Raw& raw) {
    CLI::App& command = *app.add_subcommand(
        "customize", "change an installed system over SSH, as its template says");
    command.add_option("TDL", customise.request.template_file, "template of the image")->required();
    command
        .add_option("DOMAIN_XML", customise.request.domain_xml, "domain XML that names the image")
        ->required();
    command
        .add_option("--ansible", customise.request.playbooks,
                    "then run this playbook against the guest; may be given again")
        ->type_name("PLAYBOOK")
        ->allow_extra_args(false);
    command.add_option("-m,--mac-address", "without effect, as in Oz")
        ->type_name("MAC")
        ->check(no_mac);
    add_variables(command, raw);
    add_common(command, options, raw);
}

void add_manifest(CLI::App& app, Options& options, ManifestCommand& manifest, Raw& raw) {
    using Format = ManifestCommand::Format;
    CLI::App& command = *app.add_subcommand(
        "manifest", "list what is installed in an image, or what differs between two");
    command.add_option("TDL", manifest.first, "template of the image")->required();
    command.add_option("DOMAIN_XML", manifest.second, "domain XML that names the image")
        ->required();
    const std::map<std::string, Format> formats{
        {"icicle", Format::icicle}, {"spdx", Format::spdx}, {"cyclonedx", Format::cyclonedx}};
    auto* const format = command
                             .add_option("--format", manifest.format,
                                         "icicle (Oz's, the default), spdx or cyclonedx (JSON)")
                             ->transform(CLI::CheckedTransformer(formats))
                             ->type_name("FORMAT");
    auto* const output = command.add_option("-o,--output", raw.output, "write the list to a file")
                             ->type_name("FILE");
    auto* const icicle =
        command.add_option("-i,--icicle", raw.icicle_file, "write Oz's format to a file")
            ->type_name("FILE")
            ->excludes(format)
            ->excludes(output);
    command
        .add_flag("--diff", manifest.difference,
                  "compare two: in place of TDL and DOMAIN_XML stand the older and the newer "
                  "manifest or domain XML")
        ->excludes(format)
        ->excludes(icicle);
    add_variables(command, raw);
    add_common(command, options, raw);
}

void add_generalize(CLI::App& app, Options& options, GeneraliseCommand& generalise, Raw& raw) {
    CLI::App& command = *app.add_subcommand(
        "generalize", "take from an image what its clones must not share: IDs, keys, logs");
    command.alias("generalise");
    command.add_option("IMAGE", generalise.request.image, "image, or domain XML that names it")
        ->required();
    command
        .add_option("--template", raw.template_file,
                    "of the image, to boot it where its file system cannot be written otherwise")
        ->type_name("TDL");
    command.add_flag("--dry-run", generalise.request.dry_run, "print what would go");
    add_variables(command, raw);
    add_common(command, options, raw);
}

void add_clean_cache(CLI::App& app, Options& options, CleanCacheCommand& clean, Raw& raw) {
    CLI::App& command =
        *app.add_subcommand("clean-cache", "remove the media that were kept for further builds");
    command.add_flag("-f,--force", clean.force, "without a question");
    command.add_flag("--dry-run", clean.dry_run, "show what would be freed");
    add_common(command, options, raw);
}

std::optional<std::filesystem::path> absolute(const std::string& text) {
    return text.empty() ? std::nullopt
                        : std::optional{std::filesystem::absolute(text).lexically_normal()};
}

/// What Oz puts behind a template's name to name its domain XML.
std::string date_of_oz() {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    ::localtime_r(&now, &parts);
    std::array<char, 64> text{};
    return {text.data(), std::strftime(text.data(), text.size(), "%b_%d_%Y-%H:%M:%S", &parts)};
}

pipeline::Additions additions_of(const Raw& raw) {
    return raw.unaltered ? pipeline::Additions::refused : pipeline::Additions::wanted;
}

void finish(InstallCommand& install, const Raw& raw) {
    install.customise = raw.customize;
    install.generalise = raw.generalize;
    install.icicle = raw.icicle;
    install.icicle_file = given<std::filesystem::path>(raw.icicle_file);
    InstallRequest& request = install.request;
    request.answer_file = given<std::filesystem::path>(raw.answer_file);
    request.additions = additions_of(raw);
    request.image = given<std::filesystem::path>(raw.image);
    request.domain_xml = absolute(raw.domain_xml);
    if (install.report == InstallCommand::Report::line_of_oz)
        request.usual_xml = {std::filesystem::current_path(), date_of_oz()};
    if (raw.timeout > 0)
        request.timeout = std::chrono::seconds{raw.timeout};
    request.download = raw.fetch_again ? pipeline::Download::always : pipeline::Download::needed;
    request.existing = raw.replace ? pipeline::Existing::replace : pipeline::Existing::refuse;
    if (raw.no_lint)
        request.lint = pipeline::Lint::none;
    request.failed = raw.keep ? pipeline::Failed::keep : pipeline::Failed::remove;
    request.boot = raw.remaster ? pipeline::Boot::remastered : pipeline::Boot::untouched;
}

void finish(RemasterCommand& remaster, const Raw& raw) {
    pipeline::RemasterRequest& request = remaster.request;
    request.answer_file = given<std::filesystem::path>(raw.answer_file);
    request.additions = additions_of(raw);
    request.variables = variables_of(raw);
    if (raw.no_lint)
        request.lint = pipeline::Lint::none;
    request.existing = raw.replace ? pipeline::Existing::replace : pipeline::Existing::refuse;
}

void finish(TestCommand& test, const Raw& raw) {
    test.request.script = given<std::string>(raw.script);
    test.request.checks = given<std::filesystem::path>(raw.checks);
    test.request.variables = variables_of(raw);
    test.junit = given<std::filesystem::path>(raw.junit);
}

/// Writes long options out that were cut short: getopt, Oz's parser, takes any beginning that only
/// one option has.
void complete(std::vector<std::string>& words, const CLI::App& command) {
    std::vector<std::string> known;
    for (const CLI::Option* const option : command.get_options())
        for (const std::string& name : option->get_lnames())
            known.push_back("--" + name);
    for (std::string& word : words) {
        if (word == "--")
            return;
        const std::string typed = word.substr(0, word.find('='));
        if (!typed.starts_with("--") || std::ranges::find(known, typed) != known.end())
            continue;
        std::vector<std::string> meant;
        std::ranges::copy_if(known, std::back_inserter(meant),
                             [&](const std::string& name) { return name.starts_with(typed); });
        if (meant.size() > 1)
            throw Error{Fault::usage, format("{} may be {}", typed, join(meant, " or "))};
        if (!meant.empty())
            word.replace(0, typed.size(), meant.front());
    }
}

/// Has `app` read the words of a command line; what it was asked to print instead, if anything.
/// @throws Error (usage).
std::optional<ShowText> read(CLI::App& app, std::vector<std::string> words) {
    const auto commands = app.get_subcommands({});
    const auto named = std::ranges::find_if(commands, [&](const CLI::App* command) {
        return !words.empty() && command->get_name() == words.front();
    });
    if (named != commands.end())
        complete(words, **named);
    try {
        std::ranges::reverse(words);  // as CLI11 wants them
        app.parse(std::move(words));
    } catch (const CLI::CallForVersion& call) {
        return ShowText{std::string{call.what()} + "\n"};
    } catch (const CLI::Success&) {
        return ShowText{app.help()};
    } catch (const CLI::ParseError& error) {
        const std::string own = named == commands.end() ? "" : (*named)->get_name();
        const bool of_oz = own.starts_with("oz-");
        throw Error{
            Fault::usage,
            error.what(),
            {of_oz ? format("see {} --help", own) : "see glinda --help, or glinda COMMAND --help"}};
    }
    return std::nullopt;
}

/// What options can be read into, one command each.
struct Commands {
    AdoptCommand adopt;
    InstallCommand install;
    ValidateCommand validate;
    IdentifyCommand identify;
    RemasterCommand remaster;
    CustomiseCommand customise;
    GeneraliseCommand generalise;
    ManifestCommand manifest;
    TestCommand test;
    CleanCacheCommand clean;
};

decltype(Options::command) command_named(std::string_view name, Commands commands, const Raw& raw) {
    if (name == "install") {
        finish(commands.install, raw);
        commands.install.request.variables = variables_of(raw);
        return std::move(commands.install);
    }
    if (name == "adopt")
        return std::move(commands.adopt);
    if (name == "customize") {
        commands.customise.request.variables = variables_of(raw);
        return std::move(commands.customise);
    }
    if (name == "generalize") {
        commands.generalise.request.template_file = given<std::filesystem::path>(raw.template_file);
        commands.generalise.request.variables = variables_of(raw);
        return std::move(commands.generalise);
    }
    if (name == "manifest") {
        commands.manifest.output = given<std::filesystem::path>(raw.output);
        commands.manifest.icicle_file = given<std::filesystem::path>(raw.icicle_file);
        commands.manifest.variables = variables_of(raw);
        return std::move(commands.manifest);
    }
    if (name == "clean-cache")
        return commands.clean;
    if (name == "validate") {
        commands.validate.variables = variables_of(raw);
        commands.validate.answer_file = given<std::filesystem::path>(raw.answer_file);
        return std::move(commands.validate);
    }
    if (name == "identify")
        return std::move(commands.identify);
    if (name == "remaster") {
        finish(commands.remaster, raw);
        return std::move(commands.remaster);
    }
    finish(commands.test, raw);
    return std::move(commands.test);
}

}  // namespace

Options parse(int argc, const char* const* argv) {
    std::vector<std::string> words(argv, argv + argc);
    const std::string program =
        words.empty() ? "" : std::filesystem::path{words.front()}.filename().string();
    const auto* const of_oz = std::ranges::find_if(
        programs_of_oz, [&](const auto& entry) { return entry.first == program; });
    const bool as_oz = of_oz != programs_of_oz.end();
    if (!as_oz && !words.empty())
        words.erase(words.begin());

    Options options;
    Raw raw;
    Commands commands;
    if (as_oz) {
        options.verbosity = verbosity_of_oz;
        commands.install.report = InstallCommand::Report::line_of_oz;
    }
    CLI::App app{
        "Drives an operating system's own installer unattended in a virtual machine and "
        "leaves a disk image.",
        as_oz ? "" : "glinda"};
    app.require_subcommand(0, 1);
    app.set_version_flag("--version", "glinda " GLINDA_VERSION);
    add_adopt(app, options, commands.adopt, raw);
    add_install(app, options, commands.install, raw);
    add_customize(app, options, commands.customise, raw);
    add_generalize(app, options, commands.generalise, raw);
    add_manifest(app, options, commands.manifest, raw);
    add_clean_cache(app, options, commands.clean, raw);
    add_validate(app, options, commands.validate, raw);
    add_identify(app, options, commands.identify, raw);
    add_remaster(app, options, commands.remaster, raw);
    add_test(app, options, commands.test, raw);
    if (as_oz) {
        app.get_subcommand(std::string{of_oz->second})->name(program);
        words.front() = program;
    }

    if (auto text = read(app, words)) {
        options.command = std::move(*text);
        return options;
    }
    const auto chosen = app.get_subcommands();
    if (chosen.empty())
        throw Error{Fault::usage, "no command was given", {"see glinda --help"}};
    options.settings_file = given<std::filesystem::path>(raw.settings_file);
    options.verbosity = std::clamp(options.verbosity, 0, 3);
    const std::string name = as_oz ? std::string{of_oz->second} : chosen.front()->get_name();
    options.command = command_named(name, std::move(commands), raw);
    return options;
}

}  // namespace glinda::cli
