#pragma once

#include <string>

#include "glinda/pipeline/install.hpp"
#include "options.hpp"

namespace glinda::cli {

/// The results of an installation as one JSON object.
[[nodiscard]] std::string json_of(const pipeline::InstallResult& result);

/// Tells what a build's folder holds; returns the exit status.
/// @throws Error (usage) if there is no such build, (environment) if no program opens its page.
int report(const ReportCommand& command, const pipeline::Context& context);

}  // namespace glinda::cli
