#include <algorithm>
#include <set>

#include "adopt_rules.hpp"
#include "glinda/answer/kickstart.hpp"
#include "glinda/util/text.hpp"

namespace glinda::answer {
namespace {

using Action = AdoptRule::Action;

constexpr std::string_view white_space = " \t\r\n";

/// A word of a command, and how it is written: what is not changed keeps its bytes.
struct Word {
    std::string gap;    ///< before it
    std::string raw;    ///< with its quotes
    std::string value;  ///< as the installer reads it
};

std::size_t end_of_word(std::string_view text, std::size_t at) {
    char quote = '\0';
    for (; at < text.size(); ++at) {
        const char next = text[at];
        if (next == '\\' && quote != '\'')
            ++at;
        else if (quote != '\0')
            quote = next == quote ? '\0' : quote;
        else if (next == '\'' || next == '"')
            quote = next;
        else if (next == '#' || white_space.find(next) != std::string_view::npos)
            return at;
    }
    return text.size();
}

/// A command that is being changed.
class Command {
public:
    explicit Command(const KickstartLine& line) { read(line); }

    [[nodiscard]] std::string name() const { return words_.empty() ? "" : words_.front().value; }
    [[nodiscard]] std::vector<Word>& words() { return words_; }

    [[nodiscard]] std::string arguments() const {
        std::string all;
        for (std::size_t i = 1; i < words_.size(); ++i)
            all.append(i == 1 ? "" : " ").append(words_[i].value);
        return all;
    }
    [[nodiscard]] bool has(std::string_view option) const {
        return std::ranges::any_of(words_, [&](const Word& word) {
            return word.value == option || word.value.starts_with(std::string{option} + "=");
        });
    }
    /// Another command in its place; what stands behind it stays.
    void become(const std::string& text) {
        const std::string rest = rest_;
        read(kickstart_line(text));
        rest_ = rest;
    }
    [[nodiscard]] std::string text() const {
        std::string all;
        for (const Word& word : words_)
            all.append(word.gap).append(word.raw);
        return all + rest_;
    }

private:
    void read(const KickstartLine& line) {
        words_.clear();
        std::size_t at = 0;
        for (const std::string& value : line.words) {
            const std::size_t start = line.text.find_first_not_of(white_space, at);
            const std::size_t end = end_of_word(line.text, start);
            words_.push_back(
                {line.text.substr(at, start - at), line.text.substr(start, end - start), value});
            at = end;
        }
        rest_ = line.text.substr(at);
    }

    std::vector<Word> words_;
    std::string rest_;  ///< a comment and the line break
};

/// An option as it stands in a command.
struct Option {
    std::size_t words;  ///< that it takes
    std::string value;
};

std::optional<Option> option_at(const std::vector<Word>& words, std::size_t at,
                                const std::string& name) {
    const std::string& word = words[at].value;
    const bool takes_value = name.ends_with('=');
    const std::string bare = name.substr(0, name.size() - (takes_value ? 1 : 0));
    if (word.starts_with(bare + "="))
        return Option{1, word.substr(bare.size() + 1)};
    if (word != bare)
        return std::nullopt;
    const bool follows =
        takes_value && at + 1 < words.size() && !words[at + 1].value.starts_with("--");
    return follows ? Option{2, words[at + 1].value} : Option{1, ""};
}

/// Whether a rule has something to do with the value of its option.
bool concerns(const AdoptRule& rule, const std::string& value) {
    if (rule.action == Action::cut)
        return without_words(value, rule.where).has_value();
    return !rule.where || rule.where.matches(value);
}

/// Adds why something was done to a line, and to which of its options; options that share a reason
/// share the sentence.
void add_reason(AdoptedLine& line, const AdoptRule& rule) {
    const std::string option = rule.option.substr(0, rule.option.find('='));
    const std::string sentence = option.empty() ? rule.reason : ": " + rule.reason;
    for (std::string& reason : line.reasons)
        if (reason.ends_with(sentence)) {
            if (!option.empty())
                reason.insert(reason.size() - sentence.size(), ", " + option);
            return;
        }
    line.reasons.push_back(option + sentence);
}

bool is_word_of(std::string_view list, std::string_view name) {
    const std::vector<std::string_view> all = words(list);
    return std::ranges::find(all, name) != all.end();
}

/// Applies rules to the lines of a file, in their order.
class KickstartLoosener {
public:
    KickstartLoosener(std::string_view text, const AdoptRules& rules, const AdoptedMachine& machine)
        : file_{read_kickstart(text)}, rules_{rules}, machine_{machine} {
        for (const AdoptRule& rule : rules.rules)
            if (applies(rule, machine))
                for (const std::string_view command : words(rule.at))
                    rules_of_[std::string{command}].push_back(&rule);
    }

    AdoptedText run() {
        for (const AdoptRule& rule : rules_.rules)
            if (rule.action == Action::uncomment && applies(rule, machine_))
                uncomment(rule);
        std::vector<KickstartItem> items = std::move(file_.items);
        file_.items.clear();
        for (KickstartItem& item : items)
            if (loosen(item))
                file_.items.push_back(std::move(item));
        for (const AdoptRule& rule : rules_.rules)
            if (rule.action == Action::add && applies(rule, machine_))
                add(rule);
        for (KickstartItem& item : file_.items)
            end(item);
        return {to_text(file_), std::move(lines_)};
    }

private:
    [[nodiscard]] bool has(const AdoptRule& rule) const {
        return std::ranges::any_of(file_.items, [&](const KickstartItem& item) {
            return !item.name().empty() && is_word_of(rule.at, item.name()) &&
                   (!rule.where || rule.where.matches(Command{item.line}.arguments()));
        });
    }

    void uncomment(const AdoptRule& rule) {
        if (has(rule))
            return;
        for (KickstartItem& item : file_.items) {
            const std::string& text = item.line.text;
            if (!text.starts_with('#') ||
                !is_word_of(rule.at, text.substr(1, text.find_first_of(white_space, 1) - 1)))
                continue;
            uncommented_[item.line.number] = {text, rule.reason};
            item.line = kickstart_line(text.substr(1), item.line.number);
        }
    }

    /// Returns whether the line stays.
    bool loosen(KickstartItem& item) {
        if (item.is_section())
            look_into(item);
        if (item.name().empty() || item.is_section() || item.line.is_open)
            return true;
        Command command{item.line};
        AdoptedLine line{.line = item.line.number, .before = item.line.text};
        if (const auto comment = uncommented_.find(line.line); comment != uncommented_.end()) {
            line.before = comment->second.first;
            line.reasons.push_back(comment->second.second);
        }
        bool stays = true;
        for (const AdoptRule* rule = next_rule(command.name(), nullptr); rule != nullptr && stays;
             rule = next_rule(command.name(), rule))
            if (rule->option.empty() ? apply(*rule, command, stays)
                                     : apply_to_option(*rule, command))
                add_reason(line, *rule);
        if (line.reasons.empty())
            return true;
        item.line = kickstart_line(command.text(), line.line);
        line.after = stays ? item.line.text : "";
        lines_.push_back(std::move(line));
        return stays;
    }

    /// The first rule for a command behind another, in their order; null if there is none.
    [[nodiscard]] const AdoptRule* next_rule(const std::string& command,
                                             const AdoptRule* after) const {
        const auto found = rules_of_.find(command);
        if (found == rules_of_.end())
            return nullptr;
        const auto next = std::ranges::upper_bound(found->second, after);
        return next == found->second.end() ? nullptr : *next;
    }

    /// Returns whether the rule has something to do.
    bool apply(const AdoptRule& rule, Command& command, bool& stays) {
        if (rule.where && !rule.where.matches(command.arguments()))
            return false;
        switch (rule.action) {
            case Action::drop:
                stays = false;
                return true;
            case Action::once:
                stays = seen_.insert(&rule).second;
                return !stays;
            case Action::set:
                if (trim(command.text()) == rule.to)
                    return false;
                command.become(rule.to);
                return true;
            default:
                return rule.action == Action::keep;
        }
    }

    bool apply_to_option(const AdoptRule& rule, Command& command) const {
        std::vector<Word> result;
        const std::vector<Word>& words = command.words();
        bool changed = false;
        for (std::size_t i = 0; i < words.size(); ++i) {
            const auto option = i == 0 ? std::nullopt : option_at(words, i, rule.option);
            if (!option || !concerns(rule, option->value)) {
                result.push_back(words[i]);
                continue;
            }
            const auto raw = replacement(rule, *option, command);
            changed = changed || raw != words[i].raw || rule.action == Action::keep;
            for (std::size_t j = 0; j < option->words && rule.action == Action::keep; ++j)
                result.push_back(words[i + j]);
            if (raw && rule.action != Action::keep)
                result.push_back({words[i].gap, *raw, kickstart_line(*raw).words.front()});
            i += option->words - 1;
        }
        command.words() = std::move(result);
        return changed;
    }

    /// What is written instead of an option; nothing if it goes.
    [[nodiscard]] std::optional<std::string> replacement(const AdoptRule& rule,
                                                         const Option& option,
                                                         const Command& command) const {
        if (rule.action == Action::set) {
            const std::string name = rule.to.substr(0, rule.to.find('='));
            const bool is_there = !rule.option.starts_with(name) && command.has(name);
            return is_there ? std::nullopt : std::optional{rule.to};
        }
        if (rule.action == Action::cut) {
            const std::string value = without_words(option.value, rule.where).value_or("");
            return value.empty() ? std::nullopt
                                 : std::optional{kickstart_word(rule.option + value)};
        }
        if (rule.action == Action::disk)
            if (const auto names = renamed_disks(option.value, machine_, rules_.disk))
                return kickstart_word(rule.option + *names);
        return std::nullopt;
    }

    /// Says where a script or a list names what a rule for its section looks for.
    void look_into(const KickstartItem& section) {
        const auto found = rules_of_.find(section.name());
        if (found == rules_of_.end())
            return;
        for (const AdoptRule* rule : found->second)
            for (const KickstartLine& line : section.body)
                rule->where.each(line.text, [&](const Pattern::Group& group) {
                    const std::string name = group("0");
                    lines_.push_back({line.number, name, name, {rule->reason}});
                    return false;
                });
    }

    /// Behind the last command before the sections.
    void add(const AdoptRule& rule) {
        if (has(rule))
            return;
        auto at = std::ranges::find_if(file_.items, &KickstartItem::is_section);
        while (at != file_.items.begin() && std::prev(at)->name().empty())
            --at;
        if (at == file_.items.begin())  // there is no command
            at = std::ranges::find_if(file_.items, &KickstartItem::is_section);
        KickstartItem item;
        item.line = kickstart_line(rule.to + "\n");
        file_.items.insert(at, std::move(item));
        lines_.push_back({0, "", rule.to, {rule.reason}});
    }

    void end(KickstartItem& item) {
        if (!item.is_section() || item.end)
            return;
        item.end = kickstart_line("%end\n");
        lines_.push_back(
            {0,
             "",
             "%end",
             {format("the {} of line {} is not ended", item.name(), item.line.number)}});
    }

    Kickstart file_;
    const AdoptRules& rules_;
    const AdoptedMachine& machine_;
    std::map<std::string, std::vector<const AdoptRule*>, std::less<>> rules_of_;  ///< a command
    std::map<std::size_t, std::pair<std::string, std::string>> uncommented_;  ///< by their lines
    std::set<const AdoptRule*> seen_;  ///< the rules of what may be there once
    std::vector<AdoptedLine> lines_;
};

}  // namespace

AdoptedText adopt_kickstart(std::string_view text, const AdoptRules& rules,
                            const AdoptedMachine& machine) {
    return KickstartLoosener{text, rules, machine}.run();
}

}  // namespace glinda::answer
