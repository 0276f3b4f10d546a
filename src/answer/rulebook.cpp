#include "rulebook.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <limits>
#include <map>

#include "glinda/util/error.hpp"
#include "glinda/util/text.hpp"
#include "nearest.hpp"

namespace glinda::answer {
namespace {

/// Of one rule: a text that is wrong everywhere is told so often enough.
constexpr std::size_t most_findings = 10;

pugi::xpath_variable_set variables_of(const LintTarget& target) {
    pugi::xpath_variable_set variables;
    variables.set("system", lower(target.system).c_str());
    variables.set("version", version_number(target.version));
    const std::string disks = target.disks.empty() ? "" : " " + join(target.disks, " ") + " ";
    variables.set("disks", disks.c_str());
    return variables;
}

/// `text` with {name} and {value} of what was found in their places.
std::string filled(std::string_view text, const pugi::xml_node& found) {
    const pugi::xml_attribute name = found.attribute("name");
    const std::vector<std::string_view> parts = words(text);
    std::string result = join({parts.begin(), parts.end()}, " ");
    const auto put = [&](std::string_view mark, std::string_view value) {
        if (const std::size_t at = result.find(mark); at != std::string::npos)
            result.replace(at, mark.size(), printable(value.substr(0, 80)));
    };
    put("{name}", name ? name.value() : found.name());
    put("{value}", found.text().get());
    return result;
}

std::vector<Finding> apply(const pugi::xml_node& rule, const pugi::xml_node& text,
                           pugi::xpath_variable_set& variables) {
    const char* when = rule.attribute("when").value();
    if (*when != '\0' && !pugi::xpath_query{when, &variables}.evaluate_boolean(text))
        return {};
    const pugi::xpath_query find{rule.attribute("find").value(), &variables};
    const auto severity = rule.attribute("severity").value() == std::string_view{"error"}
                              ? Finding::Severity::error
                              : Finding::Severity::warning;
    std::vector<Finding> findings;
    for (const pugi::xpath_node& found : find.evaluate_node_set(text)) {
        if (findings.size() == most_findings)
            break;
        const pugi::xml_node node = found.node() ? found.node() : found.parent();
        findings.push_back({severity, line_of(node), filled(rule.child_value("what"), node),
                            rule.attribute("since").value(),
                            filled(rule.child_value("mend"), node)});
    }
    return findings;
}

/// What stands where only known names may stand.
std::vector<Finding> apply_known(const pugi::xml_node& known, const pugi::xml_node& text,
                                 pugi::xpath_variable_set& variables, const LintTarget& target) {
    const std::string what = known.attribute("what").value();
    const char* by = known.attribute("by").value();
    std::map<std::string, bool, std::less<>> names;
    std::vector<std::string> spelled;
    for (const pugi::xml_node& name : known.children("name")) {
        spelled.emplace_back(name.text().get());
        names[spelled.back()] = holds(name.attribute("when").value(), target);
    }
    std::vector<Finding> findings;
    const pugi::xpath_query find{known.attribute("find").value(), &variables};
    for (const pugi::xpath_node& found : find.evaluate_node_set(text)) {
        const pugi::xml_node node = found.node();
        const std::string name = *by == '\0' ? node.name() : node.attribute(by).value();
        const auto entry = names.find(name);
        if ((entry != names.end() && entry->second) || findings.size() == most_findings)
            continue;
        const std::string similar = nearest(name, spelled);
        findings.push_back(
            {Finding::Severity::warning, line_of(node),
             entry == names.end()
                 ? format("there is no {} \"{}\"", what, printable(name.substr(0, 80)))
                 : format("this release has no {} \"{}\"", what, name),
             "",
             entry == names.end() && !similar.empty() ? format("did you mean {}?", similar)
                                                      : "take it away: nothing reads it"});
    }
    return findings;
}

}  // namespace

std::size_t line_of(const pugi::xml_node& node) {
    return static_cast<std::size_t>(node.attribute(line_mark).as_ullong());
}

double version_number(std::string_view version) {
    const std::size_t end = version.find_first_not_of("0123456789");
    const auto whole = to_number(version.substr(0, end));
    if (!whole)
        return std::numeric_limits<double>::max();
    std::string number{version.substr(0, end)};
    const std::size_t minor = version.find_first_of("0123456789", end);
    if (end != std::string_view::npos && minor != std::string_view::npos)
        number += format(
            ".{}", version.substr(minor, version.find_first_not_of("0123456789", minor) - minor));
    double result = std::numeric_limits<double>::max();
    std::from_chars(number.data(), number.data() + number.size(), result);
    return result;
}

pugi::xml_document load_rules(const LintTarget& target) {
    pugi::xml_document rules;
    if (target.rules.empty())
        return rules;
    if (const auto result = rules.load_file(target.rules.c_str()); !result)
        throw Error{Fault::environment,
                    format("cannot read {}: {} at byte {}", target.rules.string(),
                           result.description(), result.offset)};
    return rules;
}

std::vector<Finding> apply_rules(const pugi::xml_document& rules, const pugi::xml_node& text,
                                 const LintTarget& target) {
    pugi::xpath_variable_set variables = variables_of(target);
    std::vector<Finding> findings;
    const std::string_view known = "known";
    const std::string_view rule = "rule";
    for (const pugi::xml_node& node : rules.document_element().children()) {
        try {
            std::vector<Finding> more;
            if (node.name() == known)
                more = apply_known(node, text, variables, target);
            else if (node.name() == rule)
                more = apply(node, text, variables);
            std::ranges::move(more, std::back_inserter(findings));
        } catch (const pugi::xpath_exception& failure) {
            throw Error{Fault::environment, format("{}: {}: {}", target.rules.string(),
                                                   node.attribute("find").value(), failure.what())};
        }
    }
    return findings;
}

bool holds(const char* condition, const LintTarget& target) {
    pugi::xpath_variable_set variables = variables_of(target);
    return *condition == '\0' ||
           pugi::xpath_query{condition, &variables}.evaluate_boolean(pugi::xml_node{});
}

}  // namespace glinda::answer
