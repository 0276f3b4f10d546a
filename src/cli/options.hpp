#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "glinda/pipeline/install.hpp"
#include "glinda/tdl/template.hpp"

namespace glinda::cli {

struct InstallCommand {
    pipeline::InstallRequest request;
    bool dry_run = false;
};
struct ValidateCommand {
    std::vector<std::filesystem::path> files;
    tdl::Variables variables;
    bool json = false;   ///< one object a line, with what was understood
    bool fetch = false;  ///< the contents of files and commands that stand elsewhere, too
};
struct TestCommand {
    std::filesystem::path template_file;
    std::filesystem::path domain_xml;
    std::string script;
    tdl::Variables variables;
};
/// Text that was asked for, and nothing else: --help, --version.
struct ShowText {
    std::string text;
};

/// What a command line says.
struct Options {
    std::variant<ShowText, InstallCommand, ValidateCommand, TestCommand> command;
    std::optional<std::filesystem::path> settings_file;
    std::vector<std::string> overrides;  ///< section.key=value
    int verbosity = 2;                   ///< 0 errors, 1 warnings, 2 progress, 3 everything
};

/// @throws Error (usage).
[[nodiscard]] Options parse(int argc, const char* const* argv);

}  // namespace glinda::cli
