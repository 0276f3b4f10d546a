#include "scope.hpp"

#include <algorithm>

#include "glinda/util/error.hpp"
#include "glinda/util/text.hpp"

namespace glinda::pipeline {
namespace {

/// What stands in place of a secret where people can read it.
constexpr const char* hidden_secret = "(hidden)";

const char* yes_if(bool condition) {
    return condition ? "yes" : "";
}

/// A host name (RFC 1123, 2.1) out of the name of a template.
std::string host_name(std::string_view name) {
    std::string host = lower(name.substr(0, 63));
    std::ranges::replace_if(
        host, [](char c) { return (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-'; }, '-');
    const std::size_t first = std::min(host.find_first_not_of('-'), host.size());
    host = host.substr(first, host.find_last_not_of('-') + 1 - first);
    return host.empty() ? "guest" : host;
}

/// What the installer cannot install: only the customisation adds the repository, or has the file.
bool is_from_elsewhere(const tdl::Package& package, const tdl::Template& wanted) {
    return package.file || (package.repository &&
                            std::ranges::find(wanted.repositories, *package.repository,
                                              &tdl::Repository::name) != wanted.repositories.end());
}

std::vector<std::string> package_names(const tdl::Template& wanted) {
    std::vector<std::string> names;
    for (const tdl::Package& package : wanted.packages) {
        if (is_from_elsewhere(package, wanted))
            continue;
        if (words(package.name).size() != 1)
            throw Error{Fault::usage, format("{}: \"{}\" is no name of a package",
                                             wanted.file.string(), package.name)};
        names.push_back(package.name);
    }
    return names;
}

/// A list of things with one value each. The first has "first", for what separates the others.
std::vector<answer::Scope> list_of(const std::vector<std::string>& values, const char* name) {
    std::vector<answer::Scope> list;
    list.reserve(values.size());
    for (const std::string& value : values)
        list.push_back({{{name, value}, {"first", yes_if(list.empty())}}});
    return list;
}

std::vector<answer::Scope> users_of(const tdl::Template& wanted, const Passwords& passwords) {
    std::vector<answer::Scope> list;
    for (std::size_t i = 0; i < wanted.users.size(); ++i) {
        const tdl::User& user = wanted.users[i];
        list.push_back({{{"name", user.name},
                         {"admin", yes_if(user.admin)},
                         {"password_crypt", passwords.users.at(i).crypt},
                         {"password_unattend", passwords.users.at(i).unattend},
                         {"has_keys", yes_if(!user.ssh_keys.empty())},
                         {"first", yes_if(i == 0)}},
                        {{"keys", list_of(user.ssh_keys, "key")}}});
    }
    return list;
}

/// What a disk has for the root file system beside 1 GiB for booting, in MiB: partitions start at a
/// whole one, and a GPT has its backup in the last.
std::uint64_t root_mib(const tdl::Disk& disk) {
    constexpr std::uint64_t others = 1 + 1024 + 1;
    const auto all = static_cast<std::uint64_t>(disk.size >> 20U);
    return all > others ? all - others : 0;
}

/// How many units a size takes, the last one in part; nothing if it is none at all.
std::string units_of(tdl::Bytes size, std::uint64_t unit) {
    return size == 0 ? "" : std::to_string(static_cast<std::uint64_t>((size + unit - 1) / unit));
}

/// What the installer puts onto the disk.
void add_layout(answer::Scope& scope, const tdl::Disk& disk) {
    const bool plain = disk.layout == tdl::Layout::partitions;
    scope.values.insert(
        {{"lvm", yes_if(!plain)},
         {"filesystem", disk.filesystem.empty() ? "ext4" : disk.filesystem},
         {"swap_mib", units_of(disk.swap, std::uint64_t{1} << 20U)},
         {"swap_mb", units_of(disk.swap, 1000000)},
         {"own_layout", yes_if(!plain || !disk.filesystem.empty() || disk.swap != 0)}});
}

/// What an installer does with a repository: use it while it installs, or leave it in the installed
/// system, as it is then.
enum class Use { while_installing, afterwards };

bool is_for(const tdl::Repository& repository, Use use) {
    const bool is_plain = repository.url.starts_with("http://");
    if (repository.is_signed || !(is_plain || repository.url.starts_with("https://")))
        return false;
    return use == Use::while_installing ||
           (repository.persisted && (is_plain || repository.verify_tls));
}

/// The repositories that an installer can take packages from already: signatures are checked only
/// in the installed system, as no answer file can name the key.
std::vector<answer::Scope> repositories_of(const tdl::Template& wanted, Use use) {
    std::vector<answer::Scope> list;
    for (const tdl::Repository& one : wanted.repositories)
        if (is_for(one, use))
            list.push_back(
                {{{"name", one.name},
                  {"id", repository_id(one)},
                  {"url", one.url},
                  {"number", std::to_string(list.size())},
                  {"first", yes_if(list.empty())},
                  {"last", ""},
                  {"insecure", yes_if(one.url.starts_with("https") && !one.verify_tls)}}});
    if (!list.empty())
        list.back().values["last"] = "yes";
    return list;
}

/// The bits of the network, as a mask.
std::string netmask_of(unsigned prefix) {
    const std::uint64_t mask = (std::uint64_t{0xffffffff} << (32 - prefix)) & 0xffffffff;
    return format("{}.{}.{}.{}", mask >> 24U, (mask >> 16U) & 255U, (mask >> 8U) & 255U,
                  mask & 255U);
}

/// What the installer is told of the place; what the template does not say is that of nowhere.
void add_place(answer::Scope& scope, const tdl::Template& wanted) {
    const auto add = [&](const char* name, const std::string& value, const std::string& usual) {
        scope.values.emplace(name, value.empty() ? usual : value);
    };
    add("locale", wanted.locale, "en_US.UTF-8");
    add("locale_name", wanted.locale.substr(0, wanted.locale.find('.')), "en_US");
    add("keymap", wanted.keyboard, "us");
    add("timezone", wanted.timezone, "Etc/UTC");
    add("hostname", wanted.hostname, host_name(wanted.name));
    const tdl::Network network = wanted.network.value_or(tdl::Network{});
    scope.values.emplace("address", network.address);
    scope.values.emplace("prefix", std::to_string(network.prefix));
    scope.values.emplace("netmask", netmask_of(network.prefix));
    scope.values.emplace("gateway", network.gateway);
    scope.values.emplace("nameservers", join(network.nameservers, " "));
    scope.lists.emplace("nameserver_list", list_of(network.nameservers, "nameserver"));
}

/// A volume label as kernel command lines have it: as udev names its link (udev's
/// util_replace_chars,
/// "\x20" for a blank).
std::string label_for_kernel(const std::string& label) {
    std::string text;
    for (const char c : label)
        text += c == ' ' ? std::string{"\\x20"} : std::string{c};
    return text;
}

}  // namespace

std::string repository_id(const tdl::Repository& repository) {
    constexpr std::string_view plain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    std::string id = repository.name;
    std::ranges::replace_if(
        id, [&](char c) { return plain.find(c) == std::string_view::npos; }, '_');
    return id;
}

answer::Scope scope_of(const tdl::Template& wanted, const catalog::Match& match,
                       const MirrorFacts& mirror, const Passwords& passwords,
                       const std::string& disk) {
    const std::vector<std::string> packages = package_names(wanted);
    const bool efi = wanted.firmware == tdl::Firmware::efi;
    answer::Scope scope{
        {{"root_password_crypt", passwords.root.crypt},
         {"root_password_unattend", passwords.root.unattend},
         {"root_password_logon", passwords.root.logon},
         {"disk", disk},
         {"disk_name", std::filesystem::path{disk}.filename()},
         {"more_disks", yes_if(wanted.disks.size() > 1)},
         {"root_mib", std::to_string(root_mib(wanted.disks.front()))},
         {"efi", yes_if(efi)},
         {"has_extras", yes_if(!wanted.extras.empty())},
         {"has_users", yes_if(!wanted.users.empty())},
         {"packages", join(packages, " ")},
         {"admins", yes_if(std::ranges::any_of(wanted.users, &tdl::User::admin))},
         {"mirror_scheme", mirror.scheme},
         {"mirror_host", mirror.host},
         {"mirror_directory", mirror.directory},
         {"mirror_url", mirror.host.empty()
                            ? ""
                            : format("{}://{}{}", mirror.scheme, mirror.host, mirror.directory)},
         {"from_medium", yes_if(mirror.host.empty())},
         {"offline", yes_if(mirror.kind == MirrorFacts::Kind::partial)},
         {"label", label_for_kernel(mirror.label)},
         {"suite", match.release->codename},
         {"version", match.release->version},
         {"product_key", wanted.key.value_or("")},
         {"kernel_options", wanted.kernel_parameters}},
        {{"package_list", list_of(packages, "package")},
         {"repository_list", repositories_of(wanted, Use::while_installing)},
         {"kept_repositories", repositories_of(wanted, Use::afterwards)},
         {"root_keys", list_of(wanted.ssh_keys, "key")},
         {"users", users_of(wanted, passwords)}}};
    add_place(scope, wanted);
    add_layout(scope, wanted.disks.front());
    for (const auto& [name, value] : match.family->architectures.at(wanted.arch))
        scope.values.emplace(name, value);
    const catalog::Circumstances circumstances{
        .firmware = efi ? "efi" : "bios",
        .source = wanted.install_type == tdl::InstallType::iso ? "iso" : "url",
        .label = mirror.label,
        .keyboard = scope.values.at("keymap")};
    for (auto& [name, value] : catalog::values_of(match, circumstances))
        scope.values.emplace(name, value);
    return scope;
}

Passwords hidden(const Passwords& passwords) {
    Passwords result = passwords;
    const auto hide = [](Login& login) {
        for (std::string* secret : {&login.crypt, &login.unattend, &login.logon})
            if (!secret->empty())
                *secret = hidden_secret;
    };
    hide(result.root);
    std::ranges::for_each(result.users, hide);
    return result;
}

}  // namespace glinda::pipeline
