#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace glinda::answer {

// The answer file that an installer leaves on the machine that it has installed, made fit to
// install the same system on another one. What ties such a file to its machine is data: the file
// adopt.xml of the family, after config/adopt.rng.

/// What the answer file of a machine tells of it. Texts are empty where it does not.
struct AdoptedMachine {
    std::string system;    ///< by the name that templates give it
    std::string version;   ///< of the system
    std::string codename;  ///< of the release, where the file has that instead of the version
    std::string arch;
    std::string host;                  ///< its name, without the domain
    std::string medium;                ///< "url": it was installed from a tree; else from an ISO
    std::string url;                   ///< of the tree
    std::string firmware;              ///< "efi" or "bios"
    std::vector<std::string> disks{};  ///< as it calls them, "sda"
};

/// A line of the file that was changed, dropped or added, or that is worth a look. Without secrets.
struct AdoptedLine {
    std::size_t line = 0;  ///< of the machine's file, from 1; 0: it has none
    std::string before;    ///< empty: added
    std::string after;     ///< empty: dropped; what was before: kept
    std::vector<std::string> reasons{};
};

/// An answer file that is tied to no machine.
struct Adopted {
    std::string text;                  ///< with the secrets of the machine's file
    std::string suffix;                ///< of its name: ".ks"
    std::vector<AdoptedLine> lines{};  ///< in the order of the machine's file, what is new last
    std::uint64_t disk_bytes = 0;      ///< that a disk should have for it
};

/// The most bytes that the answer file of a machine may have.
constexpr std::size_t adopt_limit = std::size_t{1} << 20U;

/// What a text tells of the machine whose answer file it is; nothing if it is no such file.
/// `rules` is the family's adopt.xml.
/// @throws Error (environment) that names the rules, if they cannot be read.
[[nodiscard]] std::optional<AdoptedMachine> recognize(std::string_view text,
                                                      const std::filesystem::path& rules);

/// Loosens an answer file in `dialect` from its machine, for the release that `machine` names.
/// @throws Error (usage) with the line, if the file cannot be read or changed; (environment) that
///         names the rules.
[[nodiscard]] Adopted adopt(std::string_view text, std::string_view dialect,
                            const std::filesystem::path& rules, const AdoptedMachine& machine);

/// A template (TDL) for `adopted`, which installs a system like the machine's. Its medium is the
/// variable ${iso} or
/// ${url} where the machine's file does not name it. `name` is the template's.
[[nodiscard]] std::string template_of(const AdoptedMachine& machine, const Adopted& adopted,
                                      std::string_view name);

}  // namespace glinda::answer
