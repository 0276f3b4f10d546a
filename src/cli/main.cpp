#include "glinda/cli/main.hpp"

#include <cstdio>
#include <filesystem>
#include <optional>

#include "clean_cache.hpp"
#include "glinda/pipeline/install.hpp"
#include "glinda/pipeline/test.hpp"
#include "glinda/settings/settings.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/interrupt.hpp"
#include "glinda/util/text.hpp"
#include "options.hpp"
#include "terminal.hpp"
#include "validate.hpp"

namespace glinda::cli {
namespace {

namespace fs = std::filesystem;

/// Where auto/ and config/ are: beside the installed program, or in the source tree that the
/// program was built from.
fs::path data_folder(const settings::Settings& settings) {
    if (!settings.data.empty())
        return settings.data;
    std::error_code none;
    const fs::path program = fs::read_symlink("/proc/self/exe", none);
    const fs::path installed = program.parent_path().parent_path() / "share" / "glinda";
    return fs::exists(installed / "auto", none) ? installed : fs::path{GLINDA_SOURCE_FOLDER};
}

int run(const InstallCommand& command, const pipeline::Context& context, Terminal& terminal) {
    if (command.dry_run) {
        fmt::print("{}", pipeline::describe(command.request, context));
        return 0;
    }
    const pipeline::InstallResult result = pipeline::install(command.request, context);
    terminal.phase("finished");
    terminal.clear();
    if (command.report == InstallCommand::Report::line_of_oz) {
        const fs::path here = fs::current_path();
        const fs::path& xml = result.domain_xml;
        fmt::print("Libvirt XML was written to {}\n",
                   (xml.parent_path() == here ? xml.filename() : xml).string());
        return 0;
    }
    fmt::print("image:      {}\ndomain XML: {}\n", result.image.string(),
               result.domain_xml.string());
    if (!result.build.empty())
        fmt::print("report:     {}\n", (result.build / "report.html").string());
    return 0;
}

int run(const ValidateCommand& command, const pipeline::Context& context, Terminal&) {
    return validate(command, context.schemas / "tdl.rng", context.stop);
}

int run(const TestCommand& command, const pipeline::Context& context, Terminal& terminal) {
    const pipeline::TestResult result = pipeline::test(
        {command.template_file, command.domain_xml, command.script, command.variables}, context);
    terminal.info(format("SSH answered after {}", to_text(result.boot)));
    terminal.clear();
    fmt::print("{}", result.output);
    fmt::print(stderr, "{}", result.errors);
    return result.status == 0 ? 0 : exit_status(Fault::guest);
}

int run(const CleanCacheCommand& command, const pipeline::Context& context, Terminal& terminal) {
    return clean_cache(command, context.settings.data_dir, terminal);
}

int run(const ShowText& command, const pipeline::Context&, Terminal&) {
    fmt::print("{}", command.text);
    return 0;
}

int run(const Options& options) {
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
    const pipeline::Context context{.settings = loaded.settings,
                                    .families = data / "auto",
                                    .schemas = data / "config",
                                    .runner = runner,
                                    .progress = terminal,
                                    .stop = stop};
    return std::visit([&](const auto& command) { return run(command, context, terminal); },
                      options.command);
}

}  // namespace

int main(int argc, char** argv) noexcept {
    try {
        const int status = run(parse(argc, argv));
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
