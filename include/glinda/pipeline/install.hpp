#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>

#include "glinda/settings/settings.hpp"
#include "glinda/tdl/template.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/process.hpp"
#include "glinda/util/progress.hpp"

namespace glinda::pipeline {

/// What glinda works with, whatever it does.
struct Context {
    const settings::Settings& settings;
    std::filesystem::path families;  ///< auto/
    std::filesystem::path schemas;   ///< config/
    Runner& runner;
    Progress& progress;
    std::stop_token stop;
};

/// How the installer gets at its medium: as it is, with the kernel started directly, or a changed
/// copy of it that boots by itself.
enum class Boot { untouched, remastered };
/// Whether a medium that the cache has is fetched all the same.
enum class Download { needed, always };
/// What becomes of an image that stands where the new one goes.
enum class Existing { refuse, replace };
/// Whether what glinda needs goes into the user's own answer file, see answer::merge_needs.
enum class Additions { wanted, refused };
/// Whether the user's own answer file is checked before anything boots, and for what machine.
enum class Lint { this_machine, any_machine, none };
/// What becomes of the guest and its image when the installation fails.
enum class Failed { remove, keep };
/// Whether the user's own VNC viewer shows the guest while it is installed.
enum class View { none, own };

/// Where a domain XML goes that nobody named: a folder, and what stands behind the template's name.
struct UsualXml {
    std::filesystem::path folder;
    std::string ending;
};

/// What a person asks of one installation.
struct InstallRequest {
    std::filesystem::path template_file;
    std::optional<std::filesystem::path> answer_file;  ///< the user's own, in place of ours
    Additions additions = Additions::wanted;
    std::optional<std::filesystem::path> image;  ///< by default output_dir/NAME.dsk
    /// Absolute; replaces what is there. By default `usual_xml`, or else beside the image.
    std::optional<std::filesystem::path> domain_xml;
    std::optional<UsualXml> usual_xml;
    std::optional<std::chrono::seconds> timeout;  ///< instead of timeouts.install
    std::string mac;
    std::string nic_model;
    std::string disk_bus;
    tdl::Variables variables;  ///< of the template
    Boot boot = Boot::untouched;
    Download download = Download::needed;
    Existing existing = Existing::refuse;
    Lint lint = Lint::this_machine;
    Failed failed = Failed::remove;
    View view = View::none;
};

/// Where the results of an installation are.
struct InstallResult {
    std::filesystem::path image;
    std::filesystem::path domain_xml;
    std::filesystem::path build;  ///< the folder with the report; empty if it was not to be kept
    std::chrono::milliseconds took{};
};

/// An installation that failed, and the folder that tells how.
class BuildError : public Error {
public:
    BuildError(Error error, std::filesystem::path folder)
        : Error{std::move(error)}, folder_{std::move(folder)} {}

    [[nodiscard]] const std::filesystem::path& folder() const noexcept { return folder_; }

private:
    std::filesystem::path folder_;
};

/// Installs a system. On failure nothing of it is left but the build's folder, which tells why; an
/// image that was there before is replaced only by a finished one.
/// @throws Error with the fault of whoever has to act, a BuildError once there is a folder; its
///         notes name the evidence.
[[nodiscard]] InstallResult install(const InstallRequest& request, const Context& context);

/// Everything that install() would do, as text for a person; nothing is booted or written.
/// @throws Error as install() does, as far as it gets.
[[nodiscard]] std::string describe(const InstallRequest& request, const Context& context);

}  // namespace glinda::pipeline
