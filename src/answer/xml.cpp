#include <algorithm>
#include <array>

#include "glinda/util/text.hpp"
#include "rulebook.hpp"
#include "tree.hpp"

namespace glinda::answer {
namespace {

constexpr std::size_t deepest_element = 60;

std::size_t line_at(std::string_view text, std::size_t offset) {
    return static_cast<std::size_t>(std::ranges::count(text.substr(0, offset), '\n')) + 1;
}

Finding fault(std::size_t line, std::string what, std::string mend) {
    return {Finding::Severity::error, line, std::move(what), "", std::move(mend)};
}

/// Where the first & stands that starts no reference of those that XML has without a DTD;
/// pugixml takes it for itself, an installer's reader does not (XML 1.0 §4.1).
std::size_t stray_ampersand(std::string_view text) {
    constexpr auto opaque = std::to_array<std::array<std::string_view, 2>>(
        {{"<!--", "-->"}, {"<![CDATA[", "]]>"}, {"<?", "?>"}});
    constexpr auto references =
        std::to_array<std::string_view>({"&amp;", "&lt;", "&gt;", "&quot;", "&apos;", "&#"});
    for (std::size_t i = text.find_first_of("&<"); i < text.size();
         i = text.find_first_of("&<", i + 1)) {
        const std::string_view rest = text.substr(i);
        const auto starts = [&](std::string_view word) { return rest.starts_with(word); };
        if (rest[0] == '&' && std::ranges::none_of(references, starts))
            return i;
        for (const auto& [open, close] : opaque)
            if (starts(open))
                i = std::min(text.find(close, i), text.size() - 1);
    }
    return std::string_view::npos;
}

/// Gives the elements their lines, which are counted once from the start to the end.
class Numbering {
public:
    Numbering(std::string_view text, std::vector<Finding>& faults) : text_{text}, faults_{faults} {}

    /// Whether the tree is not too deep.
    bool number(pugi::xml_node node, std::size_t depth = 0) {
        const auto offset = static_cast<std::size_t>(node.offset_debug());
        line_ += static_cast<std::size_t>(
            std::ranges::count(text_.substr(counted_, offset - counted_), '\n'));
        counted_ = offset;
        check_prefixes(node);
        node.prepend_attribute(line_mark).set_value(static_cast<unsigned long long>(line_));
        return std::ranges::all_of(node.children(), [&](const pugi::xml_node& child) {
            return child.type() != pugi::node_element ||
                   (depth < deepest_element && number(child, depth + 1));
        });
    }

private:
    /// Namespaces in XML 1.0 §5: a prefix has to be declared. Where exactly, is not looked at.
    void check_prefixes(const pugi::xml_node& node) {
        constexpr std::string_view declaration = "xmlns:";
        for (const pugi::xml_attribute& attribute : node.attributes())
            if (const std::string_view name = attribute.name(); name.starts_with(declaration))
                declared_.emplace(name.substr(declaration.size()));
        check_prefix(node.name());
        for (const pugi::xml_attribute& attribute : node.attributes())
            check_prefix(attribute.name());
    }

    void check_prefix(std::string_view name) {
        const std::size_t colon = name.find(':');
        if (colon == std::string_view::npos || !declared_.emplace(name.substr(0, colon)).second)
            return;
        const std::string prefix = printable(name.substr(0, colon));
        faults_.push_back(fault(line_, format("the prefix {} is not declared", prefix),
                                format("declare it at the root element: xmlns:{}=\"…\"", prefix)));
    }

    std::string_view text_;
    std::vector<Finding>& faults_;
    std::set<std::string, std::less<>> declared_{"xml", "xmlns"};
    std::size_t counted_ = 0;
    std::size_t line_ = 1;
};

}  // namespace

Tree read_xml(std::string_view text) {
    Tree tree;
    if (const std::size_t entity = text.find("<!ENTITY"); entity != std::string_view::npos) {
        tree.faults.push_back(fault(line_at(text, entity), "it declares an entity",
                                    "write its text in place of each reference"));
        return tree;
    }
    const pugi::xml_parse_result result = tree.document->load_buffer(
        text.data(), text.size(), pugi::parse_default, pugi::encoding_utf8);
    const auto is_element = [](const pugi::xml_node& node) {
        return node.type() == pugi::node_element;
    };
    if (!result) {
        tree.faults.push_back(
            fault(line_at(text, static_cast<std::size_t>(result.offset)),
                  format("it is not well-formed XML: {}", lower(result.description())),
                  "close each element that is opened, in its order"));
    } else if (std::ranges::count_if(tree.document->children(), is_element) != 1) {
        tree.faults.push_back(
            fault(0, "it has more than one root element, or none", "put all into one element"));
    } else if (const std::size_t stray = stray_ampersand(text); stray != std::string_view::npos) {
        tree.faults.push_back(fault(line_at(text, stray), "a & that starts no reference",
                                    "write &amp; or put the text into <![CDATA[ … ]]>"));
    } else if (!Numbering{text, tree.faults}.number(tree.root())) {
        tree.faults.push_back(
            fault(0, format("more than {} elements lie within each other", deepest_element),
                  "this is no answer file"));
    } else {
        tree.is_whole = true;
    }
    return tree;
}

}  // namespace glinda::answer
