#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "glinda/util/text.hpp"
#include "reading.hpp"

namespace glinda::tdl {
namespace {

constexpr std::string_view small_letters = "abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view capitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr std::string_view digits = "0123456789";

/// Whether a text has as many characters as it may, all out of some sets.
bool consists_of(std::string_view text, std::size_t least, std::size_t most,
                 const std::vector<std::string_view>& sets) {
    return text.size() >= least && text.size() <= most && std::ranges::all_of(text, [&](char c) {
               return std::ranges::any_of(sets, [&](std::string_view set) {
                   return set.find(c) != std::string_view::npos;
               });
           });
}

/// A language and a country by their codes (ISO 639, ISO 3166), in the only encoding that all
/// installers have.
bool is_locale(std::string_view text) {
    constexpr std::string_view encoding = ".UTF-8";
    if (!text.ends_with(encoding))
        return false;
    text.remove_suffix(encoding.size());
    const std::size_t between = text.find('_');
    return between != std::string_view::npos &&
           consists_of(text.substr(0, between), 2, 3, {small_letters}) &&
           consists_of(text.substr(between + 1), 2, 2, {capitals});
}

bool is_keyboard(std::string_view text) {
    return consists_of(text, 2, 8, {small_letters});
}

/// The tz database's "theory.html": parts of letters, digits and "+-_", between slashes.
bool is_timezone(std::string_view text) {
    return text.size() <= 64 && std::ranges::all_of(split(text, '/'), [](std::string_view part) {
               return consists_of(part, 1, 64, {small_letters, capitals, digits, "+-_"}) &&
                      !part.starts_with('-');
           });
}

/// RFC 1123, 2.1: one label.
bool is_host_name(std::string_view text) {
    return consists_of(text, 1, 63, {small_letters, digits, "-"}) && !text.starts_with('-') &&
           !text.ends_with('-');
}

/// One thing that the installer is told, and what it must be like.
struct Detail {
    const char* element;
    std::string Template::*member;
    bool (*is_right)(std::string_view);
    const char* right;
};
constexpr std::array details{
    Detail{"locale", &Template::locale, is_locale,
           "a language and a country in UTF-8, such as de_DE.UTF-8"},
    Detail{"keyboard", &Template::keyboard, is_keyboard,
           "a layout by XKB's name, such as us or de"},
    Detail{"timezone", &Template::timezone, is_timezone,
           "a name of the tz database, such as Europe/Berlin or Etc/UTC"},
    Detail{"hostname", &Template::hostname, is_host_name,
           "a name without a domain: lower-case letters, digits and -, at most 63"},
};

/// An address as a number.
std::uint32_t read_address(const Document& document, const xmlNode& element,
                           const std::string& text) {
    in_addr address{};
    if (::inet_pton(AF_INET, text.c_str(), &address) != 1)
        throw document.wrong(element,
                             format("is {}, but must be an IPv4 address, such as 192.0.2.7",
                                    quote(text_of(element))));
    return ntohl(address.s_addr);
}

Network read_network(const Document& document, const xmlNode& section) {
    const xmlNode& element = child(document, section, "address");
    const std::string text = text_of(element);
    const std::size_t slash = std::min(text.find('/'), text.size());
    const auto prefix = to_number(text.substr(std::min(slash + 1, text.size())));
    if (!prefix || *prefix < 1 || *prefix > 30)
        throw document.wrong(element, format("is {}, but must tell how many bits are the "
                                             "network's, 1 to 30, as 192.0.2.7/24 does",
                                             quote(text)));
    Network network{.address = text.substr(0, slash),
                    .prefix = static_cast<unsigned>(*prefix),
                    .gateway = filled_text(document, child(document, section, "gateway")),
                    .nameservers = {}};
    const xmlNode& gateway = child(document, section, "gateway");
    const std::uint32_t other = read_address(document, element, network.address) ^
                                read_address(document, gateway, network.gateway);
    if (other == 0 || other >> (32 - network.prefix) != 0)
        throw document.wrong(gateway,
                             format("is {}, which is no other address in the network of {}",
                                    quote(network.gateway), text));
    for (const xmlNode* server : children(section, "nameserver")) {
        network.nameservers.push_back(filled_text(document, *server));
        read_address(document, *server, network.nameservers.back());
    }
    if (network.nameservers.empty())
        throw document.wrong(section, "has no <nameserver>");
    return network;
}

}  // namespace

void read_localisation(const Document& document, const xmlNode& os, Template& result) {
    for (const Detail& detail : details) {
        const xmlNode* element = find_child(document, os, detail.element);
        if (element == nullptr)
            continue;
        std::string& text = result.*detail.member;
        text = filled_text(document, *element);
        if (!detail.is_right(text))
            throw document.wrong(*element,
                                 format("is {}, but must be {}", quote(text), detail.right));
    }
    if (const xmlNode* section = find_child(document, os, "network"))
        result.network = read_network(document, *section);
}

}  // namespace glinda::tdl
