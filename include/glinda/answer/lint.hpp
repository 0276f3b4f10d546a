#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace glinda::answer {

/// One fault of an answer file, or one thing that a person may not have meant.
struct Finding {
    enum class Severity {
        error,   ///< the installer stops, or asks what nobody answers
        warning  ///< it goes on, but not as the file seems to want it
    };
    Severity severity = Severity::error;
    std::size_t line = 0;  ///< from 1; 0: the file as a whole
    std::string what;      ///< in lower case, without a full stop
    std::string since{};   ///< the first release that it is so in, "NAME 8"; may be empty
    std::string mend{};    ///< what to write instead; may be empty
};

/// What an answer file is written for.
struct LintTarget {
    std::string dialect;               ///< "kickstart", "preseed" …
    std::filesystem::path rules;       ///< what is known of the dialect; empty: nothing beside code
    std::string system;                ///< by the name that templates give it
    std::string version;               ///< of the system, "9.4"
    std::vector<std::string> disks{};  ///< as the installer will name them, "vda"; empty: not known
};

/// What is wrong with an answer file, in the order of its lines. A dialect that nothing is known
/// of has no faults but those of every text: emptiness and bytes that end it too early.
/// @throws Error (environment) that names the rules, if they cannot be read.
[[nodiscard]] std::vector<Finding> lint(std::string_view text, const LintTarget& target);

/// A finding as a compiler would print it: "FILE:LINE: error: WHAT (since SINCE); MEND".
[[nodiscard]] std::string to_text(const Finding& finding, const std::filesystem::path& file);

/// Whether one of the findings is an error.
[[nodiscard]] bool has_errors(const std::vector<Finding>& findings);

}  // namespace glinda::answer
