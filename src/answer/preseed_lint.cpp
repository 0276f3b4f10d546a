#include <algorithm>
#include <array>
#include <map>

#include "glinda/answer/preseed.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/files.hpp"
#include "glinda/util/text.hpp"
#include "linters.hpp"
#include "nearest.hpp"
#include "rulebook.hpp"

namespace glinda::answer {
namespace {

/// What the templates say of a question.
struct Question {
    std::string type;
    std::vector<std::string> choices;  ///< empty: they are not known
};
using Questions = std::map<std::string, Question, std::less<>>;

// debconf-devel(7), TEMPLATES; and a flag.
constexpr auto types =
    std::to_array<std::string_view>({"string", "boolean", "select", "multiselect", "note", "text",
                                     "password", "title", "error", "seen"});

bool is_flag(const PreseedEntry& entry) {
    return entry.type == "seen";
}

/// "QUESTION TYPE CHOICE, CHOICE" by line.
Questions read_questions(const std::filesystem::path& file) {
    const std::string text = read_file(file);
    Questions questions;
    for (std::string_view line : split(text, '\n')) {
        const std::vector<std::string_view> parts = words(line);
        if (parts.size() < 2 || line.starts_with('#'))
            continue;
        line.remove_prefix(std::min(line.size(), parts[0].size() + parts[1].size() + 2));
        Question question{std::string{parts[1]}, {}};
        if (!line.empty())
            for (const std::string_view choice : split(line, ','))
                question.choices.emplace_back(trim(choice));
        questions.emplace_hint(questions.end(), parts[0], std::move(question));
    }
    return questions;
}

Questions known_questions(const pugi::xml_document& rules, const LintTarget& target) {
    const pugi::xml_node node = rules.document_element().child("questions");
    if (!node || !holds(node.attribute("when").value(), target))
        return {};
    return read_questions(target.rules.parent_path() / node.attribute("file").value());
}

/// Looks at each answer by itself.
class EntryLint {
public:
    EntryLint(const Questions& questions, std::vector<Finding>& findings)
        : questions_{questions}, findings_{findings} {}

    void check(const PreseedEntry& entry) {
        if (std::ranges::find(types, entry.type) == types.end())
            add(Finding::Severity::error, entry, format("there is no type \"{}\"", entry.type),
                "write one of string, boolean, select, multiselect, note and password");
        check_repetition(entry);
        if (!questions_.empty() && entry.question.find('/') != std::string::npos)
            check_name(entry);
        check_value(entry);
    }

private:
    void check_repetition(const PreseedEntry& entry) {
        if (is_flag(entry))
            return;
        const auto [before, is_new] = seen_.emplace(entry.question, &entry);
        const PreseedEntry* earlier = std::exchange(before->second, &entry);
        if (is_new || earlier->value == entry.value)
            return;
        const bool command = entry.question.ends_with("_command");
        add(command ? Finding::Severity::error : Finding::Severity::warning, entry,
            format("{} was answered in line {} already: the last answer counts alone",
                   entry.question, earlier->first_line),
            command ? "join the commands in one answer: COMMAND; COMMAND"
                    : "take one of the two away");
    }

    void check_name(const PreseedEntry& entry) {
        const std::string_view prefix =
            std::string_view{entry.question}.substr(0, entry.question.find('/'));
        const bool known = questions_.find(entry.question) != questions_.end();
        if (!known && entry.owner == "d-i")
            return add(Finding::Severity::warning, entry,
                       format("the installer has no question {}", entry.question),
                       suggestion(entry.question));
        if (known && entry.owner != "d-i" && entry.owner != prefix)
            add(Finding::Severity::warning, entry,
                format("{} is a question of the installer, not of \"{}\"", entry.question,
                       entry.owner),
                "write d-i as the owner");
    }

    [[nodiscard]] std::string suggestion(std::string_view name) const {
        constexpr std::size_t enough = 200;  // to look for what was meant takes its time
        if (findings_.size() > enough)
            return "";
        std::vector<std::string> names;
        for (const auto& [known, question] : questions_)
            names.push_back(known);
        const std::string meant = nearest(name, names);
        return meant.empty() ? "if a package asks it, write the package as the owner"
                             : format("did you mean {}?", meant);
    }

    void check_value(const PreseedEntry& entry) {
        const auto found = questions_.find(entry.question);
        const std::string& type = found == questions_.end() ? entry.type : found->second.type;
        if (is_flag(entry) || entry.owner != "d-i")
            return;
        if (type == "boolean" && entry.value != "true" && entry.value != "false")
            add(Finding::Severity::error, entry,
                format("{} is true or false, not \"{}\"", entry.question, shown(entry.value)),
                "write true or false");
        if (found == questions_.end() || found->second.choices.empty())
            return;
        const std::vector<std::string>& choices = found->second.choices;
        if (std::ranges::find(choices, entry.value) == choices.end())
            add(Finding::Severity::error, entry,
                format("{} has no choice \"{}\"", entry.question, shown(entry.value)),
                "write one of: " + join(choices, ", "));
    }

    static std::string shown(std::string_view value) { return printable(value.substr(0, 60)); }

    void add(Finding::Severity severity, const PreseedEntry& entry, std::string_view what,
             std::string_view mend) {
        findings_.push_back({severity, entry.first_line, printable(what), "", printable(mend)});
    }

    const Questions& questions_;
    std::vector<Finding>& findings_;
    std::map<std::string_view, const PreseedEntry*> seen_;
};

/// The answers as the rules see them.
pugi::xml_document tree_of(const std::vector<PreseedEntry>& entries) {
    pugi::xml_document document;
    pugi::xml_node root = document.append_child("preseed");
    for (const PreseedEntry& entry : entries) {
        pugi::xml_node node = root.append_child(is_flag(entry) ? "flag" : "q");
        node.append_attribute("name").set_value(entry.question.c_str());
        node.append_attribute("owner").set_value(entry.owner.c_str());
        node.append_attribute("type").set_value(entry.type.c_str());
        node.append_attribute(line_mark).set_value(
            static_cast<unsigned long long>(entry.first_line));
        node.text().set(entry.value.c_str());
    }
    return document;
}

}  // namespace

std::vector<Finding> lint_preseed(std::string_view text, const LintTarget& target) {
    Preseed preseed = read_preseed(text);
    const pugi::xml_document rules = load_rules(target);
    const Questions questions = known_questions(rules, target);
    std::vector<Finding> findings = std::move(preseed.faults);
    EntryLint lint{questions, findings};
    for (const PreseedEntry& entry : preseed.entries)
        lint.check(entry);
    const std::vector<Finding> more = apply_rules(rules, tree_of(preseed.entries), target);
    findings.insert(findings.end(), more.begin(), more.end());
    return findings;
}

}  // namespace glinda::answer
