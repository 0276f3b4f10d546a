#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "glinda/pipeline/install.hpp"

namespace glinda::pipeline {

/// What a person asks of one test of a finished image.
struct TestRequest {
    std::filesystem::path template_file;  ///< its root password is the one to log in with
    std::filesystem::path domain_xml;     ///< names the image
    /// Run in the guest. Without one, and without checks, the guest says what it is.
    std::optional<std::string> script;
    std::optional<std::filesystem::path> checks;  ///< more than those of the template
    tdl::Variables variables;                     ///< of the template
};

/// How a script ended in the guest.
struct ScriptResult {
    int status = 0;
    std::string output;
    std::string errors;
};

/// What came of one check.
struct CheckResult {
    std::string name;  ///< "port 22"
    bool passed = true;
    std::string expected{};  ///< "status 0"; of a check that failed, only what was not met
    std::string seen{};
    std::string output{};  ///< the end of what a command said that failed
    std::chrono::milliseconds took{};
};

/// What a test came to, and how long the guest took to let one in.
struct TestResult {
    std::string name;  ///< of the template
    std::optional<ScriptResult> script;
    std::vector<CheckResult> checks;  ///< in their order
    std::chrono::milliseconds boot{};

    [[nodiscard]] bool passed() const;
};

/// Boots a throw-away overlay of an image, logs in over SSH as root, runs a script and checks what
/// the template's <tests> say once the guest has started all that it starts. The image is not
/// changed.
/// @throws Error (guest) if the guest does not boot, refuses the login or breaks down in a check,
///         (timeout), (usage) if the domain XML names no image, (cancelled).
[[nodiscard]] TestResult test(const TestRequest& request, const Context& context);

}  // namespace glinda::pipeline
