#pragma once

#include <list>
#include <set>

#include "glinda/tdl/template.hpp"
#include "libxml.hpp"

namespace glinda::tdl {

/// A template as XML: with its variables filled in, its includes included, and right by the schema.
class Document {
public:
    /// @throws InvalidTemplate.
    Document(std::string_view text, std::filesystem::path file, const Schema& schema,
             Variables variables);

    [[nodiscard]] const xmlNode& root() const { return *xmlDocGetRootElement(document_.get()); }
    [[nodiscard]] const std::list<std::filesystem::path>& included() const { return included_; }

    /// The error for what is wrong with an element: "<arch> what".
    [[nodiscard]] InvalidTemplate wrong(const xmlNode& element, std::string_view what) const;

private:
    enum class Unknown { refuse, keep };

    [[nodiscard]] XmlDocument parse(std::string_view text, const std::filesystem::path& file);
    void check(const Schema& schema) const;
    [[nodiscard]] const std::filesystem::path& file_of(const xmlNode& node) const;
    [[nodiscard]] InvalidTemplate complaint(const Complaint& complaint) const;

    void expand(xmlNode& element, unsigned depth);
    void fill_attributes(xmlNode& element);
    void fill_node(xmlNode& text, const xmlNode& element, Unknown unknown);
    [[nodiscard]] std::string fill(std::string_view text, const xmlNode& element, Unknown unknown);
    [[nodiscard]] const std::string& value_of(std::string_view name, std::string_view whole,
                                              const xmlNode& element);
    void refuse_unused() const;

    void include(xmlNode& element, unsigned depth);
    void include_xml(xmlNode& element, const std::filesystem::path& from, unsigned depth);
    [[nodiscard]] std::filesystem::path included_file(const xmlNode& element) const;
    [[nodiscard]] std::string read_included(const xmlNode& element,
                                            const std::filesystem::path& from);
    [[nodiscard]] std::string read_text(const xmlNode& element, const std::filesystem::path& from);
    void place(xmlNode& node, xmlNode& before, unsigned depth, const std::filesystem::path* file);
    void place_children(xmlNode& parent, std::string_view name, xmlNode& before, unsigned depth,
                        const std::filesystem::path* file = nullptr);
    void place_text(const std::string& text, xmlNode& before);

    std::filesystem::path file_;
    Variables variables_;
    std::set<std::string, std::less<>> used_;
    std::list<std::filesystem::path> included_;  ///< the places of nodes point at them
    unsigned includes_ = 0;
    std::size_t left_;  ///< bytes that may still be included
    Parser parser_;
    std::list<XmlDocument> sources_;  ///< of the included nodes; they own the namespaces
    XmlDocument document_;
};

/// The text right in an element, its CDATA included, comments not.
[[nodiscard]] std::string text_in(const xmlNode& element);

/// The value of an attribute, as it is.
[[nodiscard]] std::optional<std::string> attribute(const xmlNode& element, std::string_view name);

/// The child elements of a name.
[[nodiscard]] std::vector<const xmlNode*> children(const xmlNode& parent, std::string_view name);

/// `text` for a message: on one line, and not all of a long one.
[[nodiscard]] std::string quote(std::string_view text);

}  // namespace glinda::tdl
