#include "options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>

#include "command_options.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/text.hpp"

namespace glinda::cli {
namespace {

/// Oz's programs, and the commands that do their work.
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> programs_of_oz{{
    {"oz-install", "install"},
    {"oz-customize", "customize"},
    {"oz-generate-icicle", "manifest"},
    {"oz-cleanup-cache", "clean-cache"},
}};
/// What Oz says unless it is told to say more: errors.
constexpr int verbosity_of_oz = 0;

/// The long names of a command's options: of those that have a short name, too, as all of Oz's, or
/// of the others.
std::vector<std::string> long_names(const CLI::App& command, bool with_short_name) {
    std::vector<std::string> names;
    for (const CLI::Option* const option : command.get_options())
        if (option->get_snames().empty() != with_short_name)
            for (const std::string& name : option->get_lnames())
                names.push_back("--" + name);
    return names;
}

/// The options that a word may be the beginning of.
std::vector<std::string> meant_by(const std::string& typed, const CLI::App& command) {
    for (const bool of_oz : {true, false}) {
        std::vector<std::string> names = long_names(command, of_oz);
        std::erase_if(names, [&](const std::string& name) { return !name.starts_with(typed); });
        if (!names.empty())
            return names;
    }
    return {};
}

/// Writes long options out that were cut short: getopt, Oz's parser, takes any beginning that only
/// one option has. What we have added to Oz's options does not take their beginnings away.
void complete(std::vector<std::string>& words, const CLI::App& command) {
    for (std::string& word : words) {
        if (word == "--")
            return;
        const std::string typed = word.substr(0, word.find('='));
        if (!typed.starts_with("--") || command.get_option_no_throw(typed) != nullptr)
            continue;
        const std::vector<std::string> meant = meant_by(typed, command);
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
    if (as_oz)
        options.verbosity = verbosity_of_oz;
    CLI::App app{
        "Drives an operating system's own installer unattended in a virtual machine and "
        "leaves a disk image.",
        as_oz ? "" : "glinda"};
    app.require_subcommand(0, 1);
    app.set_version_flag("--version", "glinda " GLINDA_VERSION);
    add_commands(app, options,
                 as_oz ? InstallCommand::Report::line_of_oz : InstallCommand::Report::results);
    if (as_oz) {
        app.get_subcommand(std::string{of_oz->second})->name(program);
        words.front() = program;
    }

    if (auto text = read(app, words))
        options.command = std::move(*text);
    else if (app.get_subcommands().empty())
        throw Error{Fault::usage, "no command was given", {"see glinda --help"}};
    options.verbosity = std::clamp(options.verbosity, 0, 3);
    return options;
}

}  // namespace glinda::cli
