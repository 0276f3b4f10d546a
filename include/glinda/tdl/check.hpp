#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "glinda/tdl/schema.hpp"

namespace glinda::tdl {

/// What a text must be like. White space around it does not matter, as nowhere in a template.
struct Expectation {
    enum class Match { exact, contains, pattern };
    Match match = Match::exact;
    std::string text;  ///< a pattern is PCRE's, its ^ and $ are those of lines
};

/// A script that must end in a certain way.
struct CommandCheck {
    std::string name;
    std::string script;
    int status = 0;
    std::optional<Expectation> output{};
};

/// A file or a folder that must be there, or must not.
struct FileCheck {
    std::string name;
    bool present = true;
    std::optional<unsigned> mode{};      ///< permission bits
    std::optional<std::string> owner{};  ///< "user" or "user:group"
    std::optional<Expectation> content{};
};

struct PackageCheck {
    std::string name;
    bool present = true;
};

/// A TCP port that something in the guest listens on, or nothing.
struct PortCheck {
    std::uint16_t number = 0;
    bool open = true;
};

struct ServiceCheck {
    std::string name;
    bool active = true;
};

/// What must be true of a finished image.
using Check = std::variant<CommandCheck, FileCheck, PackageCheck, PortCheck, ServiceCheck>;

/// Reads a file of checks: the XML of a `<tests>` element, which a template may have as well.
/// @throws InvalidTemplate, Error as read_template() does.
[[nodiscard]] std::vector<Check> read_checks(const std::filesystem::path& file,
                                             const std::filesystem::path& schema);

}  // namespace glinda::tdl
