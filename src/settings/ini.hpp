#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace glinda::settings {

/// A section's header.
struct Section {
    std::string name;
    int line = 0;
};

/// A key and its value as they stand in the file.
struct Entry {
    std::string section;
    std::string key;    ///< in lower case
    std::string value;  ///< not yet interpolated; '\n' where it goes on in a further line
    int line = 0;
};

/// A settings file in the syntax of Python's ConfigParser, with which Oz reads its own: '=' or ':'
/// after a key, whole-line comments by '#' or ';', keys in any case, a line that is indented more
/// than the key above it belongs to that key's value, keys of [DEFAULT] are in every section.
class IniFile {
public:
    /// `file` is for messages. @throws Error (usage) with file and line if `text` is no such file,
    /// or gives a key twice.
    IniFile(std::string_view text, std::filesystem::path file);

    [[nodiscard]] const std::vector<Section>& sections() const noexcept { return sections_; }
    [[nodiscard]] const std::vector<Entry>& entries() const noexcept { return entries_; }

    /// "FILE:LINE"
    [[nodiscard]] std::string place(int line) const;
    /// The entry of a section, or else that of [DEFAULT]; null if the file has no such section, or
    /// none of the two has the key.
    [[nodiscard]] const Entry* find(std::string_view section, std::string_view key) const;
    /// The value of an entry in a section: each %(name)s replaced by the value of that key of the
    /// section, each %% by %.
    /// @throws Error (usage) with file and line if a name is unknown or refers to itself.
    [[nodiscard]] std::string value(const Entry& entry, std::string_view section) const;
    /// Whether another entry's value needs a key.
    [[nodiscard]] bool is_referred_to(const Entry& entry) const;

private:
    void add_section(std::string_view name, int line);
    void add_entry(std::string_view text, int line);
    [[nodiscard]] std::string expand(const Entry& entry, std::string_view section,
                                     unsigned depth) const;

    std::filesystem::path file_;
    std::vector<Section> sections_;
    std::vector<Entry> entries_;
};

/// The section whose keys are in every other one.
inline constexpr std::string_view default_section = "DEFAULT";

}  // namespace glinda::settings
