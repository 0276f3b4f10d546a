#pragma once

#include <cstddef>
#include <memory>
#include <pugixml.hpp>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "glinda/answer/lint.hpp"

namespace glinda::answer {

/// A structured text as a tree, for rulebook.hpp and json_schema.hpp. Each element has the
/// attribute `line_mark`. Of YAML and JSON the root is "document", a member is an element of its
/// key's name, an entry of a list is "item", and the attribute "kind" is one of map, list, string,
/// int, float, bool and null.
struct Tree {
    std::unique_ptr<pugi::xml_document> document = std::make_unique<pugi::xml_document>();
    std::vector<Finding> faults;  ///< why it could not be read, or what of it is ambiguous
    bool is_whole = false;        ///< no: it could not be read, and the document is of no use

    [[nodiscard]] pugi::xml_node root() const { return document->document_element(); }
};

/// @throws Error (usage) that says line and fault, if the text could not be read.
void require_whole(const Tree& tree);

/// Reads XML. Entities are neither resolved nor fetched: a text that declares some is refused.
[[nodiscard]] Tree read_xml(std::string_view text);

/// Reads the first document of a YAML text; scalars have the types that YAML 1.1 gives them, as in
/// the installers' own readers.
[[nodiscard]] Tree read_yaml(std::string_view text);

/// Reads JSON (RFC 8259).
[[nodiscard]] Tree read_json(std::string_view text);

/// Grows the tree of a YAML or JSON text from a parser's events. Beyond its limits of depth and
/// size it throws Error (usage).
class TreeBuilder {
public:
    explicit TreeBuilder(Tree& tree) : tree_{tree} {}

    /// Whether the next scalar is the name of a member.
    [[nodiscard]] bool wants_key() const;
    void key(std::string_view name, std::size_t line);
    pugi::xml_node scalar(const char* kind, std::string_view text, std::size_t line);
    pugi::xml_node enter(const char* kind, std::size_t line);
    /// Ends what enter() began, and gives it.
    pugi::xml_node leave();
    /// A further place for what `original` holds.
    void copy(const pugi::xml_node& original, std::size_t line);

private:
    struct Level {
        pugi::xml_node node;
        bool is_map;
        std::set<std::string, std::less<>> keys;
    };
    pugi::xml_node add(const char* kind, std::size_t line);
    void count(std::size_t more);

    Tree& tree_;
    std::vector<Level> levels_;
    std::string key_;
    bool has_key_ = false;
    std::size_t key_line_ = 0;
    std::size_t size_ = 0;
};

}  // namespace glinda::answer
