#pragma once

#include <string>
#include <vector>

#include "glinda/answer/kickstart.hpp"
#include "kickstart_rules.hpp"

namespace glinda::answer {

/// One option of a line.
struct GivenOption {
    const OptionRule* rule = nullptr;
    std::string value;  ///< empty if it takes none
};

/// What stands behind the first word of a line.
struct Arguments {
    std::vector<GivenOption> options;
    std::vector<std::string> words;

    /// The value of an option, the last if it is given more than once, or the word that a condition
    /// or a unique key means ("--name", "word", "word2"). An empty value, and the number 0, are as
    /// good as none to the installer.
    [[nodiscard]] std::optional<std::string> value_of(std::string_view subject) const;
};

/// Reads the arguments of a line as the installer does (Python's argparse: options may be cut
/// short, their values stand behind '=' or are the next word), and adds what is wrong with them.
Arguments check_arguments(const KickstartLine& line, const CommandRule& command,
                          const KickstartRules& rules, std::vector<Finding>& findings);

}  // namespace glinda::answer
