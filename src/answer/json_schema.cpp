#include "json_schema.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "glinda/util/error.hpp"
#include "glinda/util/files.hpp"
#include "glinda/util/text.hpp"
#include "nearest.hpp"
#include "rulebook.hpp"

namespace glinda::answer {
namespace {

using nlohmann::json;

/// A type of JSON Schema, what a person calls it, and the kinds of a tree's node that it takes.
struct Type {
    std::string_view words;
    std::vector<std::string_view> kinds;
};
const std::map<std::string, Type, std::less<>>& types() {
    static const std::map<std::string, Type, std::less<>> all{
        {"array", {"a list", {"list"}}},
        {"boolean", {"true or false", {"bool"}}},
        {"integer", {"a whole number", {"int"}}},
        {"null", {"nothing", {"null"}}},
        {"number", {"a number", {"int", "float"}}},
        {"object", {"a map", {"map"}}},
        {"string", {"a text", {"string"}}}};
    return all;
}

std::string_view words_of_kind(std::string_view kind) {
    for (const auto& [name, type] : types())
        if (type.kinds.front() == kind)
            return type.words;
    return "a number";
}

/// The types that a schema names: one, or a list.
std::vector<std::string> types_of(const json& schema) {
    const auto type = schema.find("type");
    if (type == schema.end())
        return {};
    return type->is_array() ? type->get<std::vector<std::string>>()
                            : std::vector<std::string>{type->get<std::string>()};
}

const json& member(const json& schema, const char* name, const json& otherwise) {
    const auto found = schema.find(name);
    return found == schema.end() ? otherwise : *found;
}

std::string mend_of(const json& schema, std::string otherwise) {
    return schema.value("x-mend", std::move(otherwise));
}

/// Walks through a tree and its schema.
class Checker {
public:
    Checker(const json& root, const LintTarget& target) : root_{root}, target_{target} {}

    [[nodiscard]] std::vector<Finding> check(const pugi::xml_node& node, const json& any_schema,
                                             const std::string& path) const {
        const json& schema = resolved(any_schema);
        if (const auto choices = schema.find("anyOf"); choices != schema.end())
            return check_choices(node, *choices, path);
        std::vector<Finding> findings = check_type(node, schema, path);
        if (!findings.empty())
            return findings;
        const std::string_view kind = node.attribute("kind").value();
        if (kind == "map")
            check_map(node, schema, path, findings);
        else if (kind == "list")
            check_list(node, schema, path, findings);
        else
            check_value(node, schema, path, findings);
        return findings;
    }

private:
    [[nodiscard]] const json& resolved(const json& schema) const {
        const auto reference = schema.find("$ref");
        return reference == schema.end()
                   ? schema
                   : root_.at(json::json_pointer{reference->get<std::string>().substr(1)});
    }

    /// Nothing if one choice fits; else what is said of the one that fits best.
    [[nodiscard]] std::vector<Finding> check_choices(const pugi::xml_node& node,
                                                     const json& choices,
                                                     const std::string& path) const {
        std::vector<Finding> best;
        bool is_first = true;
        bool is_type_right = false;
        for (const json& choice : choices) {
            std::vector<Finding> findings = check(node, choice, path);
            if (findings.empty())
                return {};
            const bool fits = check_type(node, resolved(choice), path).empty();
            if (is_first || (fits && (!is_type_right || findings.size() < best.size())))
                best = std::move(findings);
            is_type_right = is_type_right || fits;
            is_first = false;
        }
        return best;
    }

    static std::vector<Finding> check_type(const pugi::xml_node& node, const json& schema,
                                           const std::string& path) {
        const std::vector<std::string> wanted = types_of(schema);
        const std::string_view kind = node.attribute("kind").value();
        std::vector<std::string> names;
        for (const std::string& name : wanted) {
            const Type& type = types().at(name);
            if (std::ranges::find(type.kinds, kind) != type.kinds.end())
                return {};
            names.emplace_back(type.words);
        }
        if (wanted.empty())
            return {};
        const bool quotes = wanted.front() == "string" && kind != "map" && kind != "list";
        return {{Finding::Severity::error, line_of(node),
                 format("{} is {}, not {}", path, join(names, " or "), words_of_kind(kind)), "",
                 mend_of(schema, quotes ? "put it in quotes" : "write " + join(names, " or "))}};
    }

    void check_map(const pugi::xml_node& node, const json& schema, const std::string& path,
                   std::vector<Finding>& findings) const {
        static const json none = json::object();
        static const json anything = true;
        const json& properties = member(schema, "properties", none);
        const json& others = member(schema, "additionalProperties", anything);
        const bool is_open = schema.value("x-unknown", "") == "warning";
        const auto severity =
            others == false ? Finding::Severity::error : Finding::Severity::warning;
        std::set<std::string, std::less<>> present;
        for (const pugi::xml_node& child : node.children()) {
            if (child.type() != pugi::node_element)
                continue;
            const std::string name = child.name();
            const std::string inner = path.empty() ? printable(name) : path + "." + printable(name);
            present.insert(name);
            if (const auto property = properties.find(name); property != properties.end())
                check_property(child, resolved(*property), inner, severity, findings);
            else if (others.is_object())
                append(findings, check(child, others, inner));
            else if ((others == false || is_open) && name != "<<")
                present.insert(complain_of_unknown(child, properties, inner, severity, findings));
        }
        if (!present.contains("<<"))  // else the rest comes from there
            check_required(node, schema, path, present, findings);
    }

    void check_required(const pugi::xml_node& node, const json& schema, const std::string& path,
                        const std::set<std::string, std::less<>>& present,
                        std::vector<Finding>& findings) const {
        const auto required = schema.find("required");
        if (required == schema.end())
            return;
        for (const std::string& name : required->get<std::vector<std::string>>())
            if (!present.contains(name))
                findings.push_back(
                    {Finding::Severity::error, line_of(node),
                     format("{}{}{} is missing", path, path.empty() ? "" : ".", name), "",
                     mend_of(resolved(schema.at("properties").at(name)), "add it")});
    }

    void check_property(const pugi::xml_node& node, const json& schema, const std::string& path,
                        Finding::Severity severity, std::vector<Finding>& findings) const {
        const std::string since = schema.value("x-since", "");
        if (!since.empty() && version_number(target_.version) < version_number(since))
            findings.push_back({severity, line_of(node),
                                format("{} exists since {} {} only", path, target_.system, since),
                                "", mend_of(schema, "take it away")});
        else if (schema.value("deprecated", false))
            findings.push_back({Finding::Severity::warning, line_of(node),
                                format("{} is out of date", path), "",
                                mend_of(schema, "take it away")});
        append(findings, check(node, schema, path));
    }

    void check_list(const pugi::xml_node& node, const json& schema, const std::string& path,
                    std::vector<Finding>& findings) const {
        const auto items = schema.find("items");
        if (items == schema.end())
            return;
        for (const pugi::xml_node& child : node.children("item"))
            append(findings, check(child, *items, path + "[]"));
    }

    static void check_value(const pugi::xml_node& node, const json& schema, const std::string& path,
                            std::vector<Finding>& findings) {
        const std::string text = node.text().get();
        const std::string shown = printable(text.substr(0, 60));
        std::vector<std::string> choices;
        for (const json& choice : schema.value("enum", json::array()))
            choices.push_back(choice.is_string() ? choice.get<std::string>() : choice.dump());
        if (!choices.empty() && std::ranges::find(choices, text) == choices.end())
            findings.push_back({Finding::Severity::error, line_of(node),
                                format("{} cannot be \"{}\"", path, shown), "",
                                "write " + join(choices, " or ")});
        const double number = node.text().as_double();
        if (number < schema.value("minimum", number) || number > schema.value("maximum", number))
            findings.push_back({Finding::Severity::error, line_of(node),
                                format("{} cannot be {}", path, shown), "",
                                mend_of(schema, "write another number")});
    }

    /// Gives the key that was meant, if one is similar: it is then not missing as well.
    static std::string complain_of_unknown(const pugi::xml_node& node, const json& properties,
                                           const std::string& path, Finding::Severity severity,
                                           std::vector<Finding>& findings) {
        std::vector<std::string> names;
        for (const auto& [known, schema] : properties.items())
            names.push_back(known);
        constexpr std::size_t enough = 200;  // to look for what was meant takes its time
        std::string similar = findings.size() > enough ? "" : nearest(node.name(), names);
        findings.push_back({severity, line_of(node), format("there is no key {}", path), "",
                            similar.empty() ? "take it away: nothing reads it"
                                            : format("did you mean {}?", similar)});
        return similar;
    }

    static void append(std::vector<Finding>& findings, std::vector<Finding> more) {
        std::ranges::move(more, std::back_inserter(findings));
    }

    const json& root_;
    const LintTarget& target_;
};

}  // namespace

std::vector<Finding> check_schema(const pugi::xml_node& node, const std::filesystem::path& file,
                                  const LintTarget& target) {
    try {
        const json schema = json::parse(read_file(file));
        return Checker{schema, target}.check(node, schema, "");
    } catch (const json::exception& failure) {
        throw Error{Fault::environment,
                    format("{} is no JSON schema: {}", file.string(), failure.what())};
    }
}

}  // namespace glinda::answer
