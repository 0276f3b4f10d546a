#include <algorithm>

#include "adopt_rules.hpp"
#include "glinda/answer/preseed.hpp"
#include "glinda/util/text.hpp"

namespace glinda::answer {
namespace {

using Action = AdoptRule::Action;

/// A rule, and the questions and types that it is for.
struct Matcher {
    const AdoptRule* rule;
    Pattern question;
    Pattern type;
};

std::vector<Matcher> matchers_of(const AdoptRules& rules, const AdoptedMachine& machine) {
    std::vector<Matcher> matchers;
    for (const AdoptRule& rule : rules.rules)
        if (applies(rule, machine))
            matchers.push_back(
                {&rule, Pattern{format("^(?:{})$", rule.at)},
                 rule.option.empty() ? Pattern{} : Pattern{format("^(?:{})$", rule.option)}});
    return matchers;
}

/// Goes once through the answers of a file; all other lines stay as they are.
class PreseedLoosener {
public:
    PreseedLoosener(std::string_view text, const AdoptRules& rules, const AdoptedMachine& machine)
        : lines_{split(text, '\n')},
          rules_{rules},
          machine_{machine},
          matchers_{matchers_of(rules, machine)} {}

    AdoptedText run(const Preseed& preseed) {
        for (const PreseedEntry& entry : preseed.entries)
            loosen(entry);
        copy_until(lines_.size());
        while (result_.text.ends_with("\n\n"))
            result_.text.pop_back();
        for (const Matcher& matcher : matchers_)
            if (matcher.rule->action == Action::add)
                add(matcher, preseed);
        return std::move(result_);
    }

private:
    /// The first rule for an answer that has something to do decides what becomes of it.
    void loosen(const PreseedEntry& entry) {
        for (const Matcher& matcher : matchers_) {
            if (matcher.rule->action == Action::add || !matcher.question.matches(entry.question) ||
                (matcher.type && !matcher.type.matches(entry.type)))
                continue;
            const NewValue value =
                apply_to_value(*matcher.rule, entry.value, machine_, rules_.disk);
            if (!value.changed)
                continue;
            if (!matcher.rule->reason.empty())
                change(entry, value, *matcher.rule);
            return;
        }
    }

    void change(const PreseedEntry& entry, const NewValue& value, const AdoptRule& rule) {
        const std::string before =
            format("{} {} {} {}", entry.owner, entry.question, entry.type, entry.value);
        AdoptedLine line{.line = entry.first_line, .before = before, .reasons = {rule.reason}};
        if (value.text)
            line.after =
                format("{} {} {} {}", entry.owner, entry.question, entry.type, *value.text);
        if (rule.action != Action::keep) {
            copy_until(value.text ? entry.first_line - 1 : start_of(entry));
            if (value.text)
                result_.text += line.after + "\n";
            done_ = entry.last_line;
        }
        result_.lines.push_back(std::move(line));
    }

    /// How many lines stand before an answer and the comments that a dump writes above it.
    [[nodiscard]] std::size_t start_of(const PreseedEntry& entry) const {
        std::size_t count = entry.first_line - 1;
        while (count > done_ && lines_[count - 1].starts_with('#') &&
               !lines_[count - 1].starts_with("#_"))  // the mark of a preseed file
            --count;
        return count;
    }

    void copy_until(std::size_t count) {
        for (; done_ < count; ++done_)
            result_.text.append(lines_[done_]).append("\n");
    }

    void add(const Matcher& matcher, const Preseed& preseed) {
        const bool is_there = std::ranges::any_of(preseed.entries, [&](const PreseedEntry& entry) {
            return matcher.question.matches(entry.question) &&
                   (!matcher.rule->where || matcher.rule->where.matches(entry.value));
        });
        if (is_there)
            return;
        result_.text += matcher.rule->to + "\n";
        result_.lines.push_back({0, "", matcher.rule->to, {matcher.rule->reason}});
    }

    std::vector<std::string_view> lines_;
    const AdoptRules& rules_;
    const AdoptedMachine& machine_;
    std::vector<Matcher> matchers_;
    std::size_t done_ = 0;  ///< how many lines were copied or left out
    AdoptedText result_;
};

}  // namespace

AdoptedText adopt_preseed(std::string_view text, const AdoptRules& rules,
                          const AdoptedMachine& machine) {
    return PreseedLoosener{text, rules, machine}.run(read_preseed(text));
}

}  // namespace glinda::answer
