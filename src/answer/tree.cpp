#include "tree.hpp"

#include "glinda/util/error.hpp"
#include "glinda/util/text.hpp"
#include "rulebook.hpp"

namespace glinda::answer {
namespace {

constexpr std::size_t deepest_level = 60;
constexpr std::size_t most_parts = 100'000;

std::size_t parts_of(const pugi::xml_node& node) {
    std::size_t parts = 1;
    for (const pugi::xml_node& child : node.children())
        parts += parts_of(child);
    return parts;
}

}  // namespace

void require_whole(const Tree& tree) {
    if (!tree.is_whole)
        throw Error{Fault::usage,
                    format("line {}: {}", tree.faults.front().line, tree.faults.front().what)};
}

bool TreeBuilder::wants_key() const {
    return !levels_.empty() && levels_.back().is_map && !has_key_;
}

void TreeBuilder::key(std::string_view name, std::size_t line) {
    key_ = name;
    key_line_ = line;
    has_key_ = true;
    if (!levels_.back().keys.insert(key_).second)
        tree_.faults.push_back({Finding::Severity::warning, line,
                                format("the key {} stands here a second time: the last one counts",
                                       printable(name.substr(0, 80))),
                                "", "take one of the two away"});
}

pugi::xml_node TreeBuilder::scalar(const char* kind, std::string_view text, std::size_t line) {
    pugi::xml_node node = add(kind, line);
    node.text().set(std::string{text}.c_str());
    return node;
}

pugi::xml_node TreeBuilder::enter(const char* kind, std::size_t line) {
    if (levels_.size() == deepest_level)
        throw Error{Fault::usage,
                    format("more than {} levels lie within each other", deepest_level)};
    const pugi::xml_node node = add(kind, line);
    levels_.push_back({node, kind == std::string_view{"map"}, {}});
    return node;
}

pugi::xml_node TreeBuilder::leave() {
    const pugi::xml_node node = levels_.back().node;
    levels_.pop_back();
    return node;
}

void TreeBuilder::copy(const pugi::xml_node& original, std::size_t line) {
    count(parts_of(original));
    pugi::xml_node node = add(original.attribute("kind").value(), line);
    for (const pugi::xml_node& child : original.children())
        node.append_copy(child);
}

pugi::xml_node TreeBuilder::add(const char* kind, std::size_t line) {
    count(1);
    const bool is_member = !levels_.empty() && levels_.back().is_map;
    pugi::xml_node node = levels_.empty()
                              ? tree_.document->append_child("document")
                              : levels_.back().node.append_child(is_member ? key_.c_str() : "item");
    node.append_attribute("kind").set_value(kind);
    node.append_attribute(line_mark).set_value(
        static_cast<unsigned long long>(is_member ? key_line_ : line));
    has_key_ = false;
    return node;
}

void TreeBuilder::count(std::size_t more) {
    size_ += more;
    if (size_ > most_parts)
        throw Error{Fault::usage, format("it has more than {} parts", most_parts)};
}

}  // namespace glinda::answer
