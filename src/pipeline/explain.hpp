#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <string>

#include "glinda/pipeline/install.hpp"
#include "glinda/util/error.hpp"
#include "plan.hpp"
#include "run.hpp"

namespace glinda::pipeline {

/// The answer file of a build, as a person knows it and as the installer was given it.
struct Answers {
    std::string name;   ///< where a person finds it
    std::string known;  ///< the user's own, or ours without secrets
    std::string given;  ///< the user's own may have got additions
};
[[nodiscard]] Answers answers_of(const InstallRequest& request, const Plan& plan,
                                 const std::filesystem::path& build);

/// The line of the answer file that a verdict's `answer` means, as "FILE:LINE: text"; the text
/// stays out where it looks like a secret. Empty if there is none.
[[nodiscard]] std::string concerned_line(const std::string& answer, const Answers& answers);

/// What is known of a failed installation, for report::Record.
[[nodiscard]] std::map<std::string, std::string> explain(const RunResult& run,
                                                         const Answers& answers);

/// The same for a person: what failed and when, and why. `kept` says where the guest is, if it is
/// still there.
[[nodiscard]] Error failure(const std::string& name, const RunResult& run,
                            const std::map<std::string, std::string>& explanation,
                            std::chrono::milliseconds after, const std::string& kept);

/// The line that ends the message: where the evidence is.
[[nodiscard]] std::string where_to_look(const std::filesystem::path& build,
                                        const std::map<std::string, std::string>& explanation);

}  // namespace glinda::pipeline
