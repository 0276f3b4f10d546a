#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>

#include "finished_image.hpp"
#include "glinda/guest/session.hpp"
#include "glinda/pipeline/install.hpp"
#include "glinda/report/build_folder.hpp"
#include "glinda/tdl/template.hpp"

namespace glinda::pipeline {

/// A guest that runs on an overlay of an image, with root logged in.
struct ImageGuest {
    guest::Session& session;
    const guest::Login& login;       ///< as who the session logged in, and where
    std::filesystem::path overlay;   ///< what differs from the image, qcow2; gone with the guest
    std::chrono::milliseconds boot;  ///< from power-on to the login
    /// Waits until the guest, which goes down, is up again, and logs in anew; whether it came.
    std::function<bool()> restarted;
    /// Has the guest end by a script; whether it did in time. A login is not possible any more.
    std::function<bool(const std::string& script)> end;
};

/// How a guest ends in order.
constexpr const char* power_off = "sync; poweroff || shutdown -p now || shutdown -h now";

/// Boots an overlay of a finished image, logs in over SSH as root and does `work`. The image is not
/// changed. `folder`, if there is one, gets console and, of a failure, the screen.
/// @throws Error of `work`; (guest) if the guest does not boot, ends early or refuses the login,
///         (timeout), (usage), (cancelled); with the evidence in its notes.
void on_overlay(const FinishedImage& image, const tdl::Template& wanted, const Context& context,
                report::BuildFolder* folder, const std::function<void(ImageGuest&)>& work);

}  // namespace glinda::pipeline
