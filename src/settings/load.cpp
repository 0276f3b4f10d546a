#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <utility>

#include "glinda/settings/settings.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/files.hpp"
#include "glinda/util/text.hpp"
#include "ini.hpp"

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

std::string_view key_of(std::string_view name) {
    return name.substr(name.find('.') + 1);
}

/// "; did you mean …?" with the most similar name, if there is one. A key in a wrong section is
/// similar to that key.
std::string nearest(std::string_view given, const std::vector<std::string>& names) {
    // Half of a short name is another name.
    std::size_t best = std::min<std::size_t>(4, key_of(given).size() / 2 + 1);
    std::string hint;
    for (const std::string& name : names) {
        const std::size_t unlike =
            std::min(edit_distance(given, name), edit_distance(key_of(given), key_of(name)) + 1);
        if (unlike < best) {
            best = unlike;
            hint = format("; did you mean {}?", name);
        }
    }
    return hint;
}

std::string no_setting(std::string_view place, std::string_view name) {
    std::vector<std::string> names;
    std::ranges::transform(keys(), std::back_inserter(names), name_of);
    return format("{}: there is no setting {}{}", place, name, nearest(name, names));
}

std::string no_section(std::string_view place, std::string_view name) {
    std::vector<std::string> names;
    for (const Key& key : keys())
        names.emplace_back(key.section);
    return format("{}: there is no section {}{}", place, name, nearest(name, names));
}

bool is_section(std::string_view name) {
    return std::ranges::find(keys(), name, &Key::section) != keys().end();
}

Error wrong(const Given& given, std::string_view expected) {
    return Error{Fault::usage, format("{}: {} must be {}, not \"{}\"", given.place, given.name,
                                      expected, given.value)};
}

/// A number of 32 bits, which no arithmetic with it overflows.
std::uint64_t number(const Given& given, std::uint64_t least, std::string_view expected) {
    const auto value = to_number(given.value);
    if (value && *value >= least && *value <= std::numeric_limits<std::uint32_t>::max())
        return *value;
    throw wrong(given, expected);
}

/// A path in which ~ stands for the home.
std::filesystem::path in_home(const std::string& path, const std::filesystem::path& home) {
    if (path == "~" || path.starts_with("~/"))
        return home / path.substr(std::min<std::size_t>(2, path.size()));
    return path;
}

/// Puts a value into its field, as the type of the field demands.
struct Assign {
    Settings& settings;
    const Given& given;
    const std::filesystem::path& home;

    void operator()(std::string Settings::*field) const { settings.*field = given.value; }
    void operator()(std::uint64_t Settings::*field) const {
        settings.*field = number(given, 1, "a whole number above 0");
    }
    void operator()(std::chrono::seconds Settings::*field) const {
        settings.*field = std::chrono::seconds{number(given, 0, "a number of seconds")};
    }
    void operator()(bool Settings::*field) const {
        const std::string word = lower(given.value);
        if (word != "yes" && word != "true" && word != "no" && word != "false")
            throw wrong(given, "yes, no, true or false");
        settings.*field = word == "yes" || word == "true";
    }
    void operator()(std::filesystem::path Settings::*field) const {
        const std::filesystem::path path = in_home(given.value, home);
        if (!path.empty() && !path.is_absolute())
            throw wrong(given, "an absolute path");
        settings.*field = path;
    }
};

void assign(Settings& settings, const Key& key, const Given& given,
            const Environment& environment) {
    if (given.value.find('\n') != std::string::npos)
        throw Error{Fault::usage, format("{}: {} goes on in the next line, as that is indented "
                                         "more; no setting has two lines",
                                         given.place, given.name)};
    std::visit(Assign{settings, given, environment.home}, key.field);
}

Settings built_in(const Environment& environment) {
    Settings settings;
    for (const Key& key : keys()) {
        const bool roots = environment.root && !key.default_for_root.empty();
        const std::string_view value = roots ? key.default_for_root : key.default_value;
        assign(settings, key, {name_of(key), std::string{value}, "built in"}, environment);
    }
    return settings;
}

/// Puts a value that somebody gave into its field.
void take(Loaded& loaded, const Key& key, const Given& given, const Environment& environment) {
    assign(loaded.settings, key, given, environment);
    const Settings usual = built_in(environment);
    const bool changed =
        std::visit([&](auto field) { return loaded.settings.*field != usual.*field; }, key.field);
    if (changed && key.effect == Key::Effect::later)
        loaded.warnings.push_back(format("{}: {} has no effect yet", given.place, given.name));
}

void take_file(Loaded& loaded, const Environment& environment) {
    const IniFile file{read_file(loaded.file, Fault::usage), loaded.file};
    for (const Section& section : file.sections())
        if (!is_section(section.name) && section.name != default_section)
            loaded.warnings.push_back(no_section(file.place(section.line), section.name));
    for (const Entry& entry : file.entries()) {
        const std::string name = format("{}.{}", entry.section, entry.key);
        // A key that only helps to write others is the file's own business.
        if (is_section(entry.section) && find(name) == nullptr && !file.is_referred_to(entry))
            loaded.warnings.push_back(no_setting(file.place(entry.line), name));
    }
    for (const Key& key : keys())
        if (const Entry* const entry = file.find(key.section, key.name))
            take(loaded, key,
                 {name_of(key), file.value(*entry, key.section), file.place(entry->line)},
                 environment);
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
    loaded.settings = built_in(environment);
    loaded.file = file ? in_home(file->string(), environment.home) : first_existing(environment);
    if (!loaded.file.empty())
        take_file(loaded, environment);
    for (const std::string& override : overrides) {
        const Given given = parse_override(override);
        const Key* const key = find(given.name);
        if (key == nullptr)
            throw Error{Fault::usage, no_setting(given.place, given.name)};
        take(loaded, *key, given, environment);
    }
    return loaded;
}

}  // namespace glinda::settings
