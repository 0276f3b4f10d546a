#include "kickstart_lint.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "glinda/util/text.hpp"
#include "kickstart_arguments.hpp"
#include "linters.hpp"
#include "nearest.hpp"

namespace glinda::answer {
namespace {

using Severity = Finding::Severity;

/// The disk that a name of a disk or of one of its partitions means ("sda" of "/dev/sda2"); empty
/// if it is no name that the kernel gives (Linux, admin-guide/devices.txt).
std::string disk_of(std::string_view name) {
    constexpr std::string_view digits = "0123456789";
    if (name.starts_with("/dev/"))
        name.remove_prefix(5);
    if (name.starts_with("nvme") || name.starts_with("mmcblk")) {
        const std::size_t partition = name.find('p');
        return std::string{name.substr(0, partition)};
    }
    const std::string disk{name.substr(0, name.find_last_not_of(digits) + 1)};
    const bool is_named = std::ranges::any_of(
        std::array<std::string_view, 4>{"sd", "vd", "hd", "xvd"}, [&](std::string_view kind) {
            return disk.starts_with(kind) && disk.size() > kind.size() &&
                   disk.find_first_not_of("abcdefghijklmnopqrstuvwxyz") == std::string::npos;
        });
    return is_named ? disk : "";
}

/// Checks one file.
class Linter {
public:
    Linter(const KickstartRules& rules, const std::vector<std::string>& disks)
        : rules_{rules}, disks_{disks} {}

    std::vector<Finding> lint(const Kickstart& kickstart) {
        for (const KickstartItem& item : kickstart.items)
            if (!item.line.words.empty())
                check(item);
        if (rules_.knows)
            check_file();
        return std::move(findings_);
    }

private:
    void add(Severity severity, std::size_t line, std::string what, unsigned since = 0,
             std::string mend = {}) {
        findings_.push_back(
            {severity, line, std::move(what), rules_.release_text(since), std::move(mend)});
    }

    void check(const KickstartItem& item) {
        const KickstartLine& line = item.line;
        if (line.is_open)
            add(Severity::error, line.number, "a quote is opened, but not closed on this line");
        if (line.cuts_word)
            add(Severity::warning, line.number,
                "a '#' begins a comment even inside of a word: the word ends before it", 0,
                "quote the word if the '#' belongs to it");
        if (item.name() == "%end")
            return add(Severity::error, line.number, "%end ends nothing: no section is open");
        if (item.name() == "%include" || item.name() == "%ksappend") {
            includes_ = true;
            if (line.words.size() < 2)
                add(Severity::error, line.number, format("{} names no file", item.name()));
            return;
        }
        if (item.is_section())
            check_end(item);
        if (rules_.knows && !line.is_open)
            check_known(item);
    }

    void check_end(const KickstartItem& item) {
        if (!item.end)
            findings_.push_back({Severity::error, item.line.number,
                                 format("the section {} has no %end", item.name()),
                                 rules_.end_since, "close it with a line %end"});
        for (const KickstartLine& line : item.body) {
            const std::vector<std::string_view> parts =
                words(std::string_view{line.text}.substr(0, 64));
            if (!parts.empty() && parts.front().starts_with('%') &&
                rules_.find(parts.front()) != nullptr)
                add(Severity::error, line.number,
                    format("the section {} begins inside of {}, which has no %end before it",
                           parts.front(), item.name()));
        }
    }

    void check_known(const KickstartItem& item) {
        const KickstartLine& line = item.line;
        const std::string name{item.name()};
        if (name.starts_with('-'))
            return add(Severity::error, line.number,
                       format("an option without a command: {}", name.substr(0, name.find('='))), 0,
                       "a command and all of its options stand on one line");
        const CommandRule* const command = rules_.find(name);
        if (command == nullptr)
            return tell_unknown(line, name);
        if (!command->in.covers(rules_.release))
            return tell_release(line, name, *command);
        if (!line.comment.empty() && !item.is_section())
            add(Severity::warning, line.number,
                format("a comment behind {}: only whole lines are documented as comments", name), 0,
                "put it on a line of its own");
        if (line.words.back().ends_with('\n') || line.words.back().ends_with('\r'))
            add(Severity::error, line.number, "a backslash does not continue a line", 0,
                "write the command on one line");
        check_command(line, name, *command);
        if (name == "%packages")
            for (const KickstartLine& entry : item.body)
                check_package(entry);
    }

    void tell_unknown(const KickstartLine& line, const std::string& name) {
        const std::string kind = name.starts_with('%') ? "section" : "command";
        const std::string small = lower(name);
        if (rules_.find(small) != nullptr)
            return add(Severity::error, line.number,
                       format("{} is no {}: they are written in lower case", name, kind), 0,
                       format("write {}", small));
        std::vector<std::string> known;
        for (const auto& [one, command] : rules_.by_name)
            if (command->in.covers(rules_.release))
                known.push_back(one);
        const std::string near = nearest(small, known);
        add(Severity::error, line.number, format("{} is no {}", name.substr(0, 40), kind), 0,
            near.empty() ? "" : format("did you mean {}", near));
    }

    void tell_release(const KickstartLine& line, const std::string& name,
                      const CommandRule& command) {
        if (const unsigned gone = command.in.gone(rules_.release); gone > 0)
            return add(Severity::error, line.number, format("{} is no command any more", name),
                       gone, command.mend);
        const std::string next = rules_.release_text(command.in.comes(rules_.release));
        const std::string here = rules_.release_text(rules_.release.number);
        add(Severity::error, line.number,
            next.empty() ? format("{} is not in {}", name, here)
                         : format("{} is no command before {}", name, next));
    }

    void check_command(const KickstartLine& line, const std::string& name,
                       const CommandRule& command) {
        const auto once = seen_.emplace(name, line.number);
        if (!once.second && !command.is_many && !name.starts_with('%'))
            add(Severity::warning, line.number,
                format("{} stands in line {}, too: where both say the same thing, this one counts",
                       name, once.first->second));
        if (command.ignored && command.ignored->covers(rules_.release))
            return add(Severity::warning, line.number,
                       format("{} is deprecated: the installer ignores it", name),
                       command.ignored->since(rules_.release), command.mend);
        if (command.deprecated && command.deprecated->covers(rules_.release))
            add(Severity::warning, line.number, format("{} is deprecated", name),
                command.deprecated->since(rules_.release), command.mend);
        if (!command.warn.empty())
            add(Severity::warning, line.number, format("{}: {}", name, command.warn), 0,
                command.mend);
        if (command.is_free)
            return;
        const Arguments given = check_arguments(line, command, rules_, findings_);
        check_unique(line, name, command, given);
        check_disks(line, name, given);
    }

    void check_unique(const KickstartLine& line, const std::string& name,
                      const CommandRule& command, const Arguments& given) {
        std::string key;
        for (const std::string& part : command.unique)
            key += given.value_of(part).value_or("") + '\n';
        if (key.find_first_not_of('\n') == std::string::npos ||
            std::ranges::find(command.may_repeat, trim(key)) != command.may_repeat.end())
            return;
        const auto [first, is_new] =
            unique_.emplace(command.names.front() + '\n' + key, line.number);
        if (!is_new)
            add(Severity::warning, line.number,
                format("{} of line {} is already the same one", name, first->second));
    }

    void check_disks(const KickstartLine& line, const std::string& name, const Arguments& given) {
        if (disks_.empty())
            return;
        for (const GivenOption& option : given.options) {
            if (option.rule->value != "disks")
                continue;
            for (const std::string_view value : split(option.value, ',')) {
                const std::string disk = disk_of(trim(value));
                if (!disk.empty() && std::ranges::find(disks_, disk) == disks_.end())
                    add(Severity::error, line.number,
                        format("{} of {}: there will be no disk {}", option.rule->names.front(),
                               name, disk),
                        0, format("the machine has {}", join(disks_, ", ")));
            }
        }
    }

    void check_package(const KickstartLine& line) {
        const auto package = kickstart_package(line);
        if (!package || package->is_excluded)
            return;
        using Kind = KickstartPackage::Kind;
        const std::string_view mark = package->kind == Kind::group         ? "@"
                                      : package->kind == Kind::environment ? "@^"
                                                                           : "";
        const std::string name = format("{}{}", mark, package->name);
        for (const PackageRule& rule : rules_.packages) {
            if (!matches(rule.glob, name))
                continue;
            if (!rule.in.covers(rules_.release))
                add(Severity::error, line.number,
                    format("{} is not in {}", name, rules_.release_text(rules_.release.number)),
                    rule.in.gone(rules_.release), rule.mend);
            return;
        }
    }

    /// What the commands of the file are to each other.
    void check_file() {
        for (const std::vector<std::string>& group : rules_.once)
            check_once(group);
        for (const ConflictRule& rule : rules_.conflicts)
            if (rule.in.covers(rules_.release))
                check_conflict(rule);
        // What is included may have it.
        if (includes_)
            return;
        for (const NeededRule& rule : rules_.needed)
            if (rule.in.covers(rules_.release) && !first_of(rule.one_of))
                add(Severity::warning, 0, rule.what, 0, rule.mend);
    }

    /// The first of some commands that the file has, and its line.
    [[nodiscard]] std::optional<std::pair<std::size_t, std::string>> first_of(
        const std::vector<std::string>& names) const {
        std::optional<std::pair<std::size_t, std::string>> first;
        for (const std::string& name : names)
            if (const auto found = seen_.find(name);
                found != seen_.end() && (!first || found->second < first->first))
                first = {found->second, name};
        return first;
    }

    void check_once(const std::vector<std::string>& group) {
        const auto first = first_of(group);
        for (const std::string& name : group)
            if (const auto found = seen_.find(name);
                found != seen_.end() && found->second != first->first)
                add(Severity::warning, found->second,
                    format("{} stands after {} of line {}: only the last counts", name,
                           first->second, first->first));
    }

    void check_conflict(const ConflictRule& rule) {
        const auto one = first_of(rule.commands);
        const auto other = first_of(rule.with);
        if (one && other)
            add(Severity::error, std::max(one->first, other->first),
                format("{} and {} exclude each other; the other is in line {}", one->second,
                       other->second, std::min(one->first, other->first)));
    }

    const KickstartRules& rules_;
    const std::vector<std::string>& disks_;
    std::vector<Finding> findings_;
    std::map<std::string, std::size_t, std::less<>> seen_;  ///< commands, and their first lines
    std::map<std::string, std::size_t> unique_;
    bool includes_ = false;
};

}  // namespace

std::vector<Finding> check_kickstart(const Kickstart& kickstart, const KickstartRules& rules,
                                     const std::vector<std::string>& disks) {
    return Linter{rules, disks}.lint(kickstart);
}

std::vector<Finding> lint_kickstart(std::string_view text, const LintTarget& target) {
    const KickstartRules rules =
        target.rules.empty() ? KickstartRules{} : read_kickstart_rules(target);
    return check_kickstart(read_kickstart(text), rules, target.disks);
}

}  // namespace glinda::answer
