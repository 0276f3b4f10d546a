#pragma once

#include <unordered_map>

#include "document.hpp"

namespace glinda::tdl {

/// The text of an element, without the white space around it.
[[nodiscard]] std::string text_of(const xmlNode& element);
/// The same. @throws InvalidTemplate if nothing is left.
[[nodiscard]] std::string filled_text(const Document& document, const xmlNode& element);

/// The one child of a name, if there is one. @throws InvalidTemplate if there are more.
[[nodiscard]] const xmlNode* find_child(const Document& document, const xmlNode& parent,
                                        std::string_view name);
/// The one child of a name. @throws InvalidTemplate if there is none, or more.
[[nodiscard]] const xmlNode& child(const Document& document, const xmlNode& parent,
                                   std::string_view name);
/// The text of a child that may be missing; empty then.
[[nodiscard]] std::string child_text(const Document& document, const xmlNode& parent,
                                     std::string_view name);
/// Nothing if the child is missing or empty.
[[nodiscard]] std::optional<std::string> optional_text(const Document& document,
                                                       const xmlNode& parent,
                                                       std::string_view name);

/// The value of an attribute. @throws InvalidTemplate if it is missing or empty.
[[nodiscard]] std::string filled_attribute(const Document& document, const xmlNode& element,
                                           std::string_view name);
/// The value of an attribute, one of `known`; empty if it is missing. @throws InvalidTemplate.
[[nodiscard]] std::string choice_attribute(const Document& document, const xmlNode& element,
                                           std::string_view name,
                                           const std::vector<std::string>& known);
/// What "yes", "no", "true" and "false" mean, in any case. @throws InvalidTemplate for the rest.
[[nodiscard]] bool to_bool(const Document& document, const xmlNode& element, std::string_view text);

/// The attribute "mode" of a file, if there is one. @throws InvalidTemplate.
[[nodiscard]] std::optional<unsigned> read_mode(const Document& document, const xmlNode& element);

/// Language, keyboard, time zone, host name and network, all of which may be missing.
void read_localisation(const Document& document, const xmlNode& os, Template& result);

// The sections that say what the image is to have besides the system.
[[nodiscard]] std::vector<Package> read_packages(const Document& document, const xmlNode& section);
[[nodiscard]] std::vector<Repository> read_repositories(const Document& document,
                                                        const xmlNode& section);
[[nodiscard]] std::vector<File> read_files(const Document& document, const xmlNode& section);
/// In the order in which they are to run.
[[nodiscard]] std::vector<Command> read_commands(const Document& document, const xmlNode& section);
/// The names of cloud-init's data sources.
[[nodiscard]] std::vector<std::string> read_cloud_init(const Document& document,
                                                       const xmlNode& section);
[[nodiscard]] std::vector<Check> read_checks(const Document& document, const xmlNode& section);

/// Puts each of `more` where the one of its name is, or at the end.
template <typename Item>
void put(std::vector<Item>& items, std::vector<Item> more) {
    std::unordered_map<std::string, std::size_t> places;
    for (std::size_t i = 0; i < items.size(); ++i)
        places.emplace(items[i].name, i);
    for (Item& item : more) {
        const auto [place, is_new] = places.emplace(item.name, items.size());
        if (is_new)
            items.push_back(std::move(item));
        else
            items[place->second] = std::move(item);
    }
}

}  // namespace glinda::tdl
