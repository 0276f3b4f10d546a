#include <algorithm>
#include <map>
#include <pugixml.hpp>

#include "adopt_rules.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/text.hpp"
#include "rulebook.hpp"
#include "tree.hpp"

namespace glinda::answer {
namespace {

using Action = AdoptRule::Action;

/// How far the first character of a line's content is in, behind the marks of list entries.
std::size_t column_of_key(std::string_view line) {
    std::size_t column = std::min(line.find_first_not_of(' '), line.size());
    while (line.substr(column).starts_with("- "))
        column = std::min(line.find_first_not_of(' ', column + 1), line.size());
    return column;
}

bool is_blank_or_comment(std::string_view line) {
    const std::string_view content = trim(line);
    return content.empty() || content.starts_with('#');
}

/// A member of a map, by the lines that it takes: YAML as installers write it has a line for each.
struct Member {
    std::size_t first = 0;  ///< index of its first line
    std::size_t end = 0;    ///< index behind its last one
    std::size_t column = 0;
};

/// Changes a text line by line, as the rules find its members in the tree.
class AutoinstallLoosener {
public:
    AutoinstallLoosener(std::string_view text, const Tree& tree, const AdoptRules& rules,
                        const AdoptedMachine& machine)
        : tree_{tree}, rules_{rules}, machine_{machine} {
        for (const std::string_view line : split(text, '\n'))
            lines_.emplace_back(line);
        dropped_.resize(lines_.size());
    }

    AdoptedText run() {
        for (const AdoptRule& rule : rules_.rules)
            if (applies(rule, machine_))
                apply(rule);
        AdoptedText result{"", std::move(changes_)};
        for (std::size_t i = 0; i < lines_.size(); ++i) {
            if (const auto added = added_.find(i); added != added_.end())
                result.text += added->second;
            if (!dropped_[i])
                result.text.append(lines_[i]).append(i + 1 < lines_.size() ? "\n" : "");
        }
        return result;
    }

private:
    void apply(const AdoptRule& rule) {
        try {
            const pugi::xpath_node_set found = tree_.document->select_nodes(rule.at.c_str());
            if (rule.action == Action::add && found.empty())
                add(rule);
            if (rule.action != Action::add)
                for (const pugi::xpath_node& node : found)
                    loosen(node.node(), rule);
        } catch (const pugi::xpath_exception& failure) {
            throw Error{Fault::environment, format("the rule at {}: {}", rule.at, failure.what())};
        }
    }

    void loosen(const pugi::xml_node& node, const AdoptRule& rule) {
        const bool is_plain = !node.first_child() || node.first_child().type() == pugi::node_pcdata;
        const std::string text = is_plain ? node.text().get() : "";
        const NewValue value = apply_to_value(rule, text, machine_, rules_.disk);
        const Member member = find(node);
        if (!value.changed || dropped_[member.first])
            return;
        AdoptedLine change{.line = member.first + 1,
                           .before = format("{}: {}", node.name(), is_plain ? text : "..."),
                           .reasons = {rule.reason}};
        if (rule.action == Action::keep)
            change.after = change.before;
        else if (value.text)
            change.after = put(member, node.name(), *value.text);
        else
            drop(member);
        changes_.push_back(std::move(change));
    }

    /// @throws Error (usage) if a member shares its line with what it is in, as in {a: 1}.
    [[nodiscard]] Member find(const pugi::xml_node& node) const {
        const std::size_t line = line_of(node);
        const std::string name = node.name();
        Member member{.first = line - 1, .end = line};
        if (line == 0 || line > lines_.size())
            throw Error{Fault::usage, format("there is no line of {}", name)};
        const std::string_view text = lines_[member.first];
        member.column = column_of_key(text);
        const std::string_view content = text.substr(member.column);
        if (!content.starts_with(name + ":") && !content.starts_with(format("\"{}\":", name)) &&
            !content.starts_with(format("'{}':", name)))
            throw Error{
                Fault::usage,
                format("line {}: {} has to be changed; write it on a line of its own", line, name)};
        member.end = end_of(member);
        return member;
    }

    [[nodiscard]] std::size_t end_of(const Member& member) const {
        std::size_t end = member.end;
        for (std::size_t i = member.end; i < lines_.size(); ++i) {
            const std::string_view line = lines_[i];
            if (is_blank_or_comment(line))
                continue;
            const std::size_t column = line.find_first_not_of(' ');
            // The entries of a list may stand right below its name.
            const bool is_entry =
                column == member.column && line[column] == '-' && !in_entry(member);
            if (column <= member.column && !is_entry)
                break;
            end = i + 1;
        }
        return end;
    }

    /// Whether the member is the first one of a list's entry, on the line with its mark.
    [[nodiscard]] bool in_entry(const Member& member) const {
        return lines_[member.first].find_first_not_of(' ') < member.column;
    }

    void drop(const Member& member) {
        for (std::size_t i = member.first; i < member.end; ++i)
            dropped_[i] = true;
        // The mark of a list's entry goes over to the member that is now its first.
        if (!in_entry(member))
            return;
        const std::string mark = lines_[member.first].substr(0, member.column);
        std::size_t next = member.end;
        while (next < lines_.size() && (dropped_[next] || is_blank_or_comment(lines_[next])))
            ++next;
        if (next < lines_.size() && lines_[next].find_first_not_of(' ') == member.column)
            lines_[next].replace(0, member.column, mark);
        else
            added_[member.first] += mark + "{}\n";
    }

    /// Writes another value, one that is a whole member if it has a colon; returns what it shows.
    std::string put(const Member& member, const std::string& name, const std::string& value) {
        std::string& line = lines_[member.first];
        std::string text =
            value.find(": ") == std::string::npos ? format("{}: {}", name, value) : value;
        line = line.substr(0, member.column) + text;
        for (std::size_t i = member.first + 1; i < member.end; ++i)
            dropped_[i] = true;
        return text;
    }

    /// Puts a member before the first one of the map that the rule's option names.
    void add(const AdoptRule& rule) {
        const pugi::xml_node map = tree_.document->select_node(rule.option.c_str()).node();
        const pugi::xml_node first = map.first_child();
        if (first.type() != pugi::node_element)
            throw Error{Fault::usage, format("there is nothing in {}", rule.option)};
        const Member member = find(first);
        added_[member.first] += std::string(member.column, ' ') + rule.to + "\n";
        changes_.push_back({0, "", rule.to, {rule.reason}});
    }

    const Tree& tree_;
    const AdoptRules& rules_;
    const AdoptedMachine& machine_;
    std::vector<std::string> lines_;
    std::vector<bool> dropped_;
    std::map<std::size_t, std::string> added_;  ///< before a line
    std::vector<AdoptedLine> changes_;
};

}  // namespace

AdoptedText adopt_autoinstall(std::string_view text, const AdoptRules& rules,
                              const AdoptedMachine& machine) {
    const Tree tree = read_yaml(text);
    require_whole(tree);
    return AutoinstallLoosener{text, tree, rules, machine}.run();
}

}  // namespace glinda::answer
