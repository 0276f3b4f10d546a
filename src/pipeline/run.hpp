#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "glinda/pipeline/install.hpp"
#include "glinda/report/build_folder.hpp"
#include "glinda/virt/connection.hpp"
#include "glinda/virt/machine.hpp"
#include "glinda/watch/course.hpp"
#include "glinda/watch/watch.hpp"

namespace glinda::pipeline {

/// How an installation is watched.
struct Watching {
    watch::Rules rules;
    std::optional<watch::Course> earlier{};  ///< what one of the same installer took
    Failed failed = Failed::remove;
    View view = View::none;
};

/// The verdict on an installation, and what is left of its guest.
struct RunResult {
    watch::Verdict verdict;
    std::string phase;                  ///< that it was in; may be empty
    std::filesystem::path screen;       ///< a picture of the screen at a failure; may be empty
    std::filesystem::path screen_text;  ///< what is written on it; may be empty
    std::filesystem::path vnc;          ///< the socket of a guest that is kept; may be empty
    watch::Course course;               ///< how long what took
};

/// Starts the machine and watches it to the verdict: its console is serial[0], the installer's log
/// serial[1] and all that its ports have. The guest is gone afterwards, unless it failed and is to
/// be kept.
/// @throws Error (environment) if it cannot be started, (cancelled).
[[nodiscard]] RunResult run_installer(const virt::Connection& connection,
                                      const virt::Machine& machine, Watching watching,
                                      report::BuildFolder& folder, const Context& context);

}  // namespace glinda::pipeline
