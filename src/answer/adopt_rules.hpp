#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "glinda/answer/adopt.hpp"
#include "pattern.hpp"

namespace glinda::answer {

/// What is done with one thing that ties an answer file to its machine.
struct AdoptRule {
    enum class Action {
        add,        ///< put `to` in, if the file has nothing like it
        cut,        ///< take the words that match `where` out of a value
        disk,       ///< drop the name of the only disk; of several, write those of the new ones
        drop,       ///< take it away
        keep,       ///< say why a person should look at it
        once,       ///< keep the first, drop the others
        set,        ///< put `to` in its place
        uncomment,  ///< make the comment a line of the file, if the file has nothing like it
    };
    Action action = Action::keep;
    std::string at;      ///< where: commands, a question's pattern, a path, as the dialect has it
    std::string option;  ///< of the command; one that ends with '=' takes a value
    Pattern where;       ///< what the value must be like; by default anything
    std::string to;
    std::uint64_t from = 0;  ///< the first version of the system that the rule is for
    std::string reason;
};

/// What a family's adopt.xml says.
struct AdoptRules {
    std::string suffix;
    std::string disk;               ///< what the new disks are called, but for the letter: "vd"
    std::uint64_t least_bytes = 0;  ///< of a disk, if nothing else is known
    std::vector<Pattern> contents;  ///< what all such files have
    struct Fact {
        Pattern pattern;
        std::map<std::string, std::string, std::less<>> values;  ///< beside the pattern's groups
    };
    std::vector<Fact> facts;     ///< the first that tells a thing counts
    std::vector<Pattern> disks;  ///< group `disk`: a name, or several
    struct Size {
        Pattern pattern;         ///< group `size`
        std::uint64_t unit = 1;  ///< in bytes
    };
    std::vector<Size> sizes;
    std::vector<Pattern> secrets;  ///< group `secret`: what is never shown
    std::vector<AdoptRule> rules;  ///< in the order in which they are applied
};

/// @throws Error (environment) that names the file.
[[nodiscard]] AdoptRules read_adopt_rules(const std::filesystem::path& file);

/// Whether a rule is for the release of a machine.
[[nodiscard]] bool applies(const AdoptRule& rule, const AdoptedMachine& machine);

/// A value without its words that match; nothing if none does.
[[nodiscard]] std::optional<std::string> without_words(std::string_view value,
                                                       const Pattern& pattern);

/// What a rule makes of a value, where the dialect does no more than that.
struct NewValue {
    bool changed = false;               ///< no: the rule has nothing to do with the value
    std::optional<std::string> text{};  ///< of what was changed; nothing: it goes
};
[[nodiscard]] NewValue apply_to_value(const AdoptRule& rule, const std::string& value,
                                      const AdoptedMachine& machine, std::string_view disk);

/// The names of the new disks for those of the machine's, several separated by commas or blanks.
/// @returns nothing if the machine has a single disk: then none has to be named.
[[nodiscard]] std::optional<std::string> renamed_disks(std::string_view names,
                                                       const AdoptedMachine& machine,
                                                       std::string_view prefix);

/// The text of a dialect, without what ties it to its machine; what is said of it has its secrets.
struct AdoptedText {
    std::string text;
    std::vector<AdoptedLine> lines{};
};
[[nodiscard]] AdoptedText adopt_autoinstall(std::string_view text, const AdoptRules& rules,
                                            const AdoptedMachine& machine);
[[nodiscard]] AdoptedText adopt_autoyast(std::string_view text, const AdoptRules& rules,
                                         const AdoptedMachine& machine);
[[nodiscard]] AdoptedText adopt_preseed(std::string_view text, const AdoptRules& rules,
                                        const AdoptedMachine& machine);
[[nodiscard]] AdoptedText adopt_kickstart(std::string_view text, const AdoptRules& rules,
                                          const AdoptedMachine& machine);

}  // namespace glinda::answer
