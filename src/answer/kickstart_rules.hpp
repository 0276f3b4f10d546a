#pragma once

#include <filesystem>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "glinda/answer/lint.hpp"

namespace glinda::answer {

// What is known of kickstart files, read from the family's data; config/kickstart.rng tells what
// the words of that file mean.

/// A release in its line of releases, as rebuilds of a system follow that line.
struct Release {
    std::string line;  ///< empty: the system is in none, and nothing is known of its releases
    unsigned number = 0;
};

/// In which releases something holds.
class Life {
public:
    Life() = default;
    /// "A 8-9, B -34, …"; a line alone is all of it, and nothing at all is everywhere.
    explicit Life(std::string_view text);

    [[nodiscard]] bool covers(const Release& release) const;
    /// The first release of the span that covers this one; 0: it was always so, or is not.
    [[nodiscard]] unsigned since(const Release& release) const;
    /// The first release in which it holds no more; 0: it held in none before this one.
    [[nodiscard]] unsigned gone(const Release& release) const;
    /// The next release from which on it will hold; 0: there is none.
    [[nodiscard]] unsigned comes(const Release& release) const;
    [[nodiscard]] bool is_everywhere() const { return spans_.empty(); }

private:
    struct Span {
        std::string line;
        unsigned from = 0;
        unsigned to = std::numeric_limits<unsigned>::max();
    };
    std::vector<Span> spans_;
};

struct OptionRule {
    std::vector<std::string> names;  ///< all that mean the same
    std::string value;               ///< its kind, as in config/kickstart.rng; empty: it takes none
    std::vector<std::string> values;
    std::string pattern;  ///< a regular expression that all of the value is to match; empty: any
    long long least = std::numeric_limits<long long>::min();
    long long most = std::numeric_limits<long long>::max();
    Life in;
    std::optional<Life> deprecated;
    std::optional<Life> required;
    std::string mend;
    bool any_case = false;  ///< of the letters of `values`

    [[nodiscard]] bool is_called(std::string_view name) const;
};

/// "--option", "--option=GLOB", "word", "word2", "word=GLOB": that it is given, and how.
struct Condition {
    std::string subject;
    std::optional<std::string> glob;

    [[nodiscard]] std::string text() const;
};

/// How arguments depend on each other, where `when` holds.
struct ArgumentRule {
    std::vector<Condition> when;
    std::vector<Condition> need;       ///< at least one of them
    std::vector<Condition> forbidden;  ///< none of them
    std::vector<Condition> one;        ///< exactly one of them
    std::vector<Condition> most_one;
    Life in;
    std::string mend;
};

/// A command or a section.
struct CommandRule {
    std::vector<std::string> names;
    Life in;
    std::optional<Life> deprecated;
    std::optional<Life> ignored;
    std::size_t least_words = 0;
    std::size_t most_words = 0;
    bool is_free = false;                 ///< its arguments are not the installer's to understand
    bool is_many = false;                 ///< it may stand more than once
    bool options_first = false;           ///< behind the last of its words there are none
    bool is_secret = false;               ///< its words are nothing for a message
    std::vector<std::string> unique;      ///< which arguments tell one from another
    std::vector<std::string> may_repeat;  ///< values of those that do not
    std::string warn;                     ///< what a person should know who uses it
    std::string mend;
    std::vector<OptionRule> options;
    std::vector<ArgumentRule> rules;
};

struct ConflictRule {
    std::vector<std::string> commands;
    std::vector<std::string> with;
    Life in;
};

struct NeededRule {
    std::string what;
    std::vector<std::string> one_of;
    std::string mend;
    Life in;
};

struct PackageRule {
    std::string glob;
    std::string mend;
    Life in;
};

/// All of them. It holds pointers into itself, which a move keeps and a copy would not.
struct KickstartRules {
    KickstartRules() = default;
    KickstartRules(KickstartRules&&) = default;
    KickstartRules& operator=(KickstartRules&&) = delete;

    Release release;        ///< the target, or the nearest one that is known
    bool knows = false;     ///< no: the target is of no line, or older than all that is known
    std::string end_since;  ///< from which release on sections need %end
    std::vector<CommandRule> commands;
    std::vector<CommandRule> sections;
    std::vector<std::vector<std::string>> once;  ///< of each, only one counts
    std::vector<ConflictRule> conflicts;
    std::vector<NeededRule> needed;
    std::vector<PackageRule> packages;
    /// Each name, to its place in `commands` or `sections`.
    std::map<std::string, const CommandRule*, std::less<>> by_name;

    /// The command or section of a name, of whatever release; null if there is none.
    [[nodiscard]] const CommandRule* find(std::string_view name) const;

    /// "LINE N" of a number; empty for 0.
    [[nodiscard]] std::string release_text(unsigned number) const;
};

/// Whether a text is one that a pattern with '*' (any text) and '?' (any byte) stands for.
[[nodiscard]] bool matches(std::string_view glob, std::string_view text);

/// @throws Error (environment) that names the file, if it cannot be read.
[[nodiscard]] KickstartRules read_kickstart_rules(const LintTarget& target);

}  // namespace glinda::answer
