#include "document.hpp"

#include <libxml/relaxng.h>

#include <algorithm>

#include "glinda/util/text.hpp"

namespace glinda::tdl {
namespace {

namespace fs = std::filesystem;

/// What came out of an entity has no line; then it is that of what stands before or around it.
int line_of(const xmlNode& node) {
    for (const xmlNode* at = &node; at != nullptr;
         at = at->prev != nullptr ? at->prev : at->parent) {
        if (const Place* place = is_element(*at) ? find_place(*at) : nullptr;
            place != nullptr && place->line > 0)
            return place->line;
        if (const long line = xmlGetLineNo(at); line > 0)
            return static_cast<int>(line);
    }
    return 0;
}

/// UTF-16 has the byte 0 in nearly every character; in any other encoding it is a mistake, at which
/// libxml2 would silently stop.
void refuse_nul(std::string_view text, const fs::path& file) {
    const std::string_view start = text.substr(0, 4);
    const bool wide = start.starts_with("\xfe\xff") || start.starts_with("\xff\xfe") ||
                      start.find('\0') != std::string_view::npos;
    const std::size_t nul = wide ? std::string_view::npos : text.find('\0');
    if (nul == std::string_view::npos)
        return;
    const auto line = 1 + std::ranges::count(text.substr(0, nul), '\n');
    throw InvalidTemplate{{file, static_cast<int>(line), {}, "there is a byte 0 in the text"}};
}

}  // namespace

std::string text_in(const xmlNode& element) {
    std::string text;
    for (const xmlNode* node = element.children; node != nullptr; node = node->next)
        if (is_text(*node))
            text += view(node->content);
    return text;
}

std::optional<std::string> attribute(const xmlNode& element, std::string_view name) {
    for (const xmlAttr* found = element.properties; found != nullptr; found = found->next) {
        if (view(found->name) != name || found->ns != nullptr)
            continue;
        std::string value;
        for (const xmlNode* part = found->children; part != nullptr; part = part->next)
            value += view(part->content);
        return value;
    }
    return std::nullopt;
}

std::vector<const xmlNode*> children(const xmlNode& parent, std::string_view name) {
    std::vector<const xmlNode*> found;
    for (const xmlNode* node = parent.children; node != nullptr; node = node->next)
        if (is_element(*node) && name_of(*node) == name)
            found.push_back(node);
    return found;
}

std::string quote(std::string_view text) {
    constexpr std::size_t enough = 100;
    std::string line = printable(text.substr(0, enough));
    std::ranges::replace(line, '\n', ' ');
    return format("\"{}{}\"", line, text.size() > enough ? "…" : "");
}

Document::Document(std::string_view text, fs::path file, const Schema& schema, Variables variables)
    : file_{std::move(file)}, variables_{std::move(variables)}, left_{template_limit} {
    for (const auto& [name, value] : variables_) {
        const bool plain = std::ranges::none_of(
            value, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
        if (!plain || xmlCheckUTF8(xml(value)) == 0)
            throw Error{Fault::usage, format("the value of the variable {} has control characters "
                                             "or is no UTF-8",
                                             quote(name))};
    }
    document_ = parse(text, file_);
    expand(*xmlDocGetRootElement(document_.get()), 0);
    refuse_unused();
    check(schema);
}

XmlDocument Document::parse(std::string_view text, const fs::path& file) {
    if (text.size() > left_)
        throw InvalidTemplate{{file,
                               0,
                               {},
                               format("with all that is included there are more than {} MiB",
                                      template_limit >> 20U)}};
    left_ -= text.size();
    refuse_nul(text, file);
    Listener listener;
    XmlDocument document = parser_.parse(text, listener);
    if (!document || xmlDocGetRootElement(document.get()) == nullptr) {
        const Complaint why = listener.first();
        throw InvalidTemplate{{file, std::max(why.line, 1), {}, why.message}};
    }
    return document;
}

const fs::path& Document::file_of(const xmlNode& node) const {
    for (const xmlNode* at = &node; at != nullptr && is_element(*at); at = at->parent)
        if (const Place* place = find_place(*at); place != nullptr && place->file != nullptr)
            return *place->file;
    return file_;
}

InvalidTemplate Document::wrong(const xmlNode& element, std::string_view what) const {
    return InvalidTemplate{{file_of(element), line_of(element), std::string{name_of(element)},
                            format("<{}> {}", name_of(element), what)}};
}

InvalidTemplate Document::complaint(const Complaint& complaint) const {
    const xmlNode* node = complaint.node;
    if (node == nullptr || !is_element(*node))
        return InvalidTemplate{{file_, complaint.line, {}, complaint.message}};
    const bool placed = node->parent != nullptr && is_element(*node->parent);
    if (complaint.code == XML_RELAXNG_ERR_ELEMWRONG ||
        complaint.code == XML_RELAXNG_ERR_EXTRACONTENT)
        return wrong(*node, placed ? format("may not stand in <{}>", name_of(*node->parent))
                                   : "is no template");
    return wrong(*node, "is wrong: " + complaint.message);
}

void Document::check(const Schema& schema) const {
    const Listener listener;
    const Handle<xmlRelaxNGValidCtxt, &xmlRelaxNGFreeValidCtxt> validator{
        xmlRelaxNGNewValidCtxt(schema.get())};
    if (xmlRelaxNGValidateDoc(validator.get(), document_.get()) != 0)
        throw complaint(listener.first());
}

}  // namespace glinda::tdl
