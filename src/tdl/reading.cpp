#include "reading.hpp"

#include <algorithm>

#include "glinda/util/text.hpp"

namespace glinda::tdl {

std::string text_of(const xmlNode& element) {
    return std::string{trim(text_in(element))};
}

std::string filled_text(const Document& document, const xmlNode& element) {
    std::string text = text_of(element);
    if (text.empty())
        throw document.wrong(element, "is empty");
    return text;
}

const xmlNode* find_child(const Document& document, const xmlNode& parent, std::string_view name) {
    const auto found = children(parent, name);
    if (found.size() > 1)
        throw document.wrong(*found[1], format("may stand only once in <{}>", name_of(parent)));
    return found.empty() ? nullptr : found.front();
}

const xmlNode& child(const Document& document, const xmlNode& parent, std::string_view name) {
    const xmlNode* found = find_child(document, parent, name);
    if (found == nullptr)
        throw document.wrong(parent, format("has no <{}>", name));
    return *found;
}

std::string child_text(const Document& document, const xmlNode& parent, std::string_view name) {
    const xmlNode* found = find_child(document, parent, name);
    return found == nullptr ? "" : text_of(*found);
}

std::optional<std::string> optional_text(const Document& document, const xmlNode& parent,
                                         std::string_view name) {
    std::string text = child_text(document, parent, name);
    return text.empty() ? std::nullopt : std::optional{std::move(text)};
}

std::string filled_attribute(const Document& document, const xmlNode& element,
                             std::string_view name) {
    std::string value = attribute(element, name).value_or("");
    if (trim(value).empty())
        throw document.wrong(element, format("has no {}", name));
    return value;
}

std::string choice_attribute(const Document& document, const xmlNode& element,
                             std::string_view name, const std::vector<std::string>& known) {
    const auto value = attribute(element, name);
    if (!value)
        return "";
    std::string choice{trim(*value)};
    if (std::ranges::find(known, choice) == known.end())
        throw document.wrong(element, format("has the {} {}, but must have one of {}", name,
                                             quote(choice), join(known, ", ")));
    return choice;
}

bool to_bool(const Document& document, const xmlNode& element, std::string_view text) {
    const std::string word = lower(trim(text));
    if (word == "yes" || word == "true")
        return true;
    if (word == "no" || word == "false")
        return false;
    throw document.wrong(element, format("is {}, but must be yes, no, true or false", quote(text)));
}

}  // namespace glinda::tdl
