#include "glinda/answer/adopt.hpp"

#include <algorithm>
#include <array>
#include <pugixml.hpp>
#include <sstream>

#include "adopt_rules.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/text.hpp"

namespace glinda::answer {
namespace {

namespace fs = std::filesystem;
using Action = AdoptRule::Action;

constexpr std::array<std::pair<std::string_view, Action>, 8> actions{{
    {"add", Action::add},
    {"cut", Action::cut},
    {"disk", Action::disk},
    {"drop", Action::drop},
    {"keep", Action::keep},
    {"once", Action::once},
    {"set", Action::set},
    {"uncomment", Action::uncomment},
}};

/// What a fact may tell, by the names of the groups and attributes of adopt.xml.
constexpr std::array<std::pair<const char*, std::string AdoptedMachine::*>, 8> facts{{
    {"system", &AdoptedMachine::system},
    {"version", &AdoptedMachine::version},
    {"codename", &AdoptedMachine::codename},
    {"arch", &AdoptedMachine::arch},
    {"host", &AdoptedMachine::host},
    {"medium", &AdoptedMachine::medium},
    {"url", &AdoptedMachine::url},
    {"firmware", &AdoptedMachine::firmware},
}};

constexpr std::array<std::pair<std::string_view, decltype(&adopt_kickstart)>, 4> adopters{{
    {"autoinstall", &adopt_autoinstall},
    {"autoyast", &adopt_autoyast},
    {"kickstart", &adopt_kickstart},
    {"preseed", &adopt_preseed},
}};

constexpr std::uint64_t gib = std::uint64_t{1} << 30U;

/// The text of an element on one line.
std::string one_line(const pugi::xml_node& node) {
    const std::vector<std::string_view> parts = words(node.text().get());
    return join({parts.begin(), parts.end()}, " ");
}

Pattern pattern_of(const pugi::xml_node& node, const char* attribute) {
    const pugi::xml_attribute pattern = node.attribute(attribute);
    return pattern.empty() ? Pattern{} : Pattern{pattern.value()};
}

AdoptRule rule_of(const pugi::xml_node& node) {
    const auto* const action =
        std::ranges::find(actions, std::string_view{node.attribute("action").value()},
                          &decltype(actions)::value_type::first);
    if (action == actions.end())
        throw Error{Fault::environment,
                    format("there is no action \"{}\"", node.attribute("action").value())};
    return {.action = action->second,
            .at = node.attribute("at").value(),
            .option = node.attribute("option").value(),
            .where = pattern_of(node, "where"),
            .to = node.attribute("to").value(),
            .from = node.attribute("from").as_ullong(0),
            .reason = one_line(node)};
}

AdoptRules rules_of(const pugi::xml_node& root) {
    AdoptRules rules{.suffix = root.attribute("suffix").value(),
                     .disk = root.attribute("disk").value(),
                     .least_bytes = root.attribute("least").as_ullong(0) * gib};
    for (const pugi::xml_node& node : root.children("content"))
        rules.contents.push_back(pattern_of(node, "pattern"));
    for (const pugi::xml_node& node : root.children("fact")) {
        AdoptRules::Fact fact{.pattern = pattern_of(node, "pattern"), .values = {}};
        for (const pugi::xml_attribute& attribute : node.attributes())
            fact.values.emplace(attribute.name(), attribute.value());
        rules.facts.push_back(std::move(fact));
    }
    for (const pugi::xml_node& node : root.children("disk"))
        rules.disks.push_back(pattern_of(node, "pattern"));
    for (const pugi::xml_node& node : root.children("size"))
        rules.sizes.push_back({pattern_of(node, "pattern"), node.attribute("unit").as_ullong(1)});
    for (const pugi::xml_node& node : root.children("secret"))
        rules.secrets.push_back(pattern_of(node, "pattern"));
    for (const pugi::xml_node& node : root.children("rule"))
        rules.rules.push_back(rule_of(node));
    return rules;
}

void tell(AdoptedMachine& machine, const AdoptRules::Fact& fact, std::string_view text) {
    fact.pattern.each(text, [&](const Pattern::Group& group) {
        for (const auto& [name, member] : facts) {
            const auto given = fact.values.find(name);
            if ((machine.*member).empty())
                machine.*member = given == fact.values.end() ? group(name) : given->second;
        }
        return false;
    });
}

/// The names in a list with commas or blanks, as the guest's kernel has them.
std::vector<std::string> disk_names(std::string list) {
    std::ranges::replace(list, ',', ' ');
    std::vector<std::string> names;
    for (std::string_view name : words(list)) {
        constexpr std::string_view folder = "/dev/";
        name.remove_prefix(name.starts_with(folder) ? folder.size() : 0);
        names.emplace_back(name);
    }
    return names;
}

std::vector<std::string> disks_of(const AdoptRules& rules, std::string_view text) {
    constexpr std::size_t most = 26;  // that have one letter each
    std::vector<std::string> disks;
    for (const Pattern& pattern : rules.disks)
        pattern.each(text, [&](const Pattern::Group& group) {
            for (std::string& name : disk_names(group("disk")))
                if (std::ranges::find(disks, name) == disks.end() && disks.size() < most)
                    disks.push_back(std::move(name));
            return disks.size() < most;
        });
    return disks;
}

/// What a disk should have for the partitions of a text: each of several disks has room for all of
/// them, as an image takes no more than is written to it.
std::uint64_t disk_bytes(const AdoptRules& rules, std::string_view text) {
    constexpr std::uint64_t slack = 4 * gib;  // for what grows, and what the installer adds
    constexpr std::uint64_t most = std::uint64_t{1} << 60U;
    std::uint64_t sum = 0;
    for (const auto& [pattern, unit] : rules.sizes)
        pattern.each(text, [&, unit = unit](const Pattern::Group& group) {
            const std::uint64_t size = to_number(group("size")).value_or(0);
            sum = size > most / unit ? most : std::min(most, sum + size * unit);
            return sum < most;
        });
    return std::max(rules.least_bytes, sum == 0 ? 0 : sum + slack);
}

/// A line as it may be shown: without secrets, on one line, not too long.
std::string shown(std::string text, const AdoptRules& rules) {
    constexpr std::size_t longest = 500;
    constexpr std::string_view hidden = "***";
    // What crypt(5) makes, and the user of a URL (RFC 3986, 3.2.1), wherever they are.
    static const Pattern hash{R"((?<secret>\$[0-9a-z]+\$[^\s"']+))"};
    static const Pattern user{R"([a-z]://(?<secret>[^/\s"']*)@)"};
    for (const Pattern& secret : rules.secrets)
        text = secret.hide(text, hidden);
    text = user.hide(hash.hide(text, hidden), hidden);
    std::ranges::replace(text, '\n', ' ');
    text = std::string{trim(printable(text))};
    return text.size() <= longest ? text : text.substr(0, longest) + "...";
}

/// A text in a template: "${" begins a variable there.
std::string literal(std::string text) {
    for (std::size_t at = text.find("${"); at != std::string::npos; at = text.find("${", at + 3))
        text.insert(at, "$");
    return text;
}

}  // namespace

AdoptRules read_adopt_rules(const fs::path& file) {
    pugi::xml_document document;
    if (const auto result = document.load_file(file.c_str()); !result)
        throw Error{Fault::environment, format("cannot read {}: {} at byte {}", file.string(),
                                               result.description(), result.offset)};
    return in_context("reading " + file.string(),
                      [&] { return rules_of(document.document_element()); });
}

bool applies(const AdoptRule& rule, const AdoptedMachine& machine) {
    // A version that is no number is that of a system without releases: the newest.
    const auto major = to_number(split(machine.version, '.').front());
    return !major || *major >= rule.from;
}

std::optional<std::string> without_words(std::string_view value, const Pattern& pattern) {
    std::vector<std::string> kept;
    const std::vector<std::string_view> all = words(value);
    for (const std::string_view word : all)
        if (!pattern.matches(word))
            kept.emplace_back(word);
    return kept.size() == all.size() ? std::nullopt : std::optional{join(kept, " ")};
}

NewValue apply_to_value(const AdoptRule& rule, const std::string& value,
                        const AdoptedMachine& machine, std::string_view disk) {
    if (rule.action == Action::cut) {
        auto rest = without_words(value, rule.where);
        return {rest.has_value(), std::move(rest)};
    }
    if (rule.where && !rule.where.matches(value))
        return {};
    switch (rule.action) {
        case Action::drop:
            return {true, std::nullopt};
        case Action::set:
            return {value != rule.to, rule.to};
        case Action::disk: {
            auto renamed = renamed_disks(value, machine, disk);
            return {renamed != value, std::move(renamed)};
        }
        default:
            return {rule.action == Action::keep, value};
    }
}

std::optional<std::string> renamed_disks(std::string_view names, const AdoptedMachine& machine,
                                         std::string_view prefix) {
    if (machine.disks.size() < 2)
        return std::nullopt;
    std::vector<std::string> renamed;
    for (const std::string& name : disk_names(std::string{names})) {
        const auto known = std::ranges::find(machine.disks, name);
        if (known != machine.disks.end())
            renamed.push_back(
                format("{}{}", prefix, static_cast<char>('a' + (known - machine.disks.begin()))));
    }
    return join(renamed, names.find(',') == std::string_view::npos ? " " : ",");
}

std::optional<AdoptedMachine> recognize(std::string_view text, const fs::path& rules) {
    const AdoptRules known = read_adopt_rules(rules);
    if (!std::ranges::all_of(known.contents,
                             [&](const Pattern& content) { return content.matches(text); }))
        return std::nullopt;
    AdoptedMachine machine;
    for (const AdoptRules::Fact& fact : known.facts)
        tell(machine, fact, text);
    machine.disks = disks_of(known, text);
    return machine;
}

Adopted adopt(std::string_view text, std::string_view dialect, const fs::path& rules,
              const AdoptedMachine& machine) {
    const auto* const engine =
        std::ranges::find(adopters, dialect, &decltype(adopters)::value_type::first);
    if (engine == adopters.end())
        throw Error{Fault::environment,
                    format("answer files of the kind \"{}\" cannot be adopted", dialect)};
    const AdoptRules known = read_adopt_rules(rules);
    AdoptedText loosened = engine->second(text, known, machine);
    std::ranges::stable_sort(loosened.lines, {}, [](const AdoptedLine& line) {
        return line.line - 1;  // what has no line comes last
    });
    for (AdoptedLine& line : loosened.lines) {
        line.before = shown(line.before, known);
        line.after = shown(line.after, known);
    }
    const std::uint64_t bytes = disk_bytes(known, loosened.text);
    return {std::move(loosened.text), "." + known.suffix, std::move(loosened.lines), bytes};
}

std::string template_of(const AdoptedMachine& machine, const Adopted& adopted,
                        std::string_view name) {
    pugi::xml_document document;
    pugi::xml_node root = document.append_child("template");
    const auto add = [](pugi::xml_node to, const char* element, const std::string& text) {
        to.append_child(element).text().set(text.c_str());
    };
    add(root, "name", std::string{name});
    add(root, "description",
        literal(format("{} {}, adopted from {}", machine.system, machine.version,
                       machine.host.empty() ? "a machine" : machine.host)));
    pugi::xml_node os = root.append_child("os");
    add(os, "name", literal(machine.system));
    add(os, "version", literal(machine.version));
    add(os, "arch", machine.arch);
    const bool is_tree = machine.medium == "url";
    pugi::xml_node install = os.append_child("install");
    install.append_attribute("type") = is_tree ? "url" : "iso";
    if (machine.url.empty())
        add(install, is_tree ? "url" : "iso", is_tree ? "${url}" : "${iso}");
    else
        add(install, "url", literal(machine.url));
    if (!machine.firmware.empty())
        add(os, "firmware", machine.firmware);
    const std::size_t disks = std::max<std::size_t>(machine.disks.size(), 1);
    for (std::size_t i = 0; i < disks; ++i)
        add(root.append_child("disk"), "size",
            std::to_string((adopted.disk_bytes + gib - 1) / gib));
    std::ostringstream text;
    document.save(text, "  ", pugi::format_indent | pugi::format_no_declaration);
    return std::move(text).str();
}

}  // namespace glinda::answer
