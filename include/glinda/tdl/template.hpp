#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace glinda::tdl {

enum class InstallType { url, iso };

/// The file of checksums that a template names for its ISO.
struct ChecksumFile {
    std::string algorithm;  ///< "md5", "sha1" or "sha256"
    std::string location;   ///< URL or path of the file that lists the checksum
};

/// A package that is wanted in the image.
struct Package {
    std::string name;
    std::optional<std::string> repository;
    std::optional<std::string> file;
    std::optional<std::string> arguments;
};

/// What a person asks for: one system, installed from one medium. Values are as written, without
/// the white space around them; see config/tdl.rng for the grammar.
struct Template {
    std::filesystem::path file;  ///< where it was read; relative locations start at its folder
    std::string name;            ///< of the image and of the domain; usable as a file name
    std::string description;
    std::string os;       ///< the name that the catalog knows it by
    std::string version;  ///< "13", "9.4", "GOLD" …
    std::string arch;     ///< "x86_64" …
    InstallType install_type = InstallType::url;
    std::string location;  ///< URL or path of the tree or of the ISO
    std::optional<ChecksumFile> checksum;
    std::optional<std::string> root_password;
    std::optional<std::string> key;
    std::string kernel_parameters;
    std::uint64_t disk_size = std::uint64_t{10} << 30U;  ///< bytes
    std::vector<Package> packages;
    /// Sections that only the customisation of the finished image can honour: "files" …
    std::vector<std::string> customizations;
};

/// Reads a template: checks it against `schema` (config/tdl.rng), then by its meaning.
/// @throws Error (usage) that says file, line, element, what is wrong and what would be right.
[[nodiscard]] Template read_template(const std::filesystem::path& file,
                                     const std::filesystem::path& schema);

/// The bytes that a disk size means: a number of GiB, or one with a unit: B, G, T (binary), KB …
/// YB (decimal), KiB … YiB. @returns nothing if it is no such size or too large.
[[nodiscard]] std::optional<std::uint64_t> to_bytes(std::string_view size);

}  // namespace glinda::tdl
