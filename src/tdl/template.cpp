#include "glinda/tdl/template.hpp"

#include <algorithm>
#include <array>
#include <pugixml.hpp>

#include "glinda/util/error.hpp"
#include "glinda/util/files.hpp"
#include "glinda/util/text.hpp"
#include "schema.hpp"

namespace glinda::tdl {
namespace {

constexpr std::array<std::string_view, 7> architectures{"i386",    "x86_64", "ppc64", "ppc64le",
                                                        "aarch64", "armv7l", "s390x"};

/// A parsed template and the means to say where in its file something stands.
class Document {
public:
    Document(std::filesystem::path file, std::string text)
        : file_{std::move(file)}, text_{std::move(text)} {
        const pugi::xml_parse_result result = xml_.load_buffer(text_.data(), text_.size());
        if (!result)
            throw wrong(result.offset, result.description());
    }

    [[nodiscard]] pugi::xml_node root() const { return xml_.document_element(); }

    /// The error for what is wrong with `node`.
    [[nodiscard]] Error wrong(const pugi::xml_node& node, std::string_view what) const {
        return wrong(node.offset_debug(), format("<{}> {}", node.name(), what));
    }

private:
    [[nodiscard]] Error wrong(std::ptrdiff_t offset, std::string_view what) const {
        const auto end = text_.begin() + std::clamp<std::ptrdiff_t>(
                                             offset, 0, static_cast<std::ptrdiff_t>(text_.size()));
        return {Fault::usage, format("{}:{}: {}", file_.string(),
                                     1 + std::count(text_.begin(), end, '\n'), what)};
    }

    std::filesystem::path file_;
    std::string text_;
    pugi::xml_document xml_;
};

std::string text_of(const pugi::xml_node& node) {
    return std::string{trim(node.text().get())};
}

std::optional<std::string> optional_text(const pugi::xml_node& node) {
    return node ? std::optional{text_of(node)} : std::nullopt;
}

std::string required_text(const Document& document, const pugi::xml_node& node) {
    std::string text = text_of(node);
    if (text.empty())
        throw document.wrong(node, "is empty");
    return text;
}

/// The name becomes a file's and a domain's.
std::string read_name(const Document& document, const pugi::xml_node& node) {
    std::string name = required_text(document, node);
    const bool plain = std::ranges::all_of(
        name, [](char c) { return static_cast<unsigned char>(c) > 0x20 && c != 0x7f && c != '/'; });
    if (!plain || name.starts_with('.') || name.size() > 200)
        throw document.wrong(node, format("must do as the name of a file: no slashes, blanks or "
                                          "control characters, no dot at the start, at most 200 "
                                          "characters; it is \"{}\"",
                                          name));
    return name;
}

std::string read_arch(const Document& document, const pugi::xml_node& node) {
    std::string arch = text_of(node);
    if (std::ranges::find(architectures, arch) == architectures.end())
        throw document.wrong(node,
                             format("is \"{}\", but must be one of {}", arch,
                                    join({architectures.begin(), architectures.end()}, ", ")));
    return arch;
}

void read_install(const Document& document, const pugi::xml_node& install, Template& result) {
    const bool iso = install.attribute("type").value() == std::string_view{"iso"};
    result.install_type = iso ? InstallType::iso : InstallType::url;
    result.location = required_text(document, install.child(iso ? "iso" : "url"));
    for (const char* algorithm : {"md5", "sha1", "sha256"}) {
        if (const pugi::xml_node sum = install.child((std::string{algorithm} + "sum").c_str()))
            result.checksum = ChecksumFile{algorithm, required_text(document, sum)};
    }
    if (install.child("extras"))
        result.customizations.emplace_back("extras");
}

std::uint64_t read_disk_size(const Document& document, const pugi::xml_node& size) {
    const auto bytes = to_bytes(text_of(size));
    if (!bytes || *bytes == 0)
        throw document.wrong(size, format("is \"{}\", but must be a whole number of GiB, or one "
                                          "with a unit, such as 10G, 500MB or 16GiB",
                                          text_of(size)));
    return *bytes;
}

}  // namespace

std::optional<std::uint64_t> to_bytes(std::string_view size) {
    const std::size_t digits = std::min(size.find_first_not_of("0123456789"), size.size());
    const auto number = to_number(size.substr(0, digits));
    if (!number)
        return std::nullopt;
    const std::string unit = lower(trim(size.substr(digits)));
    constexpr std::string_view prefixes = "kmgtpezy";
    std::size_t power = 0;
    std::uint64_t base = 1024;
    if (unit.empty() || unit == "g") {
        power = 3;
    } else if (unit == "t") {
        power = 4;
    } else if (unit != "b") {
        power = prefixes.find(unit.front()) + 1;  // npos + 1 is 0
        if (power == 0 || (unit.substr(1) != "b" && unit.substr(1) != "ib"))
            return std::nullopt;
        base = unit.size() == 2 ? 1000 : 1024;
    }
    std::uint64_t bytes = *number;
    for (; power > 0; --power) {
        if (__builtin_mul_overflow(bytes, base, &bytes))
            return std::nullopt;
    }
    return bytes;
}

Template read_template(const std::filesystem::path& file, const std::filesystem::path& schema) {
    constexpr std::size_t limit = std::size_t{16} << 20U;
    std::string text = read_file(file, Fault::usage, limit);
    if (const auto complaint = check_schema(text, schema))
        throw Error{Fault::usage,
                    format("{}:{}: {}", file.string(), complaint->line, complaint->message),
                    {"the grammar of templates is " + schema.string()}};

    const Document document{file, std::move(text)};
    const pugi::xml_node root = document.root();
    const pugi::xml_node os = root.child("os");
    Template result;
    result.file = std::filesystem::absolute(file);
    result.name = read_name(document, root.child("name"));
    result.description = text_of(root.child("description"));
    result.os = required_text(document, os.child("name"));
    result.version = required_text(document, os.child("version"));
    result.arch = read_arch(document, os.child("arch"));
    read_install(document, os.child("install"), result);
    result.root_password = optional_text(os.child("rootpw"));
    result.key = optional_text(os.child("key"));
    result.kernel_parameters = text_of(os.child("kernelparam"));
    if (const pugi::xml_node size = root.child("disk").child("size"); !text_of(size).empty())
        result.disk_size = read_disk_size(document, size);
    for (const pugi::xml_node& package : root.child("packages").children("package")) {
        result.packages.push_back({.name = package.attribute("name").value(),
                                   .repository = optional_text(package.child("repository")),
                                   .file = optional_text(package.child("file")),
                                   .arguments = optional_text(package.child("arguments"))});
    }
    for (const char* section : {"files", "precommands", "commands", "repositories"}) {
        if (root.child(section).first_child())
            result.customizations.emplace_back(section);
    }
    return result;
}

}  // namespace glinda::tdl
