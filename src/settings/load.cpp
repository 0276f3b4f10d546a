#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <utility>

#include "glinda/settings/settings.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/files.hpp"
#include "glinda/util/text.hpp"

namespace glinda::settings {
namespace {

/// A value and where it was given, for messages: "FILE:LINE" or "--set".
struct Given {
    std::string name;  ///< "section.key"
    std::string value;
    std::string place;
};

std::string name_of(const Key& key) {
    return format("{}.{}", key.section, key.name);
}

const Key* find(std::string_view name) {
    const auto all = keys();
    const auto found = std::ranges::find(all, name, name_of);
    return found == all.end() ? nullptr : &*found;
}

/// How many letters have to be added, taken away or replaced (Levenshtein).
std::size_t distance(std::string_view from, std::string_view to) {
    std::vector<std::size_t> row(to.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < from.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i + 1);
        for (std::size_t j = 0; j < to.size(); ++j) {
            const std::size_t replaced = diagonal + (from[i] == to[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row.back();
}

std::string unknown(const Given& given) {
    const auto all = keys();
    const Key& nearest = *std::ranges::min_element(
        all, {}, [&](const Key& key) { return distance(given.name, name_of(key)); });
    const std::string hint = distance(given.name, name_of(nearest)) <= 3
                                 ? format("; did you mean {}?", name_of(nearest))
                                 : "";
    return format("{}: there is no setting {}{}", given.place, given.name, hint);
}

Error wrong(const Given& given, std::string_view expected) {
    return Error{Fault::usage, format("{}: {} must be {}, not \"{}\"", given.place, given.name,
                                      expected, given.value)};
}

std::uint64_t number(const Given& given, std::string_view expected) {
    if (const auto value = to_number(given.value))
        return *value;
    throw wrong(given, expected);
}

/// Puts a value into its field, as the type of the field demands.
struct Assign {
    Settings& settings;
    const Given& given;
    const std::filesystem::path& home;

    void operator()(std::string Settings::*field) const { settings.*field = given.value; }
    void operator()(std::uint64_t Settings::*field) const {
        settings.*field = number(given, "a whole number");
    }
    void operator()(std::chrono::seconds Settings::*field) const {
        settings.*field = std::chrono::seconds{number(given, "a number of seconds")};
    }
    void operator()(bool Settings::*field) const {
        const std::string word = lower(given.value);
        if (word != "yes" && word != "true" && word != "no" && word != "false")
            throw wrong(given, "yes, no, true or false");
        settings.*field = word == "yes" || word == "true";
    }
    void operator()(std::filesystem::path Settings::*field) const {
        std::filesystem::path path = given.value;
        if (given.value == "~" || given.value.starts_with("~/"))
            path = home / given.value.substr(std::min<std::size_t>(2, given.value.size()));
        if (!path.empty() && !path.is_absolute())
            throw wrong(given, "an absolute path");
        settings.*field = path;
    }
};

void assign(Settings& settings, const Key& key, const Given& given,
            const Environment& environment) {
    std::visit(Assign{settings, given, environment.home}, key.field);
}

/// The entries of a file in the syntax of Python's ConfigParser, Oz's reader: '=' or ':' after a
/// key, whole-line comments by '#' or ';', keys in any case.
std::vector<Given> parse(std::string_view text, const std::filesystem::path& file) {
    std::vector<Given> entries;
    std::string section;
    int number = 0;
    for (const std::string_view raw : split(text, '\n')) {
        const std::string_view line = trim(raw);
        const std::string place = format("{}:{}", file.string(), ++number);
        if (line.empty() || line.front() == '#' || line.front() == ';')
            continue;
        if (line.front() == '[' && line.back() == ']') {
            section = line.substr(1, line.size() - 2);
            continue;
        }
        const auto sign = line.find_first_of("=:");
        if (section.empty() || sign == std::string_view::npos)
            throw Error{Fault::usage,
                        format("{}: \"{}\" is neither a section nor a setting", place, line),
                        {"a settings file has lines such as [libvirt] and below it memory = 2048"}};
        entries.push_back({format("{}.{}", section, lower(trim(line.substr(0, sign)))),
                           std::string{trim(line.substr(sign + 1))}, place});
    }
    return entries;
}

/// "section.key=value"
Given parse_override(std::string_view text) {
    const auto sign = text.find('=');
    const std::string place = format("--set {}", text);
    if (sign == std::string_view::npos)
        throw Error{
            Fault::usage, place + ": the value is missing", {"write --set section.key=value"}};
    return {lower(trim(text.substr(0, sign))), std::string{trim(text.substr(sign + 1))}, place};
}

std::filesystem::path first_existing(const Environment& environment) {
    for (auto file : {environment.config_home / "glinda/glinda.cfg",
                      environment.system_config / "glinda/glinda.cfg",
                      environment.home / ".oz/oz.cfg", environment.system_config / "oz/oz.cfg"}) {
        std::error_code ignored;
        if (std::filesystem::exists(file, ignored))
            return file;
    }
    return {};
}

}  // namespace

Environment Environment::current() {
    const char* const config = std::getenv("XDG_CONFIG_HOME");
    const auto home = expand_home("~");
    return {.home = home,
            .config_home = config != nullptr && *config == '/' ? std::filesystem::path{config}
                                                               : home / ".config",
            .root = ::geteuid() == 0};
}

Loaded load(const std::optional<std::filesystem::path>& file,
            const std::vector<std::string>& overrides, const Environment& environment) {
    Loaded loaded;
    for (const Key& key : keys()) {
        const bool roots = environment.root && !key.default_for_root.empty();
        assign(loaded.settings, key,
               {name_of(key), std::string{roots ? key.default_for_root : key.default_value},
                "built in"},
               environment);
    }
    loaded.file = file.value_or(first_existing(environment));
    if (!loaded.file.empty()) {
        for (const Given& given : parse(read_file(loaded.file, Fault::usage), loaded.file)) {
            if (const Key* const key = find(given.name))
                assign(loaded.settings, *key, given, environment);
            else
                loaded.warnings.push_back(unknown(given));
        }
    }
    for (const std::string& override : overrides) {
        const Given given = parse_override(override);
        const Key* const key = find(given.name);
        if (key == nullptr)
            throw Error{Fault::usage, unknown(given)};
        assign(loaded.settings, *key, given, environment);
    }
    return loaded;
}

}  // namespace glinda::settings
