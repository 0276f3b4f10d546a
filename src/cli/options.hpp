#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "glinda/pipeline/customise.hpp"
#include "glinda/pipeline/generalise.hpp"
#include "glinda/pipeline/install.hpp"
#include "glinda/pipeline/remaster.hpp"
#include "glinda/pipeline/test.hpp"
#include "glinda/tdl/template.hpp"

namespace glinda::cli {

struct InstallCommand {
    pipeline::InstallRequest request;
    bool dry_run = false;
    bool json = false;  ///< print one object in the end, also of a failure
    /// What is printed in the end: where all results are, or Oz's one line.
    enum class Report { results, line_of_oz };
    Report report = Report::results;
    bool watch = false;                                ///< show the guest's screen as text
    bool customise = false;                            ///< what the template says of that
    bool generalise = false;                           ///< for many clones
    bool icicle = false;                               ///< list what is installed, in the end
    std::optional<std::filesystem::path> icicle_file;  ///< by default standard output
};
struct AdoptCommand {
    std::filesystem::path file;          ///< the answer file of a machine
    std::filesystem::path folder = ".";  ///< for the template and the new answer file
    std::vector<std::string> os;         ///< name and version; empty: as the file tells
    std::string name;                    ///< of the template; empty: the machine's
    bool replace = false;                ///< files that exist
    bool json = false;
};
struct CleanCacheCommand {
    bool force = false;  ///< without a question
    bool dry_run = false;
};
struct ValidateCommand {
    std::vector<std::filesystem::path> files;
    std::optional<std::filesystem::path> answer_file;  ///< to check for each of them
    tdl::Variables variables;
    bool json = false;   ///< one object a line, with what was understood
    bool fetch = false;  ///< the contents of files and commands that stand elsewhere, too
};
struct IdentifyCommand {
    std::string where;  ///< an image, a folder or a URL
    bool json = false;
};
struct RemasterCommand {
    pipeline::RemasterRequest request;
};
struct ReportCommand {
    std::filesystem::path build;  ///< its folder, or its template's name
    bool json = false;
    bool open = false;  ///< its page, too, in the user's browser
};
struct CustomiseCommand {
    pipeline::CustomiseRequest request;
};
struct GeneraliseCommand {
    pipeline::GeneraliseRequest request;
};
struct ManifestCommand {
    enum class Format { icicle, spdx, cyclonedx };
    std::filesystem::path template_file;  ///< or what is older
    std::filesystem::path domain_xml;     ///< or what is newer
    Format format = Format::icicle;
    bool difference = false;
    std::optional<std::filesystem::path> output;       ///< by default standard output
    std::optional<std::filesystem::path> icicle_file;  ///< the same, in Oz's words
    tdl::Variables variables;
};
struct TestCommand {
    pipeline::TestRequest request;
    std::optional<std::filesystem::path> junit;  ///< file for the results
    bool json = false;                           ///< print one object
};
/// Text that was asked for, and nothing else: --help, --version.
struct ShowText {
    std::string text;
};

/// What a command line says.
struct Options {
    std::variant<ShowText, AdoptCommand, InstallCommand, ValidateCommand, IdentifyCommand,
                 RemasterCommand, CustomiseCommand, GeneraliseCommand, ManifestCommand, TestCommand,
                 CleanCacheCommand, ReportCommand>
        command;
    std::optional<std::filesystem::path> settings_file;
    std::vector<std::string> overrides;  ///< section.key=value
    int verbosity = 2;                   ///< 0 errors, 1 warnings, 2 progress, 3 everything
};

/// Reads a command line. A program that is called by the name of one of Oz's four does what that
/// does, is as silent, and writes the same files.
/// @throws Error (usage).
[[nodiscard]] Options parse(int argc, const char* const* argv);

}  // namespace glinda::cli
