#include "ini.hpp"

#include <algorithm>
#include <utility>

#include "glinda/util/error.hpp"
#include "glinda/util/text.hpp"

namespace glinda::settings {

IniFile::IniFile(std::string_view text, std::filesystem::path file) : file_{std::move(file)} {
    bool in_value = false;
    std::ptrdiff_t indentation = 0;
    int number = 0;
    for (const std::string_view raw : split(text, '\n')) {
        ++number;
        const std::string_view line = trim(raw);
        if (line.empty() || line.front() == '#' || line.front() == ';')
            continue;
        const std::ptrdiff_t start = line.data() - raw.data();
        if (in_value && start > indentation) {
            std::string& value = entries_.back().value;
            value += (value.empty() ? "" : "\n") + std::string{line};
            continue;
        }
        indentation = start;
        // What stands behind the bracket is ignored, as Python does.
        const std::size_t bracket = line.front() == '[' ? line.rfind(']') : std::string_view::npos;
        in_value = bracket == std::string_view::npos;
        if (in_value)
            add_entry(line, number);
        else
            add_section(line.substr(1, bracket - 1), number);
    }
}

void IniFile::add_section(std::string_view name, int line) {
    sections_.push_back({std::string{name}, line});
}

void IniFile::add_entry(std::string_view text, int line) {
    const std::size_t sign = text.find_first_of("=:");
    if (sections_.empty() || sign == 0 || sign == std::string_view::npos)
        throw Error{Fault::usage,
                    format("{}: \"{}\" is neither a section nor a setting", place(line), text),
                    {"a settings file has lines such as [libvirt] and below it memory = 2048"}};
    const std::string key = lower(trim(text.substr(0, sign)));
    const std::string& section = sections_.back().name;
    const auto first = std::ranges::find_if(
        entries_, [&](const Entry& entry) { return entry.section == section && entry.key == key; });
    if (first != entries_.end())
        throw Error{Fault::usage, format("{}: {}.{} stands in line {} already", place(line),
                                         section, key, first->line)};
    entries_.push_back({section, key, std::string{trim(text.substr(sign + 1))}, line});
}

std::string IniFile::place(int line) const {
    return format("{}:{}", file_.string(), line);
}

const Entry* IniFile::find(std::string_view section, std::string_view key) const {
    if (std::ranges::find(sections_, section, &Section::name) == sections_.end())
        return nullptr;
    for (const std::string_view wanted : {section, default_section})
        for (const Entry& entry : entries_)
            if (entry.section == wanted && entry.key == key)
                return &entry;
    return nullptr;
}

std::string IniFile::value(const Entry& entry, std::string_view section) const {
    return expand(entry, section, 0);
}

std::string IniFile::expand(const Entry& entry, std::string_view section, unsigned depth) const {
    constexpr unsigned deepest = 10;  // Python's limit
    const auto wrong = [&](std::string_view what) {
        return Error{Fault::usage,
                     format("{}: {}.{} {}", place(entry.line), section, entry.key, what)};
    };
    if (depth == deepest)
        throw wrong("refers to itself");
    std::string result;
    std::string_view rest = entry.value;
    for (std::size_t sign = 0; (sign = rest.find('%')) != std::string_view::npos;) {
        result += rest.substr(0, sign);
        rest.remove_prefix(sign + 1);
        if (rest.starts_with('%')) {
            result += '%';
            rest.remove_prefix(1);
            continue;
        }
        const std::size_t end = rest.find(")s");
        if (!rest.starts_with('(') || end == std::string_view::npos)
            throw wrong("has a % that starts no %(name)s; for the sign itself, write %%");
        const std::string name = lower(rest.substr(1, end - 1));
        const Entry* const other = find(section, name);
        if (other == nullptr)
            throw wrong(format("refers to {}, which is not in its section", name));
        result += expand(*other, section, depth + 1);
        rest.remove_prefix(end + 2);
    }
    return result += rest;
}

bool IniFile::is_referred_to(const Entry& entry) const {
    const std::string reference = format("%({})s", entry.key);
    return std::ranges::any_of(entries_, [&](const Entry& other) {
        return lower(other.value).find(reference) != std::string::npos;
    });
}

}  // namespace glinda::settings
