#pragma once

#include <chrono>
#include <filesystem>
#include <vector>

#include "glinda/pipeline/install.hpp"

namespace glinda::pipeline {

/// What a person asks of one customisation.
struct CustomiseRequest {
    std::filesystem::path template_file;             ///< says what to do, and root's password
    std::filesystem::path domain_xml;                ///< names the image
    tdl::Variables variables;                        ///< of the template
    std::vector<std::filesystem::path> playbooks{};  ///< Ansible's, run after the template's steps
};

struct CustomiseResult {
    std::filesystem::path image;
    std::filesystem::path build;  ///< the folder with the report; empty if it was not to be kept
    std::chrono::milliseconds took{};
};

/// Changes an installed system as its template says: repositories, precommands, packages, files,
/// commands, and without the repositories that were not to stay. It boots on an overlay of the
/// image; only when all was done and the guest has switched itself off is the image replaced, in
/// one step. A template that wants nothing changed changes nothing.
/// @throws Error (guest) if a step fails or the guest does not boot, with the end of its output or
///         the evidence, (timeout), (usage), (environment), (cancelled): the image is then as it
///         was.
CustomiseResult customise(const CustomiseRequest& request, const Context& context);

}  // namespace glinda::pipeline
