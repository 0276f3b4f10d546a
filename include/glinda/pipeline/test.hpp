#pragma once

#include <filesystem>
#include <string>

#include "glinda/pipeline/install.hpp"

namespace glinda::pipeline {

/// What a person asks of one test of a finished image.
struct TestRequest {
    std::filesystem::path template_file;  ///< its root password is the one to log in with
    std::filesystem::path domain_xml;     ///< names the image
    std::string script;                   ///< run in the guest
    tdl::Variables variables;             ///< of the template
};

/// How the script ended in the guest, and how long the guest took to let one in.
struct TestResult {
    int status = 0;
    std::string output;
    std::string errors;
    std::chrono::milliseconds boot{};
};

/// Boots a throw-away overlay of an image, logs in over SSH as root and runs a script. The image is
/// not changed.
/// @throws Error (guest) if the guest does not boot or refuses the login, (timeout), (usage) if the
///         domain XML names no image, (cancelled).
[[nodiscard]] TestResult test(const TestRequest& request, const Context& context);

}  // namespace glinda::pipeline
