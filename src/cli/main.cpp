#include "glinda/cli/main.hpp"

#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <optional>
#include <tuple>

#include "adopt.hpp"
#include "clean_cache.hpp"
#include "glinda/settings/settings.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/files.hpp"
#include "glinda/util/interrupt.hpp"
#include "glinda/util/text.hpp"
#include "identify.hpp"
#include "manifest.hpp"
#include "options.hpp"
#include "report.hpp"
#include "terminal.hpp"
#include "test.hpp"
#include "validate.hpp"

namespace glinda::cli {
namespace {

namespace fs = std::filesystem;

fs::path this_program() {
    return fs::read_symlink("/proc/self/exe");
}

bool needs_engine(const Options& options) {
    return std::holds_alternative<InstallCommand>(options.command) ||
           std::holds_alternative<IdentifyCommand>(options.command) ||
           std::holds_alternative<RemasterCommand>(options.command) ||
           std::holds_alternative<CustomiseCommand>(options.command) ||
           std::holds_alternative<GeneraliseCommand>(options.command) ||
           std::holds_alternative<ManifestCommand>(options.command) ||
           std::holds_alternative<TestCommand>(options.command);
}

/// Goes on as the program that can drive guests: beside this one in the folder where both were
/// built, or installed as libexec/glinda-engine.
[[noreturn]] void become_engine(char** argv) {
    const fs::path folder = this_program().parent_path();
    fs::path engine = folder / "glinda-engine";
    if (!fs::exists(engine))
        engine = folder.parent_path() / "libexec" / "glinda-engine";
    ::execv(engine.c_str(), argv);
    throw system_error("cannot start " + engine.string());
}

/// Where auto/ and config/ are: beside the installed program, or in the source tree that the
/// program was built from.
fs::path data_folder(const settings::Settings& settings) {
    if (!settings.data.empty())
        return settings.data;
    std::error_code none;
    const fs::path installed = this_program().parent_path().parent_path() / "share" / "glinda";
    return fs::exists(installed / "auto", none) ? installed : fs::path{GLINDA_SOURCE_FOLDER};
}

/// What every command works with. The engine is there for those that need it.
struct Surroundings {
    const Engine* engine = nullptr;
    pipeline::Context context;
    Terminal& terminal;
};

/// Says where the results of an installation are.
void show_results(const InstallCommand& command, const pipeline::InstallResult& result) {
    if (command.json) {
        fmt::print("{}\n", json_of(result));
        return;
    }
    if (command.report == InstallCommand::Report::line_of_oz) {
        const fs::path here = fs::current_path();
        const fs::path& xml = result.domain_xml;
        fmt::print("Libvirt XML was written to {}\n",
                   (xml.parent_path() == here ? xml.filename() : xml).string());
        return;
    }
    fmt::print("image:      {}\ndomain XML: {}\n", result.image.string(),
               result.domain_xml.string());
    if (!result.build.empty())
        fmt::print("report:     {}\n", (result.build / "report.html").string());
}

/// Installs; with --json a failure is printed as its folder has it, too.
pipeline::InstallResult install(const InstallCommand& command, const Surroundings& with) {
    try {
        return with.engine->install(command.request, with.context);
    } catch (const pipeline::BuildError& error) {
        if (command.json)
            fmt::print("{}", read_file(error.folder() / "build.json"));
        throw;
    }
}

int run(const InstallCommand& command, const Surroundings& with) {
    if (command.dry_run) {
        fmt::print("{}", with.engine->describe(command.request, with.context));
        return 0;
    }
    if (command.watch)
        with.terminal.show_screen();
    const pipeline::InstallResult result = install(command, with);
    if (command.customise)
        with.engine->customise({.template_file = command.request.template_file,
                                .domain_xml = result.domain_xml,
                                .variables = command.request.variables},
                               with.context);
    if (command.generalise)
        std::ignore = with.engine->generalise({.image = result.domain_xml,
                                               .template_file = command.request.template_file,
                                               .variables = command.request.variables},
                                              with.context);
    std::optional<inventory::Manifest> installed;
    if (command.icicle)
        installed = with.engine->manifest({.template_file = command.request.template_file,
                                           .domain_xml = result.domain_xml,
                                           .variables = command.request.variables},
                                          with.context);
    with.terminal.phase("finished");
    with.terminal.clear();
    show_results(command, result);
    if (installed)
        show_icicle(*installed, command.icicle_file);
    return 0;
}

int run(const AdoptCommand& command, const Surroundings& with) {
    return adopt(command, with.context);
}

int run(const ValidateCommand& command, const Surroundings& with) {
    return validate(command, with.context.schemas / "tdl.rng", with.context.families,
                    with.context.stop);
}

int run(const IdentifyCommand& command, const Surroundings& with) {
    const pipeline::Identity identity = with.engine->identify(command.where, with.context);
    if (command.json)
        fmt::print("{}\n", json_of(identity));
    else
        fmt::print("{}", text_of(identity));
    return 0;
}

int run(const RemasterCommand& command, const Surroundings& with) {
    with.engine->remaster(command.request, with.context);
    with.terminal.clear();
    fmt::print("{}\n", command.request.to.string());
    return 0;
}

int run(const CustomiseCommand& command, const Surroundings& with) {
    const pipeline::CustomiseResult result = with.engine->customise(command.request, with.context);
    with.terminal.phase("finished");
    with.terminal.clear();
    if (!result.build.empty())
        with.terminal.info(format("report: {}", (result.build / "report.html").string()));
    return 0;
}

int run(const GeneraliseCommand& command, const Surroundings& with) {
    const pipeline::GeneraliseResult result =
        with.engine->generalise(command.request, with.context);
    with.terminal.clear();
    for (const pipeline::Trace& trace : result.traces) {
        fmt::print("{}:\n", trace.what);
        for (const std::string& path : trace.paths)
            fmt::print("  {}\n", path);
    }
    if (!command.request.dry_run)
        with.terminal.info(
            format("generalised {} in {}", result.image.string(), to_text(result.took)));
    return 0;
}

int run(const ManifestCommand& command, const Surroundings& with) {
    return manifest(command, *with.engine, with.context);
}

int run(const TestCommand& command, const Surroundings& with) {
    const pipeline::TestResult result = with.engine->test(command.request, with.context);
    with.terminal.info(format("SSH answered after {}", to_text(result.boot)));
    with.terminal.clear();
    return show(result, command);
}

int run(const CleanCacheCommand& command, const Surroundings& with) {
    return clean_cache(command, with.context.settings.data_dir, with.terminal);
}

int run(const ReportCommand& command, const Surroundings& with) {
    return report(command, with.context);
}

int run(const ShowText& command, const Surroundings&) {
    fmt::print("{}", command.text);
    return 0;
}

int run(const Options& options, const Engine* engine) {
    if (const auto* show = std::get_if<ShowText>(&options.command)) {
        fmt::print("{}", show->text);
        return 0;
    }
    std::optional<Interrupt> interrupt;
    // A signal ends a question at once, if nothing has to be undone.
    if (!std::holds_alternative<CleanCacheCommand>(options.command))
        interrupt.emplace();
    const std::stop_token stop = interrupt ? interrupt->token() : std::stop_token{};
    const settings::Loaded loaded =
        settings::load(options.settings_file, options.overrides, settings::Environment::current());
    Terminal terminal{Terminal::kind_of_stderr(), options.verbosity};
    for (const std::string& warning : loaded.warnings)
        terminal.warning(warning);
    SystemRunner runner{stop};
    const fs::path data = data_folder(loaded.settings);
    const Surroundings with{.engine = engine,
                            .context = {.settings = loaded.settings,
                                        .families = data / "auto",
                                        .schemas = data / "config",
                                        .runner = runner,
                                        .progress = terminal,
                                        .stop = stop},
                            .terminal = terminal};
    return std::visit([&](const auto& command) { return run(command, with); }, options.command);
}

}  // namespace

int main(int argc, char** argv, const Engine* engine) noexcept {
    try {
        const Options options = parse(argc, argv);
        if (engine == nullptr && needs_engine(options))
            become_engine(argv);
        const int status = run(options, engine);
        if (std::fflush(stdout) != 0)
            throw system_error("cannot write to standard output");
        return status;
    } catch (const Error& error) {
        fmt::print(stderr, "glinda: {}\n", error.what());
        for (const std::string& note : error.notes())
            fmt::print(stderr, "  {}\n", note);
        return exit_status(error.fault());
    } catch (const std::exception& error) {
        fmt::print(stderr, "glinda: {}\n", error.what());
        return exit_status(Fault::environment);
    }
}

}  // namespace glinda::cli
