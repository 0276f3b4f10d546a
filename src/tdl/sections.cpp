#include <glib.h>

#include <algorithm>
#include <array>

#include "glinda/util/text.hpp"
#include "reading.hpp"

namespace glinda::tdl {
namespace {

bool is_base64(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/';
}

/// The bytes that a text means in base64 (RFC 4648, 4), with white space anywhere; strictly, which
/// GLib's decoder is not.
std::optional<std::string> from_base64(std::string text) {
    std::erase_if(text, [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; });
    const std::size_t end = text.find_last_not_of('=') + 1;
    const bool right =
        text.size() % 4 == 0 && text.size() - end <= 2 &&
        std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(end), is_base64);
    if (!right)
        return std::nullopt;
    std::string bytes = std::move(text);
    int state = 0;
    unsigned rest = 0;
    auto* out = reinterpret_cast<unsigned char*>(bytes.data());
    // It may work in place, as it writes less than it has read.
    bytes.resize(g_base64_decode_step(bytes.data(), bytes.size(), out, &state, &rest));
    return bytes;
}

Content read_content(const Document& document, const xmlNode& element) {
    const std::string type = choice_attribute(document, element, "type", {"raw", "base64", "url"});
    if (type == "url")
        return {ContentType::url, filled_text(document, element), std::nullopt};
    if (type != "base64")
        return {ContentType::raw, {}, text_of(element)};
    auto bytes = from_base64(text_in(element));
    if (!bytes)
        throw document.wrong(element,
                             "is no base64: it may have the letters A to Z and a to z, "
                             "digits, + and /, and is padded with = to a multiple of four");
    return {ContentType::base64, {}, std::move(bytes)};
}

std::optional<std::uint64_t> read_position(const Document& document, const xmlNode& element) {
    const auto text = attribute(element, "position");
    if (!text)
        return std::nullopt;
    const auto position = to_number(trim(*text));
    if (!position)
        throw document.wrong(
            element, format("has the position {}, which is no number from 1", quote(*text)));
    return position;
}

Command read_command(const Document& document, const xmlNode& element) {
    Command command{.name = filled_attribute(document, element, "name"),
                    .position = read_position(document, element)};
    if (choice_attribute(document, element, "type", {"raw", "base64", "url", "ansible"}) ==
        "ansible") {
        command.playbook = filled_text(document, element);
        return command;
    }
    command.content = read_content(document, element);
    if (command.content.bytes && trim(*command.content.bytes).empty())
        throw document.wrong(element, "is empty");
    return command;
}

/// Commands have positions all of them or none; the positions are 1, 2, 3 …, in any order.
void check_positions(const Document& document, const std::vector<const xmlNode*>& elements,
                     const std::vector<Command>& commands) {
    std::vector<bool> taken(commands.size());
    for (std::size_t i = 0; i < commands.size(); ++i) {
        const auto position = commands[i].position;
        if (position.has_value() != commands[0].position.has_value())
            throw document.wrong(*elements[i],
                                 format("has {} position, unlike the first: all must have one, "
                                        "or none",
                                        position ? "a" : "no"));
        if (!position)
            continue;
        if (*position == 0 || *position > commands.size() || taken[*position - 1])
            throw document.wrong(*elements[i],
                                 format("has the position {}, but those of <{}> must be 1 to {}, "
                                        "each once",
                                        *position, name_of(*elements[i]->parent), commands.size()));
        taken[*position - 1] = true;
    }
}

/// The host of the first URL in a text, without user, port and brackets; in lower case.
std::string host_in(std::string_view text) {
    const std::size_t scheme = text.find("://");
    if (scheme == std::string_view::npos)
        return "";
    std::string_view host = text.substr(scheme + 3);
    host = host.substr(0, host.find_first_of("/?# \t\r\n"));
    host.remove_prefix(host.rfind('@') + 1);  // npos + 1 is 0
    if (host.starts_with('['))
        return lower(host.substr(1, host.find(']') - 1));
    return lower(host.substr(0, host.find(':')));
}

/// Whether a host is the guest itself where the guest reads it. "url" may be more than a URL:
/// "deb http://… suite main".
bool is_the_guest(std::string_view host) {
    constexpr std::array<std::string_view, 3> names{"localhost", "localhost.localdomain", "::1"};
    return std::ranges::find(names, host) != names.end() || host.starts_with("127.");
}

Repository read_repository(const Document& document, const xmlNode& element) {
    const xmlNode& url = child(document, element, "url");
    Repository repository{.name = filled_attribute(document, element, "name"),
                          .url = filled_text(document, url)};
    if (is_the_guest(host_in(repository.url)))
        throw document.wrong(url, format("is {}, which the guest cannot reach: there it is the "
                                         "guest itself",
                                         quote(repository.url)));
    using Flag = std::pair<const char*, bool Repository::*>;
    constexpr std::array flags{Flag{"signed", &Repository::is_signed},
                               Flag{"persisted", &Repository::persisted},
                               Flag{"sslverify", &Repository::verify_tls}};
    for (const auto& [name, member] : flags)
        if (const xmlNode* flag = find_child(document, element, name))
            repository.*member = to_bool(document, *flag, text_in(*flag));
    return repository;
}

}  // namespace

std::vector<Package> read_packages(const Document& document, const xmlNode& section) {
    std::vector<Package> packages;
    for (const xmlNode* element : children(section, "package"))
        packages.push_back({.name = filled_attribute(document, *element, "name"),
                            .repository = optional_text(document, *element, "repository"),
                            .file = optional_text(document, *element, "file"),
                            .arguments = optional_text(document, *element, "arguments")});
    return packages;
}

std::vector<Repository> read_repositories(const Document& document, const xmlNode& section) {
    std::vector<Repository> all;
    for (const xmlNode* element : children(section, "repository"))
        all.push_back(read_repository(document, *element));
    std::vector<Repository> repositories;
    put(repositories, std::move(all));  // of those of one name, the last is meant
    return repositories;
}

std::vector<File> read_files(const Document& document, const xmlNode& section) {
    std::vector<File> all;
    for (const xmlNode* element : children(section, "file"))
        all.push_back({.name = filled_attribute(document, *element, "name"),
                       .content = read_content(document, *element),
                       .mode = read_mode(document, *element),
                       .owner = attribute(*element, "owner").value_or("")});
    std::vector<File> files;
    put(files, std::move(all));  // as above
    return files;
}

std::vector<std::string> read_cloud_init(const Document& document, const xmlNode& section) {
    const std::string list =
        attribute(section, "datasources").value_or("NoCloud ConfigDrive OpenStack");
    std::vector<std::string> sources;
    for (const std::string_view name : words(list)) {
        if (!std::ranges::all_of(name, [](char c) { return is_base64(c) && c != '+' && c != '/'; }))
            throw document.wrong(section, format("has the data source {}, but cloud-init's have "
                                                 "names such as NoCloud",
                                                 quote(name)));
        sources.emplace_back(name);
    }
    if (sources.empty())
        throw document.wrong(section, "has no data sources; one that none is to be asked is None");
    return sources;
}

std::vector<Command> read_commands(const Document& document, const xmlNode& section) {
    std::vector<Command> commands;
    const auto elements = children(section, "command");
    commands.reserve(elements.size());
    for (const xmlNode* element : elements)
        commands.push_back(read_command(document, *element));
    check_positions(document, elements, commands);
    std::ranges::stable_sort(commands, {}, &Command::position);
    return commands;
}

}  // namespace glinda::tdl
