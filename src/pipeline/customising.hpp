#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "glinda/guest/session.hpp"
#include "glinda/tdl/template.hpp"
#include "glinda/util/files.hpp"
#include "glinda/util/process.hpp"

namespace glinda::pipeline {

/// One thing that is done in a guest.
struct Step {
    std::string title;                 ///< for a person: "installing nginx"
    std::string script{};              ///< for the guest's shell
    std::optional<tdl::File> file{};   ///< is put there instead of a script
    std::filesystem::path playbook{};  ///< one of Ansible's, run from the host instead of a script
    bool may_restart = false;          ///< the script may restart the guest
};

/// A package manager: shell functions that add a repository, refresh, install packages and remove a
/// repository, tell whether one is installed; `is_here` tells whether a guest has it. They are in
/// auto/packages/.
struct PackageManager {
    std::string name;
    std::string functions;
};

/// All package managers of a folder, by name. @throws Error (environment).
[[nodiscard]] std::vector<PackageManager> package_managers(const std::filesystem::path& folder);

/// The one that the guest has; nothing if it has none of them. @throws Error as Session::run().
[[nodiscard]] std::optional<PackageManager> manager_of(guest::Session& session,
                                                       const std::vector<PackageManager>& known);

/// The one of a folder's that the guest has.
/// @throws Error as Session::run(), and (guest) if it has none of them.
[[nodiscard]] PackageManager find_manager(guest::Session& session,
                                          const std::filesystem::path& folder);

/// Adds what a template wants by wanting cloud-init: its package, and a file that tells it which
/// data sources it may ask. It asks no others, and where none of them is, it does not even start.
void add_cloud_init(tdl::Template& wanted);

/// Whether the template asks for something that takes a package manager.
[[nodiscard]] bool needs_manager(const tdl::Template& wanted);

/// What a customisation does, in its order. `manager` may be empty if none is needed. All contents
/// must have been resolved.
[[nodiscard]] std::vector<Step> steps_of(const tdl::Template& wanted,
                                         const PackageManager& manager);

/// The last lines of an output, as a person reads them.
[[nodiscard]] std::string end_of(std::string_view output);

/// Does one step, but for a playbook; the guest's output goes to `on_output` as it comes.
/// @throws Error (guest) with the end of the output if it fails, (timeout), (cancelled).
void do_step(guest::Session& session, const Step& step, std::chrono::milliseconds limit,
             const std::function<void(std::string_view)>& on_output);

/// Does one step, after which the guest may be restarting, or be about to. `restarted` is then
/// called: it waits until the guest is up again, puts a new login in `session`, and says whether
/// all that came to pass.
/// @throws Error as do_step() does, also of a connection that broke without a restart.
void do_step_through_restart(guest::Session& session, const Step& step,
                             std::chrono::milliseconds limit,
                             const std::function<void(std::string_view)>& on_output,
                             const std::function<bool()>& restarted);

/// Replaces an image, in one step, by all that an overlay of it holds. Mode and owner stay.
/// @throws Error (environment), (cancelled): the image is then as it was.
void replace_image(const std::filesystem::path& image, const std::string& format,
                   const std::filesystem::path& overlay, Runner& runner);

/// Puts a new file in an image's place, in one step. Mode and owner stay.
/// @throws Error (environment): the image is then as it was.
void replace_image(const std::filesystem::path& image, TemporaryFile changed);

}  // namespace glinda::pipeline
