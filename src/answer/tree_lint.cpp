#include <algorithm>
#include <iterator>

#include "glinda/util/error.hpp"
#include "glinda/util/text.hpp"
#include "json_schema.hpp"
#include "linters.hpp"
#include "rulebook.hpp"
#include "tree.hpp"

namespace glinda::answer {
namespace {

std::vector<Finding> apply_schema(const pugi::xml_node& schema, const pugi::xml_document& document,
                                  LintTarget target) {
    const auto file = target.rules.parent_path() / schema.attribute("file").value();
    const double version = version_number(target.version);
    for (const pugi::xml_node& installer : schema.children("installer"))
        if (version == installer.attribute("version").as_double())
            target.version = installer.attribute("of").value();
    std::vector<Finding> findings;
    for (const pugi::xpath_node& found : document.select_nodes(schema.attribute("at").value()))
        std::ranges::move(check_schema(found.node(), file, target), std::back_inserter(findings));
    return findings;
}

/// What schema and rules say of a text that was read.
std::vector<Finding> lint_tree(Tree tree, const LintTarget& target) {
    std::vector<Finding> findings = std::move(tree.faults);
    if (!tree.is_whole)
        return findings;
    const pugi::xml_document rules = load_rules(target);
    if (const pugi::xml_node schema = rules.document_element().child("schema"))
        std::ranges::move(apply_schema(schema, *tree.document, target),
                          std::back_inserter(findings));
    std::ranges::move(apply_rules(rules, *tree.document, target), std::back_inserter(findings));
    return findings;
}

}  // namespace

std::vector<Finding> lint_xml(std::string_view text, const LintTarget& target) {
    return lint_tree(read_xml(text), target);
}

std::vector<Finding> lint_autoinstall(std::string_view text, const LintTarget& target) {
    Tree tree = read_yaml(text);
    // A comment for YAML, but what cloud-init knows its files by.
    const std::string_view content = trim(text);
    if (tree.is_whole)
        tree.root().append_attribute("header").set_value(
            std::string{trim(content.substr(0, content.find('\n')))}.c_str());
    return lint_tree(std::move(tree), target);
}

std::vector<Finding> lint_agama(std::string_view text, const LintTarget& target) {
    if (trim(text).starts_with('{'))
        return lint_tree(read_json(text), target);
    return {{Finding::Severity::warning, 0,
             "this is no JSON: of a Jsonnet program nothing is checked but that it is not empty",
             "", "to have it checked, write what it evaluates to"}};
}

}  // namespace glinda::answer
