#include "kickstart_arguments.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <iterator>

#include "glinda/util/text.hpp"
#include "nearest.hpp"
#include "pattern.hpp"

namespace glinda::answer {
namespace {

using Severity = Finding::Severity;

bool is_number(std::string_view text) {
    text = trim(text);
    if (text.starts_with('-') || text.starts_with('+'))
        text.remove_prefix(1);
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// Whether the installer takes a word for an option, known or not.
bool looks_like_option(std::string_view word) {
    return word.size() > 1 && word.starts_with('-') && !is_number(word) &&
           (word.find(' ') == std::string_view::npos || word.starts_with("--")) && word != "--";
}

bool is_true(const GivenOption& option) {
    if (option.rule->value.empty() || option.rule->value == "optional")
        return true;
    if (option.rule->value == "integer" && is_number(option.value))
        return trim(option.value).find_first_not_of("+-0") != std::string_view::npos;
    return !option.value.empty();
}

std::string instead_of_integer(const OptionRule& option, const std::string& value) {
    constexpr long long huge = std::numeric_limits<long long>::max();
    if (!is_number(value))
        return "a whole number";
    // More digits than any number has that the installer can mean.
    const long long number = value.size() < 18 ? std::stoll(value) : huge;
    if (option.least <= number && number <= option.most)
        return "";
    return option.most == huge ? format("at least {}", option.least)
                               : format("{} to {}", option.least, option.most);
}

std::string instead_of_yes_no(const OptionRule&, const std::string& value) {
    constexpr std::array<std::string_view, 8> known{"on",  "yes", "true",  "1",
                                                    "off", "no",  "false", "0"};
    return std::ranges::find(known, lower(value)) == known.end() ? "yes or no" : "";
}

std::string instead_of_pairs(const OptionRule&, const std::string& value) {
    const std::vector<std::string_view> pairs = split(value, ',');
    const bool is_right = std::ranges::all_of(pairs, [](std::string_view pair) {
        const std::size_t equals = pair.find('=');
        return equals != std::string_view::npos && equals == pair.rfind('=') &&
               equals + 1 < pair.size();
    });
    return is_right ? "" : "a list of NAME=VALUE, separated by commas";
}

std::string instead_of_choice(const OptionRule& option, const std::string& value) {
    const std::string wanted = option.any_case ? lower(value) : value;
    return std::ranges::find(option.values, wanted) == option.values.end()
               ? "one of " + join(option.values, ", ")
               : "";
}

/// A kind of values that not every text is of, and what a wrong one should have been; "" for a
/// right one.
struct ArgumentKind {
    std::string_view name;
    std::string (*instead)(const OptionRule&, const std::string&);
};
constexpr std::array argument_kinds{
    ArgumentKind{"choice", instead_of_choice},
    ArgumentKind{"integer", instead_of_integer},
    ArgumentKind{"pairs", instead_of_pairs},
    ArgumentKind{"yes-no", instead_of_yes_no},
};

/// Checks one line.
class Checker {
public:
    Checker(const KickstartLine& line, const CommandRule& command, const KickstartRules& rules,
            std::vector<Finding>& findings)
        : line_{line}, command_{command}, rules_{rules}, findings_{findings} {}

    Arguments check() {
        read();
        check_words();
        for (const OptionRule& option : command_.options)
            if (option.in.covers(rules_.release) && option.required &&
                option.required->covers(rules_.release) && !is_given(option))
                error(format("{} needs {}", name(), option.names.front()));
        for (const ArgumentRule& rule : command_.rules)
            if (rule.in.covers(rules_.release) && std::ranges::all_of(rule.when, holds()))
                check_rule(rule);
        return std::move(given_);
    }

private:
    [[nodiscard]] const std::string& name() const { return line_.words.front(); }

    void add(Severity severity, std::string what, unsigned since, std::string mend) {
        findings_.push_back(
            {severity, line_.number, std::move(what), rules_.release_text(since), std::move(mend)});
    }
    void error(std::string what, unsigned since = 0, std::string mend = {}) {
        add(Severity::error, std::move(what), since, std::move(mend));
    }

    [[nodiscard]] bool is_given(const OptionRule& rule) const {
        return std::ranges::find(given_.options, &rule, &GivenOption::rule) != given_.options.end();
    }

    [[nodiscard]] std::function<bool(const Condition&)> holds() const {
        return [this](const Condition& condition) {
            const auto value = given_.value_of(condition.subject);
            return value && (!condition.glob || matches(*condition.glob, *value));
        };
    }

    void read() {
        bool only_words = false;
        for (at_ = 1; at_ < line_.words.size(); ++at_) {
            const std::string& word = line_.words[at_];
            only_words = only_words ||
                         (command_.options_first && given_.words.size() == command_.most_words);
            if (word == "--" && !only_words)
                only_words = true;
            else if (only_words || !looks_like_option(word))
                given_.words.push_back(word);
            else
                take_option(word);
        }
    }

    void take_option(const std::string& word) {
        const std::size_t equals = word.find('=');
        const std::string typed = word.substr(0, equals);
        const OptionRule* const option = find(typed);
        if (option == nullptr)
            return;
        if (option->deprecated && option->deprecated->covers(rules_.release))
            add(Severity::warning, format("{} of {} is deprecated", typed, name()),
                option->deprecated->since(rules_.release), option->mend);
        GivenOption given{.rule = option, .value = {}};
        if (option->value.empty() && equals != std::string::npos)
            error(format("{} of {} takes no value", typed, name()), 0,
                  format("write {} alone", typed));
        else if (!option->value.empty())
            given.value =
                take_value(*option, typed,
                           equals == std::string::npos ? std::nullopt
                                                       : std::optional{word.substr(equals + 1)});
        given_.options.push_back(std::move(given));
    }

    std::string take_value(const OptionRule& option, const std::string& typed,
                           const std::optional<std::string>& behind) {
        const bool follows =
            at_ + 1 < line_.words.size() && !looks_like_option(line_.words[at_ + 1]);
        if (!behind && !follows) {
            if (option.value != "optional")
                error(format("{} of {} needs a value", typed, name()));
            return {};
        }
        if (behind && behind->empty() && follows && given_.words.size() >= command_.most_words) {
            const bool is_secret = command_.is_secret || option.value == "secret";
            std::string value = line_.words[++at_];
            error(format("a space behind {}= parts it from its value", typed), 0,
                  is_secret ? "write it without the space"
                            : format("write {}", kickstart_word(typed + "=" + value)));
            return value;
        }
        std::string value = behind ? *behind : line_.words[++at_];
        check_value(option, typed, value);
        return value;
    }

    void check_value(const OptionRule& option, const std::string& typed, const std::string& value) {
        if (value.empty() && option.required)
            return error(format("{} of {} needs a value", typed, name()));
        if (!option.pattern.empty() && !Pattern{option.pattern}.matches(value))
            return error(format("{} of {} cannot be \"{}\"", typed, name(), value), 0, option.mend);
        const auto* const kind =
            std::ranges::find(argument_kinds, option.value, &ArgumentKind::name);
        const std::string wanted = kind == argument_kinds.end() ? "" : kind->instead(option, value);
        if (!wanted.empty())
            error(format("{} of {} is {}, not \"{}\"", typed, name(), wanted, value), 0,
                  option.mend);
    }

    /// The option that a word means; adds what is wrong if it is none.
    const OptionRule* find(const std::string& typed) {
        std::vector<const OptionRule*> meant;
        const OptionRule* other = nullptr;  // of other releases
        for (const OptionRule& option : command_.options) {
            const bool is_here = option.in.covers(rules_.release);
            if (option.is_called(typed) && is_here)
                return &option;
            if (option.is_called(typed))
                other = &option;
            if (is_here && std::ranges::any_of(option.names, [&](const std::string& full) {
                    return full.starts_with(typed);
                }))
                meant.push_back(&option);
        }
        if (meant.size() == 1 && typed.size() > 2)
            return meant.front();
        if (other != nullptr)
            tell_release(typed, *other);
        else
            tell_unknown(typed, meant);
        return nullptr;
    }

    void tell_release(const std::string& typed, const OptionRule& option) {
        if (const unsigned gone = option.in.gone(rules_.release); gone > 0)
            return error(format("{} has no option {} any more", name(), typed), gone, option.mend);
        const std::string next = rules_.release_text(option.in.comes(rules_.release));
        error(next.empty() ? format("{} has no option {} in {}", name(), typed,
                                    rules_.release_text(rules_.release.number))
                           : format("{} has no option {} before {}", name(), typed, next));
    }

    void tell_unknown(const std::string& typed, const std::vector<const OptionRule*>& meant) {
        std::vector<std::string> names;
        std::ranges::transform(meant, std::back_inserter(names),
                               [](const OptionRule* option) { return option->names.front(); });
        if (names.size() > 1)
            return error(format("{} of {} may be {}", typed, name(), join(names, " or ")));
        for (const OptionRule& option : command_.options)
            if (option.in.covers(rules_.release))
                names.insert(names.end(), option.names.begin(), option.names.end());
        const std::string near = nearest(typed, names);
        error(format("{} has no option {}", name(), typed), 0,
              near.empty() ? "" : format("did you mean {}", near));
    }

    void check_words() {
        const std::size_t count = given_.words.size();
        if (count < command_.least_words)
            error(format("{} needs {}", name(),
                         command_.least_words == 1 ? "an argument"
                                                   : format("{} arguments", command_.least_words)));
        if (count <= command_.most_words)
            return;
        const std::string extra = command_.is_secret
                                      ? std::string{}
                                      : format(": \"{}\"", given_.words[command_.most_words]);
        if (command_.most_words == 0)
            error(format("{} takes no argument{}", name(), extra), 0,
                  given_.options.empty() ? format("write {} alone", name()) : "");
        else
            error(format("{} has an argument too many{}", name(), extra), 0,
                  "one that holds a space is quoted");
    }

    [[nodiscard]] static std::string texts(const std::vector<Condition>& conditions,
                                           std::string_view separator) {
        std::vector<std::string> all;
        std::ranges::transform(conditions, std::back_inserter(all), &Condition::text);
        return join(all, separator);
    }

    void check_rule(const ArgumentRule& rule) {
        // What was always so needs no release.
        const unsigned since = rule.in.since(rules_.release);
        const std::string before =
            rule.when.empty() ? name() : format("{} of {}", texts(rule.when, " and "), name());
        if (!rule.need.empty() && std::ranges::none_of(rule.need, holds()))
            error(format("{} needs {}", before, texts(rule.need, " or ")), since, rule.mend);
        for (const Condition& condition : rule.forbidden)
            if (holds()(condition))
                error(rule.when.empty()
                          ? format("{} does not take {}", name(), condition.text())
                          : format("{} does not go with {}", before, condition.text()),
                      since, rule.mend);
        const auto ones = std::ranges::count_if(rule.one, holds());
        if (!rule.one.empty() && ones == 0)
            error(format("{} needs {}", before, texts(rule.one, " or ")), since, rule.mend);
        if (ones > 1)
            error(format("{} takes only one of {}", before, texts(rule.one, ", ")), since,
                  rule.mend);
        if (std::ranges::count_if(rule.most_one, holds()) > 1)
            error(format("{} takes only one of {}", before, texts(rule.most_one, ", ")), since,
                  rule.mend);
    }

    const KickstartLine& line_;
    const CommandRule& command_;
    const KickstartRules& rules_;
    std::vector<Finding>& findings_;
    Arguments given_;
    std::size_t at_ = 0;
};

}  // namespace

std::optional<std::string> Arguments::value_of(std::string_view subject) const {
    if (subject == "word" || subject == "word2") {
        const std::size_t index = subject == "word" ? 0 : 1;
        return words.size() > index ? std::optional{words[index]} : std::nullopt;
    }
    std::optional<std::string> value;
    for (const GivenOption& option : options)
        if (option.rule->is_called(subject) && is_true(option))
            value = option.value;
    return value;
}

Arguments check_arguments(const KickstartLine& line, const CommandRule& command,
                          const KickstartRules& rules, std::vector<Finding>& findings) {
    return Checker{line, command, rules, findings}.check();
}

}  // namespace glinda::answer
