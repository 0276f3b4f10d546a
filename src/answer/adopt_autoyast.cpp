#include <algorithm>
#include <pugixml.hpp>
#include <sstream>

#include "adopt_rules.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/text.hpp"
#include "tree.hpp"

namespace glinda::answer {
namespace {

using Action = AdoptRule::Action;

/// All that a text holds stays in its tree, down to the white space.
constexpr unsigned faithful = pugi::parse_full | pugi::parse_ws_pcdata | pugi::parse_fragment;
constexpr unsigned all_but_line_ends = faithful & ~(pugi::parse_eol | pugi::parse_wconv_attribute);

bool has_elements(const pugi::xml_node& node) {
    return std::ranges::any_of(node.children(), [](const pugi::xml_node& child) {
        return child.type() == pugi::node_element;
    });
}

/// An element as it is shown: without what is in it but for a text.
std::string shown(const pugi::xml_node& node) {
    return format("<{0}>{1}</{0}>", node.name(), has_elements(node) ? "..." : node.text().get());
}

bool is_white_space(const pugi::xml_node& node) {
    return node.type() == pugi::node_pcdata && trim(node.value()).empty();
}

/// Takes an element away, and the white space before it.
void remove(pugi::xml_node node) {
    const pugi::xml_node before = node.previous_sibling();
    if (is_white_space(before))
        node.parent().remove_child(before);
    node.parent().remove_child(node);
}

class AutoyastLoosener {
public:
    AutoyastLoosener(std::string_view text, const AdoptRules& rules, const AdoptedMachine& machine)
        : rules_{rules}, machine_{machine} {
        document_.load_buffer(text.data(), text.size(), all_but_line_ends);
        for (std::size_t at = text.find('\n'); at != std::string_view::npos;
             at = text.find('\n', at + 1))
            line_ends_.push_back(at);
    }

    AdoptedText run() {
        for (const AdoptRule& rule : rules_.rules)
            if (applies(rule, machine_))
                apply(rule);
        std::ostringstream text;
        document_.save(text, "", pugi::format_raw | pugi::format_no_declaration);
        return {std::move(text).str(), std::move(lines_)};
    }

private:
    void apply(const AdoptRule& rule) {
        try {
            const pugi::xpath_node_set found = document_.select_nodes(rule.at.c_str());
            if (rule.action == Action::add && found.empty())
                add(rule);
            if (rule.action != Action::add)
                for (const pugi::xpath_node& node : found)
                    loosen(node.node(), rule);
        } catch (const pugi::xpath_exception& failure) {
            throw Error{Fault::environment, format("the rule at {}: {}", rule.at, failure.what())};
        }
    }

    void loosen(pugi::xml_node node, const AdoptRule& rule) {
        const std::string text = has_elements(node) ? "" : node.text().get();
        const NewValue value = apply_to_value(rule, text, machine_, rules_.disk);
        if (!value.changed)
            return;
        AdoptedLine line{.line = line_of(node), .before = shown(node), .reasons = {rule.reason}};
        if (rule.action != Action::keep && value.text)
            node.text().set(value.text->c_str());
        if (value.text)
            line.after = shown(node);
        else
            remove(node);
        lines_.push_back(std::move(line));
    }

    /// Puts an element into the one that the rule's option names by its path, which is made.
    void add(const AdoptRule& rule) {
        pugi::xml_node parent = document_.root();
        for (const std::string_view step : split(rule.option, '/')) {
            const std::string name{step};
            const pugi::xml_node child = parent.child(name.c_str());
            parent = child.empty() ? parent.append_child(name.c_str()) : child;
        }
        // What is new is indented as its siblings are.
        pugi::xml_node gap = parent.last_child();
        const bool is_indented = is_white_space(gap) && is_white_space(parent.first_child());
        const std::string end = is_indented ? gap.value() : "";
        if (is_indented)
            gap.set_value(parent.first_child().value());
        parent.append_buffer(rule.to.data(), rule.to.size());
        if (is_indented)
            parent.append_child(pugi::node_pcdata).set_value(end.c_str());
        lines_.push_back({0, "", rule.to, {rule.reason}});
    }

    /// 0 for what was put in.
    [[nodiscard]] std::size_t line_of(const pugi::xml_node& node) const {
        if (node.offset_debug() < 0)
            return 0;
        const auto offset = static_cast<std::size_t>(node.offset_debug());
        const auto next = std::ranges::lower_bound(line_ends_, offset);
        return static_cast<std::size_t>(next - line_ends_.begin()) + 1;
    }

    pugi::xml_document document_;
    const AdoptRules& rules_;
    const AdoptedMachine& machine_;
    std::vector<std::size_t> line_ends_;
    std::vector<AdoptedLine> lines_;
};

}  // namespace

AdoptedText adopt_autoyast(std::string_view text, const AdoptRules& rules,
                           const AdoptedMachine& machine) {
    const Tree tree = read_xml(text);
    require_whole(tree);
    return AutoyastLoosener{text, rules, machine}.run();
}

}  // namespace glinda::answer
