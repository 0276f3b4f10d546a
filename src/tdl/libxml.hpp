#pragma once

#include <libxml/parser.h>
#include <libxml/tree.h>

#include <deque>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "glinda/util/handle.hpp"

namespace glinda::tdl {

using XmlDocument = Handle<xmlDoc, &xmlFreeDoc>;

/// What libxml2 has to say against a text.
struct Complaint {
    int line = 0;  ///< 0 if it does not know
    std::string message;
    const xmlNode* node = nullptr;  ///< where, if it is about a parsed document
    int code = 0;                   ///< xmlParserErrors
};

/// Hears the complaints that libxml2 makes on this thread, the first ones of them.
class Listener {
public:
    Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;
    ~Listener();

    void add(Complaint complaint);
    /// The first complaint, which the others follow from.
    [[nodiscard]] Complaint first() const;

private:
    std::vector<Complaint> complaints_;
};

/// Where an element stood, as far as libxml2 does not say it; its _private points here.
struct Place {
    int line = 0;                                 ///< if it is too large for an xmlNode
    const std::filesystem::path* file = nullptr;  ///< if it is not that of the parent
};

/// Parses texts into documents whose nodes may be moved from one to the other as long as all of
/// them live. Nothing but the text is ever read: no external entity, no DTD, no network.
class Parser {
public:
    Parser();

    /// @returns nothing if the text is no XML; then `listener` knows why.
    [[nodiscard]] XmlDocument parse(std::string_view text, Listener& listener);

    /// The place of an element, to be changed.
    [[nodiscard]] Place& place_of(xmlNode& element);

private:
    std::deque<Place> places_;
    Handle<xmlParserCtxt, &xmlFreeParserCtxt> context_;
};

/// What is known of the place of an element; nothing if there is none.
inline const Place* find_place(const xmlNode& element) noexcept {
    return static_cast<const Place*>(element._private);
}

inline std::string_view view(const xmlChar* text) noexcept {
    return text == nullptr ? std::string_view{} : reinterpret_cast<const char*>(text);
}

inline const xmlChar* xml(const std::string& text) noexcept {
    return reinterpret_cast<const xmlChar*>(text.c_str());
}

inline std::string_view name_of(const xmlNode& node) noexcept {
    return view(node.name);
}

inline bool is_element(const xmlNode& node) noexcept {
    return node.type == XML_ELEMENT_NODE;
}

inline bool is_text(const xmlNode& node) noexcept {
    return node.type == XML_TEXT_NODE || node.type == XML_CDATA_SECTION_NODE;
}

}  // namespace glinda::tdl
