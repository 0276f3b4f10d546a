#pragma once

#include <string>

#include "glinda/pipeline/test.hpp"
#include "options.hpp"

namespace glinda::cli {

/// A test's results as test runners exchange them: one `<testsuite>`, as Ant's JUnit task began it.
[[nodiscard]] std::string to_junit(const pipeline::TestResult& result);

/// One object: whether all passed, each check, and what a script has said.
[[nodiscard]] std::string to_json(const pipeline::TestResult& result);

/// A line for each check; below one that failed, what was expected and what was seen.
[[nodiscard]] std::string lines_of(const pipeline::TestResult& result);

/// Prints and writes what a test came to, as was asked; returns the exit status.
/// @throws Error (environment) if a file cannot be written.
int show(const pipeline::TestResult& result, const TestCommand& command);

}  // namespace glinda::cli
