#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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
/// stays out where it looks like a secret.
struct ConcernedLine {
    std::size_t number = 0;
    std::string text;
};
[[nodiscard]] std::optional<ConcernedLine> concerned_line(const std::string& answer,
                                                          const Answers& answers);

/// An answer file without what may be a secret: passwords and their hashes, keys, what stands below
/// such a word, and all lines with one of `secrets`. The lines keep their numbers.
[[nodiscard]] std::string without_secrets(std::string_view text,
                                          const std::vector<std::string>& secrets);

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
