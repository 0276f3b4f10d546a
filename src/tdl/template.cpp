#include "glinda/tdl/template.hpp"

#include <algorithm>
#include <set>

#include "glinda/util/files.hpp"
#include "glinda/util/text.hpp"
#include "reading.hpp"

namespace glinda::tdl {
namespace {

namespace fs = std::filesystem;

/// Oz's first, then what else QEMU can be, as libvirt spells it.
const std::vector<std::string> architectures{
    "i386",     "x86_64", "ppc64",       "ppc64le", "aarch64", "armv7l", "s390x",
    "alpha",    "armv6l", "loongarch64", "m68k",    "mips",    "mips64", "mipsel",
    "mips64el", "parisc", "ppc",         "riscv64", "sparc64"};

/// The name becomes a file's and a domain's.
std::string read_name(const Document& document, const xmlNode& element) {
    std::string name = filled_text(document, element);
    const bool plain = std::ranges::all_of(
        name, [](char c) { return static_cast<unsigned char>(c) > 0x20 && c != 0x7f && c != '/'; });
    if (!plain || name.starts_with('.') || name.size() > 200)
        throw document.wrong(element,
                             format("must do as the name of a file: no slashes, blanks or control "
                                    "characters, no dot at the start, at most 200 characters; it "
                                    "is {}",
                                    quote(name)));
    return name;
}

std::string read_arch(const Document& document, const xmlNode& element) {
    std::string arch = text_of(element);
    if (std::ranges::find(architectures, arch) == architectures.end())
        throw document.wrong(element, format("is {}, but must be one of {}", quote(arch),
                                             join(architectures, ", ")));
    return arch;
}

Checksum read_checksum(const Document& document, const xmlNode& element) {
    std::string algorithm{name_of(element)};
    std::string text = filled_text(document, element);
    constexpr std::string_view in_a_file = "sum";
    if (algorithm.ends_with(in_a_file)) {
        algorithm.resize(algorithm.size() - in_a_file.size());
        return {.algorithm = algorithm, .location = text, .digest = {}};
    }
    text = lower(text);
    const std::size_t digits = algorithm == "sha512" ? 128 : 64;
    if (text.size() != digits || text.find_first_not_of("0123456789abcdef") != std::string::npos)
        throw document.wrong(
            element, format("must be {} hexadecimal digits; it is {}", digits, quote(text)));
    return {.algorithm = algorithm, .location = {}, .digest = text};
}

std::vector<Extra> read_extras(const Document& document, const xmlNode& section) {
    std::vector<Extra> extras;
    for (const xmlNode* node = section.children; node != nullptr; node = node->next)
        if (is_element(*node))
            extras.push_back(
                {.kind = name_of(*node) == "file" ? Extra::Kind::file : Extra::Kind::directory,
                 .source = filled_attribute(document, *node, "source"),
                 .destination = filled_attribute(document, *node, "destination")});
    if (extras.empty())
        throw document.wrong(section, "is empty: it must have a <file> or a <directory>");
    return extras;
}

void read_iso(const Document& document, const xmlNode& install, Template& result) {
    for (const char* name : {"md5sum", "sha1sum", "sha256sum", "sha512sum", "sha256", "sha512"}) {
        const xmlNode* element = find_child(document, install, name);
        if (element != nullptr && result.checksum)
            throw document.wrong(*element, "is one too many: an ISO may have one checksum");
        if (element != nullptr)
            result.checksum = read_checksum(document, *element);
    }
    if (const xmlNode* key = find_child(document, install, "gpgkey"))
        result.signature = Signature{.key = filled_text(document, *key),
                                     .location = attribute(*key, "signature").value_or("")};
    if (const xmlNode* extras = find_child(document, install, "extras"))
        result.extras = read_extras(document, *extras);
}

void read_install(const Document& document, const xmlNode& install, Template& result) {
    const std::string type = choice_attribute(document, install, "type", {"url", "iso"});
    if (type.empty())
        throw document.wrong(install, "has no type: url or iso");
    result.install_type = type == "iso" ? InstallType::iso : InstallType::url;
    result.location = filled_text(document, child(document, install, type));
    for (const xmlNode* node = install.children; node != nullptr; node = node->next)
        if (is_element(*node) && name_of(*node) != type &&
            (type == "url" || name_of(*node) == "url"))
            throw document.wrong(*node,
                                 format("has no place in an <install> of the type {}", type));
    read_iso(document, install, result);
}

std::optional<Password> read_password(const Document& document, const xmlNode* element) {
    if (element == nullptr)
        return std::nullopt;
    const bool hash = choice_attribute(document, *element, "type", {"plain", "hash"}) == "hash";
    std::string text = text_of(*element);
    if (text.empty() && !hash)
        return std::nullopt;
    // crypt(5): no colon, no white space; all that are any good start with a dollar.
    const bool plain = text.find_first_of(": \t\r\n!*") == std::string::npos;
    if (hash && (!text.starts_with('$') || !plain))
        throw document.wrong(*element,
                             "is no hash as crypt(5) makes it: it starts with a $, such "
                             "as $6$ or $y$");
    return Password{.kind = hash ? Password::Kind::hash : Password::Kind::plain,
                    .text = std::move(text)};
}

std::vector<std::string> read_ssh_keys(const Document& document, const xmlNode& parent) {
    std::vector<std::string> keys;
    for (const xmlNode* element : children(parent, "sshkey")) {
        std::string key = text_of(*element);
        const bool known =
            key.starts_with("ssh-") || key.starts_with("ecdsa-sha2-") || key.starts_with("sk-");
        if (!known || words(key).size() < 2 || key.find_first_of("\r\n") != std::string::npos)
            throw document.wrong(*element,
                                 format("is {}, but must be a public key on one line, such as "
                                        "\"ssh-ed25519 AAAA… name\"",
                                        quote(key)));
        keys.push_back(std::move(key));
    }
    return keys;
}

User read_user(const Document& document, const xmlNode& element) {
    User user{.name = filled_attribute(document, element, "name"),
              .admin = to_bool(document, element, attribute(element, "admin").value_or("no")),
              .password = read_password(document, find_child(document, element, "password")),
              .ssh_keys = read_ssh_keys(document, element)};
    constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz_";
    const bool right =
        letters.find(user.name.front()) != std::string_view::npos && user.name.size() <= 32 &&
        user.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_0123456789-") == std::string::npos;
    if (!right || user.name == "root")
        throw document.wrong(element, format("has the name {}, but must have one of lower-case "
                                             "letters, digits, - and _, at most 32, and not root's",
                                             quote(user.name)));
    return user;
}

std::vector<User> read_users(const Document& document, const xmlNode& section) {
    std::vector<User> users;
    std::set<std::string> names;
    for (const xmlNode* element : children(section, "user")) {
        User user = read_user(document, *element);
        if (!names.insert(user.name).second)
            throw document.wrong(*element, format("is there already: {}", quote(user.name)));
        users.push_back(std::move(user));
    }
    return users;
}

std::optional<Firmware> read_firmware(const Document& document, const xmlNode* element) {
    if (element == nullptr)
        return std::nullopt;
    const std::string text = text_of(*element);
    if (text != "bios" && text != "efi")
        throw document.wrong(*element, format("is {}, but must be bios or efi", quote(text)));
    return text == "efi" ? Firmware::efi : Firmware::bios;
}

void read_os(const Document& document, const xmlNode& os, Template& result) {
    result.os = filled_text(document, child(document, os, "name"));
    result.version = filled_text(document, child(document, os, "version"));
    result.arch = read_arch(document, child(document, os, "arch"));
    read_install(document, child(document, os, "install"), result);
    result.root_password = read_password(document, find_child(document, os, "rootpw"));
    result.ssh_keys = read_ssh_keys(document, os);
    if (const xmlNode* users = find_child(document, os, "users"))
        result.users = read_users(document, *users);
    result.key = optional_text(document, os, "key");
    result.kernel_parameters = child_text(document, os, "kernelparam");
    if (const xmlNode* icicle = find_child(document, os, "icicle"))
        result.icicle_command = filled_text(document, child(document, *icicle, "extra_command"));
    read_localisation(document, os, result);
    result.firmware = read_firmware(document, find_child(document, os, "firmware"));
}

constexpr const char* sizes =
    "a whole number of GiB, or one with a unit, such as 10G, 500MB or 16GiB";

/// What is on a disk: only the first one's is the installer's business.
void read_layout(const Document& document, const xmlNode& element, Disk& disk) {
    for (const char* name : {"layout", "filesystem", "swap"})
        if (attribute(element, name) && &element != children(*element.parent, "disk").front())
            throw document.wrong(element, format("has a {}, but only the first disk is more than "
                                                 "an empty one",
                                                 name));
    if (choice_attribute(document, element, "layout", {"partitions", "lvm"}) == "lvm")
        disk.layout = Layout::lvm;
    disk.filesystem = choice_attribute(document, element, "filesystem", {"ext4", "xfs", "btrfs"});
    const auto swap = attribute(element, "swap");
    if (!swap)
        return;
    const auto bytes = to_bytes(trim(*swap));
    if (!bytes || *bytes == 0)
        throw document.wrong(element,
                             format("has {} of swap, but must have {}", quote(*swap), sizes));
    if (*bytes >= disk.size)
        throw document.wrong(
            element, format("has {} of swap, which leaves nothing of the disk", quote(*swap)));
    disk.swap = *bytes;
}

Disk read_disk(const Document& document, const xmlNode& element) {
    Disk disk{.bus = choice_attribute(document, element, "bus",
                                      {"virtio", "sata", "scsi", "ide", "nvme", "usb"}),
              .format = choice_attribute(document, element, "format", {"raw", "qcow2"})};
    const xmlNode& size = child(document, element, "size");
    if (const std::string text = text_of(size); !text.empty()) {
        const auto bytes = to_bytes(text);
        if (!bytes || *bytes == 0)
            throw document.wrong(size, format("is {}, but must be {}", quote(text), sizes));
        disk.size = *bytes;
    }
    read_layout(document, element, disk);
    return disk;
}

void read_customization(const Document& document, const xmlNode& root, Template& result) {
    if (const xmlNode* section = find_child(document, root, "packages"))
        result.packages = read_packages(document, *section);
    if (const xmlNode* section = find_child(document, root, "repositories"))
        result.repositories = read_repositories(document, *section);
    if (const xmlNode* section = find_child(document, root, "files"))
        result.files = read_files(document, *section);
    if (const xmlNode* section = find_child(document, root, "cloud-init"))
        result.datasources = read_cloud_init(document, *section);
    if (const xmlNode* section = find_child(document, root, "precommands"))
        result.precommands = read_commands(document, *section);
    if (const xmlNode* section = find_child(document, root, "commands"))
        result.commands = read_commands(document, *section);
    if (const xmlNode* section = find_child(document, root, "tests"))
        result.checks = read_checks(document, *section);
}

std::string sentence(const Mistake& mistake) {
    const std::string file = mistake.file.string();
    return mistake.line == 0 ? format("{}: {}", file, mistake.message)
                             : format("{}:{}: {}", file, mistake.line, mistake.message);
}

}  // namespace

InvalidTemplate::InvalidTemplate(Mistake mistake)
    : Error{Fault::usage, sentence(mistake)}, mistake_{std::move(mistake)} {}

Template parse_template(std::string_view text, const fs::path& file, const Schema& schema,
                        const Variables& variables) {
    const Document document{text, file, schema, variables};
    const xmlNode& root = document.root();
    if (name_of(root) != "template")
        throw document.wrong(root, "is no template");
    const auto version = attribute(root, "version");
    if (version && trim(*version) != "1.0")
        throw document.wrong(
            root, format("has the version {}, but must have 1.0, or none", quote(*version)));
    Template result;
    result.file = fs::absolute(file);
    result.included.assign(document.included().begin(), document.included().end());
    result.name = read_name(document, child(document, root, "name"));
    result.description = child_text(document, root, "description");
    read_os(document, child(document, root, "os"), result);
    if (const auto disks = children(root, "disk"); !disks.empty()) {
        result.disks.clear();
        for (const xmlNode* disk : disks)
            result.disks.push_back(read_disk(document, *disk));
    }
    read_customization(document, root, result);
    return result;
}

Template read_template(const fs::path& file, const Schema& schema, const Variables& variables) {
    return parse_template(read_file(file, Fault::usage, template_limit), file, schema, variables);
}

Template read_template(const fs::path& file, const fs::path& schema, const Variables& variables) {
    return read_template(file, Schema{schema}, variables);
}

std::vector<std::string> customizations(const Template& wanted) {
    std::vector<std::string> sections;
    if (!wanted.files.empty())
        sections.emplace_back("files");
    if (!wanted.precommands.empty())
        sections.emplace_back("precommands");
    if (!wanted.commands.empty())
        sections.emplace_back("commands");
    if (!wanted.repositories.empty())
        sections.emplace_back("repositories");
    if (std::ranges::any_of(wanted.packages,
                            [](const auto& package) { return package.file.has_value(); }))
        sections.emplace_back("file");
    if (!wanted.datasources.empty())
        sections.emplace_back("cloud-init");
    return sections;
}

}  // namespace glinda::tdl
