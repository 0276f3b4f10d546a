#pragma once

#include <CLI/CLI.hpp>

#include "options.hpp"

namespace glinda::cli {

/// Adds every command to `app`. The one that is called puts what it was told into `options`, which
/// has to live as long as `app`.
void add_commands(CLI::App& app, Options& options, InstallCommand::Report report);

}  // namespace glinda::cli
