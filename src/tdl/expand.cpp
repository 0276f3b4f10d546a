// What a template says in other words: variables, and files that it includes.
#include <libxml/uri.h>

#include <algorithm>

#include "document.hpp"
#include "glinda/util/files.hpp"
#include "glinda/util/text.hpp"

namespace glinda::tdl {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view xinclude = "http://www.w3.org/2001/XInclude";
/// How deep and how often: without a limit a few small files could make gigabytes, each including
/// the next one ten times. That is also why libxml2's own XInclude, which has none, does not serve.
constexpr unsigned deepest = 8;
constexpr unsigned most_includes = 200;

bool is_xinclude(const xmlNode& node, std::string_view name) {
    return is_element(node) && name_of(node) == name && node.ns != nullptr &&
           view(node.ns->href) == xinclude;
}

bool is_name(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-' || c == '.';
    });
}

/// Whether the text of an element is a script or a file's, which have `${…}` of their own.
bool is_content(const xmlNode& element) {
    const std::string_view parent = element.parent == nullptr ? "" : name_of(*element.parent);
    const bool file = name_of(element) == "file" && (parent == "files" || parent == "tests");
    return (file || name_of(element) == "command") && attribute(element, "type") != "url";
}

/// Whether a file is in a folder or below, wherever symbolic links lead.
bool is_below(const fs::path& file, const fs::path& folder) {
    std::error_code none;
    const fs::path real = fs::canonical(file, none);
    const fs::path top = fs::canonical(folder.empty() ? "." : folder, none);
    return !top.empty() && std::ranges::mismatch(top, real).in1 == top.end();
}

/// The file that a href means (RFC 3986), from the folder of the file that it stands in.
fs::path locate(std::string_view href, const fs::path& folder) {
    constexpr std::string_view scheme = "file://";
    if (href.starts_with(scheme))
        href.remove_prefix(scheme.size());
    struct Free {
        void operator()(char* text) const { xmlFree(text); }
    };
    const std::unique_ptr<char, Free> path{
        xmlURIUnescapeString(href.data(), static_cast<int>(href.size()), nullptr)};
    return folder / (path ? path.get() : "");
}

/// The names of `xpointer(/packages/package)`, the one pointer that is understood: the children of
/// the root, of a name or (`*`) all.
std::optional<std::pair<std::string, std::string>> steps_of(std::string_view pointer) {
    constexpr std::string_view start = "xpointer(/";
    if (!pointer.starts_with(start) || !pointer.ends_with(')'))
        return std::nullopt;
    const auto steps = split(pointer.substr(start.size(), pointer.size() - start.size() - 1), '/');
    const bool plain = std::ranges::all_of(
        steps, [](std::string_view step) { return step == "*" || is_name(step); });
    if (steps.size() != 2 || !plain)
        return std::nullopt;
    return std::pair{std::string{steps[0]}, std::string{steps[1]}};
}

xmlNode* fallback_of(const xmlNode& include) {
    xmlNode* child = include.children;
    while (child != nullptr && !is_xinclude(*child, "fallback"))
        child = child->next;
    return child;
}

bool matches(const xmlNode& node, std::string_view step) {
    return is_element(node) && (step == "*" || name_of(node) == step);
}

}  // namespace

const std::string& Document::value_of(std::string_view name, std::string_view whole,
                                      const xmlNode& element) {
    const auto found = variables_.find(name);
    if (found != variables_.end()) {
        used_.emplace(name);
        return found->second;
    }
    throw wrong(
        element,
        is_name(name)
            ? format("has the variable {}, which has no value: give --var {}=…", quote(whole), name)
            : format("has {}, which is no variable: write $${{ for a mere ${{", quote(whole)));
}

std::string Document::fill(std::string_view text, const xmlNode& element, Unknown unknown) {
    constexpr std::size_t longest = 128;  // so that no mere "${" costs a look at all the rest
    std::string filled;
    while (true) {
        const std::size_t start = text.find("${");
        filled += text.substr(0, start);
        if (start == std::string_view::npos)
            return filled;
        const std::string_view rest = text.substr(start, longest);
        const std::size_t end = rest.find('}');
        const std::string_view name =
            end == std::string_view::npos ? std::string_view{} : rest.substr(2, end - 2);
        std::size_t taken = 2;
        if (unknown == Unknown::keep && !variables_.contains(name)) {
            filled += "${";
        } else if (start > 0 && text[start - 1] == '$') {
            filled += '{';
        } else {
            taken = end == std::string_view::npos ? 2 : end + 1;
            filled += value_of(name, rest.substr(0, taken), element);
        }
        text.remove_prefix(start + taken);
    }
}

void Document::fill_attributes(xmlNode& element) {
    for (xmlAttr* attribute = element.properties; attribute != nullptr; attribute = attribute->next)
        for (xmlNode* part = attribute->children; part != nullptr; part = part->next)
            fill_node(*part, element, Unknown::refuse);
}

void Document::fill_node(xmlNode& text, const xmlNode& element, Unknown unknown) {
    if (text.type == XML_ENTITY_REF_NODE)
        throw wrong(element, format("has the entity {}, which the template does not declare",
                                    quote(name_of(text))));
    if (!is_text(text))
        return;
    const std::string filled = fill(view(text.content), element, unknown);
    if (filled != view(text.content))
        xmlNodeSetContent(&text, xml(filled));
}

void Document::refuse_unused() const {
    for (const auto& [name, value] : variables_)
        if (!used_.contains(name))
            throw InvalidTemplate{{file_, 0, {}, format("it has no variable ${{{}}}", name)}};
}

void Document::expand(xmlNode& element, unsigned depth) {
    if (is_xinclude(element, "include"))
        return include(element, depth);
    fill_attributes(element);
    const Unknown unknown = is_content(element) ? Unknown::keep : Unknown::refuse;
    for (xmlNode* node = element.children; node != nullptr;) {
        xmlNode* next = node->next;  // an include removes itself
        if (is_element(*node))
            expand(*node, depth);
        else
            fill_node(*node, element, unknown);
        node = next;
    }
}

void Document::include(xmlNode& element, unsigned depth) {
    if (element.parent == nullptr || !is_element(*element.parent))
        throw wrong(element, "may not be the whole of a template");
    if (depth >= deepest || ++includes_ > most_includes)
        throw wrong(element, format("is one too many: files may include each other {} deep, and {} "
                                    "in all",
                                    deepest, most_includes));
    fill_attributes(element);
    const std::string parse = attribute(element, "parse").value_or("xml");
    if (parse != "xml" && parse != "text")
        throw wrong(element,
                    format(R"(has parse={}, but must have "xml" or "text")", quote(parse)));
    const fs::path from = included_file(element);
    xmlNode* fallback = fallback_of(element);
    std::error_code none;
    if (fallback != nullptr && !fs::exists(from, none))
        place_children(*fallback, "*", element, depth);
    else if (parse == "text")
        place_text(read_text(element, from), element);
    else
        include_xml(element, from, depth);
    xmlUnlinkNode(&element);
    xmlFreeNode(&element);
}

fs::path Document::included_file(const xmlNode& element) const {
    const std::string href = attribute(element, "href").value_or("");
    if (href.empty())
        throw wrong(element, "has no href: the file to include");
    if (href.find("://") != std::string::npos && !href.starts_with("file://"))
        throw wrong(element, format("cannot include {}: only local files can be", quote(href)));
    return locate(href, file_of(element).parent_path()).lexically_normal();
}

std::string Document::read_included(const xmlNode& element, const fs::path& from) {
    std::error_code none;
    if (!fs::is_regular_file(from, none))
        throw wrong(element, format("cannot include {}: there is no such file", from.string()));
    included_.push_back(from);
    try {
        return read_file(from, Fault::usage, left_);
    } catch (const Error& error) {
        throw wrong(element, format("cannot include: {}", error.what()));
    }
}

std::string Document::read_text(const xmlNode& element, const fs::path& from) {
    std::error_code none;
    if (fs::exists(from, none) && !is_below(from, file_.parent_path()))
        throw wrong(element, format("cannot include {}: text must come from the folder of the "
                                    "template, or from below",
                                    from.string()));
    std::string text = read_included(element, from);
    left_ -= text.size();
    constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
    if (text.starts_with(byte_order_mark))
        text.erase(0, byte_order_mark.size());
    const bool plain = std::ranges::none_of(text, [](char c) {
        return static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t' && c != '\r';
    });
    if (!plain || xmlCheckUTF8(xml(text)) == 0)
        throw wrong(element, format("cannot include {}: it is no text in UTF-8", from.string()));
    return text;
}

void Document::include_xml(xmlNode& element, const fs::path& from, unsigned depth) {
    const auto pointer = attribute(element, "xpointer");
    const auto steps = steps_of(pointer.value_or("xpointer(/*/*)"));
    if (!steps)
        throw wrong(element, format("has xpointer={}, but glinda knows only the children of the "
                                    "root, as in \"xpointer(/packages/package)\"",
                                    quote(*pointer)));
    sources_.push_back(parse(read_included(element, from), from));
    xmlNode& root = *xmlDocGetRootElement(sources_.back().get());
    if (!pointer)
        return place(root, element, depth, &included_.back());
    if (matches(root, steps->first))
        place_children(root, steps->second, element, depth, &included_.back());
}

void Document::place(xmlNode& node, xmlNode& before, unsigned depth, const fs::path* file) {
    xmlUnlinkNode(&node);
    if (file != nullptr)
        parser_.place_of(node).file = file;
    xmlAddPrevSibling(&before, &node);
    expand(node, depth + 1);
}

void Document::place_children(xmlNode& parent, std::string_view name, xmlNode& before,
                              unsigned depth, const fs::path* file) {
    for (xmlNode* node = parent.children; node != nullptr;) {
        xmlNode* next = node->next;
        if (matches(*node, name))
            place(*node, before, depth, file);
        else if (is_text(*node) && file == nullptr)
            place_text(std::string{view(node->content)}, before);
        node = next;
    }
}

void Document::place_text(const std::string& text, xmlNode& before) {
    const xmlNode& element = *before.parent;
    const std::string filled =
        fill(text, element, is_content(element) ? Unknown::keep : Unknown::refuse);
    // It becomes a part of a text that stands before it.
    xmlAddPrevSibling(&before, xmlNewDocText(document_.get(), xml(filled)));
}

}  // namespace glinda::tdl
