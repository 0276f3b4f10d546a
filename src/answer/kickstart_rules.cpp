#include "kickstart_rules.hpp"

#include <algorithm>
#include <pugixml.hpp>

#include "glinda/util/error.hpp"
#include "glinda/util/text.hpp"

namespace glinda::answer {
namespace {

std::vector<std::string> word_list(const pugi::xml_node& node, const char* attribute) {
    const std::vector<std::string_view> parts = words(node.attribute(attribute).value());
    return {parts.begin(), parts.end()};
}

unsigned number_of(std::string_view text, unsigned otherwise) {
    const auto number = to_number(text);
    return number ? static_cast<unsigned>(*number) : otherwise;
}

Life life_of(const pugi::xml_node& node) {
    return Life{node.attribute("in").value()};
}

std::optional<Life> optional_life(const pugi::xml_node& node, const char* attribute) {
    const std::string_view text = node.attribute(attribute).value();
    if (text.empty())
        return std::nullopt;
    return text == "yes" ? Life{} : Life{text};
}

std::vector<Condition> conditions(const pugi::xml_node& node, const char* attribute) {
    std::vector<Condition> all;
    for (const std::string& word : word_list(node, attribute)) {
        const std::size_t equals = word.find('=');
        all.push_back({word.substr(0, equals), equals == std::string::npos
                                                   ? std::nullopt
                                                   : std::optional{word.substr(equals + 1)}});
    }
    return all;
}

OptionRule option_of(const pugi::xml_node& node) {
    OptionRule option;
    option.names = word_list(node, "name");
    option.values = word_list(node, "values");
    option.value = option.values.empty() ? node.attribute("value").value() : "choice";
    option.pattern = node.attribute("pattern").value();
    option.least = node.attribute("min").as_llong(option.least);
    option.most = node.attribute("max").as_llong(option.most);
    option.in = life_of(node);
    option.deprecated = optional_life(node, "deprecated");
    option.required = optional_life(node, "required");
    option.mend = node.attribute("mend").value();
    option.any_case = node.attribute("any-case").as_bool();
    return option;
}

ArgumentRule rule_of(const pugi::xml_node& node) {
    return {.when = conditions(node, "when"),
            .need = conditions(node, "need"),
            .forbidden = conditions(node, "not"),
            .one = conditions(node, "one"),
            .most_one = conditions(node, "most-one"),
            .in = life_of(node),
            .mend = node.attribute("mend").value()};
}

void add_arguments(CommandRule& command, const pugi::xml_node& node, const pugi::xml_node& root) {
    for (const pugi::xml_node& use : node.children("use"))
        add_arguments(command,
                      root.find_child_by_attribute("group", "name", use.attribute("group").value()),
                      root);
    for (const pugi::xml_node& option : node.children("option"))
        command.options.push_back(option_of(option));
    for (const pugi::xml_node& rule : node.children("rule"))
        command.rules.push_back(rule_of(rule));
}

CommandRule command_of(const pugi::xml_node& node) {
    CommandRule command;
    command.names = word_list(node, "name");
    command.in = life_of(node);
    command.deprecated = optional_life(node, "deprecated");
    command.ignored = optional_life(node, "ignored");
    const std::string_view count = node.attribute("words").value();
    const std::size_t dash = count.find('-');
    command.least_words = number_of(count.substr(0, dash), 0);
    command.most_words = dash == std::string_view::npos
                             ? command.least_words
                             : number_of(count.substr(dash + 1), 1U << 30U);
    command.is_free = node.attribute("free").as_bool();
    command.is_many = node.attribute("many").as_bool();
    command.options_first = node.attribute("options-first").as_bool();
    command.is_secret = node.attribute("secret").as_bool();
    command.unique = word_list(node, "unique");
    command.may_repeat = word_list(node, "may-repeat");
    command.warn = node.attribute("warn").value();
    command.mend = node.attribute("mend").value();
    add_arguments(command, node, node.parent());
    return command;
}

/// The release of the target in its line; of a newer one than is known, the newest.
void place(KickstartRules& rules, const pugi::xml_node& root, const LintTarget& target) {
    const unsigned wanted = number_of(split(target.version, '.').front(), 0);
    for (const pugi::xml_node& line : root.children("line"))
        for (const pugi::xml_node& system : line.children("system")) {
            if (lower(system.attribute("name").value()) != lower(target.system))
                continue;
            const unsigned newest = line.attribute("to").as_uint();
            rules.release = {line.attribute("name").value(),
                             wanted == 0 ? newest : std::min(wanted, newest)};
            rules.knows = rules.release.number >= line.attribute("from").as_uint();
            rules.end_since = rules.release_text(line.attribute("end-since").as_uint());
        }
}

void add_file_rules(KickstartRules& rules, const pugi::xml_node& root) {
    for (const pugi::xml_node& node : root.children("once"))
        rules.once.push_back(word_list(node, "commands"));
    for (const pugi::xml_node& node : root.children("conflict"))
        rules.conflicts.push_back(
            {word_list(node, "commands"), word_list(node, "with"), life_of(node)});
    for (const pugi::xml_node& node : root.children("needed"))
        rules.needed.push_back({node.attribute("what").value(), word_list(node, "one-of"),
                                node.attribute("mend").value(), life_of(node)});
    for (const pugi::xml_node& node : root.children("package"))
        rules.packages.push_back(
            {node.attribute("name").value(), node.attribute("mend").value(), life_of(node)});
}

}  // namespace

Life::Life(std::string_view text) {
    for (const std::string_view part : split(text, ',')) {
        const std::vector<std::string_view> pieces = words(part);
        if (pieces.empty())
            continue;
        Span span{.line = std::string{pieces.front()}};
        if (pieces.size() > 1) {
            const std::size_t dash = pieces[1].find('-');
            span.from = number_of(pieces[1].substr(0, dash), 0);
            span.to = dash == std::string_view::npos
                          ? span.from
                          : number_of(pieces[1].substr(dash + 1), span.to);
        }
        spans_.push_back(std::move(span));
    }
}

bool Life::covers(const Release& release) const {
    return is_everywhere() || std::ranges::any_of(spans_, [&](const Span& span) {
               return span.line == release.line && span.from <= release.number &&
                      release.number <= span.to;
           });
}

unsigned Life::since(const Release& release) const {
    for (const Span& span : spans_)
        if (span.line == release.line && span.from <= release.number && release.number <= span.to)
            return span.from;
    return 0;
}

unsigned Life::gone(const Release& release) const {
    unsigned last = 0;
    for (const Span& span : spans_)
        if (span.line == release.line && span.to < release.number)
            last = std::max(last, span.to + 1);
    return last;
}

unsigned Life::comes(const Release& release) const {
    unsigned next = 0;
    for (const Span& span : spans_)
        if (span.line == release.line && span.from > release.number)
            next = next == 0 ? span.from : std::min(next, span.from);
    return next;
}

bool OptionRule::is_called(std::string_view name) const {
    return std::ranges::find(names, name) != names.end();
}

std::string Condition::text() const {
    std::string name = subject == "word"    ? "an argument"
                       : subject == "word2" ? "a second argument"
                                            : subject;
    if (!glob)
        return name;
    return subject.starts_with('-') ? format("{}={}", name, *glob) : format("{} {}", name, *glob);
}

const CommandRule* KickstartRules::find(std::string_view name) const {
    const auto found = by_name.find(name);
    return found == by_name.end() ? nullptr : found->second;
}

std::string KickstartRules::release_text(unsigned number) const {
    return number == 0 ? "" : format("{} {}", release.line, number);
}

bool matches(std::string_view glob, std::string_view text) {
    // The last '*' may take one byte more whenever what follows it does not fit.
    std::size_t at = 0;
    std::size_t next = 0;
    std::size_t star = std::string_view::npos;
    std::size_t taken = 0;
    while (next < text.size()) {
        if (at < glob.size() && glob[at] == '*') {
            star = at++;
            taken = next;
        } else if (at < glob.size() && (glob[at] == '?' || glob[at] == text[next])) {
            ++at;
            ++next;
        } else if (star != std::string_view::npos) {
            at = star + 1;
            next = ++taken;
        } else {
            return false;
        }
    }
    return glob.find_first_not_of('*', at) == std::string_view::npos;
}

KickstartRules read_kickstart_rules(const LintTarget& target) {
    pugi::xml_document document;
    if (const auto result = document.load_file(target.rules.c_str()); !result)
        throw Error{Fault::environment,
                    format("cannot read {}: {} at byte {}", target.rules.string(),
                           result.description(), result.offset)};
    const pugi::xml_node root = document.document_element();
    KickstartRules rules;
    place(rules, root, target);
    if (!rules.knows)
        return rules;
    for (const pugi::xml_node& node : root.children("command"))
        rules.commands.push_back(command_of(node));
    for (const pugi::xml_node& node : root.children("section"))
        rules.sections.push_back(command_of(node));
    for (const std::vector<CommandRule>* const list : {&rules.commands, &rules.sections})
        for (const CommandRule& command : *list)
            for (const std::string& name : command.names)
                rules.by_name.emplace(name, &command);
    add_file_rules(rules, root);
    return rules;
}

}  // namespace glinda::answer
