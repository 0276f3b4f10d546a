#include "wim_images.hpp"

#include <algorithm>
#include <array>
#include <pugixml.hpp>
#include <utility>

#include "glinda/util/text.hpp"

namespace glinda::pipeline {
namespace {

/// On one line, whatever stands there.
std::string text_at(const pugi::xml_node& node, const char* name) {
    std::string text = printable(node.child_value(name));
    std::ranges::replace_if(
        text, [](char each) { return each == '\n' || each == '\t'; }, ' ');
    return std::string{trim(text)};
}

/// PROCESSOR_ARCHITECTURE_… of winnt.h.
std::string arch_of(std::string_view number) {
    using Entry = std::pair<std::string_view, std::string_view>;
    constexpr std::array known{Entry{"0", "i686"}, Entry{"5", "armv7l"}, Entry{"9", "x86_64"},
                               Entry{"12", "aarch64"}};
    const auto* const found = std::ranges::find(known, number, &Entry::first);
    return found == known.end() ? std::string{} : std::string{found->second};
}

WimImage image_of(const pugi::xml_node& image) {
    const pugi::xml_node system = image.child("WINDOWS");
    const pugi::xml_node version = system.child("VERSION");
    WimImage read{
        .name = text_at(image, "NAME"),
        .arch = arch_of(text_at(system, "ARCH")),
        .version = join(
            {text_at(version, "MAJOR"), text_at(version, "MINOR"), text_at(version, "BUILD")}, "."),
        .edition = text_at(system, "EDITIONID")};
    if (read.version.find_first_not_of("0123456789.") != std::string::npos ||
        read.version.starts_with('.'))
        read.version.clear();
    for (const pugi::xml_node& language : system.child("LANGUAGES").children("LANGUAGE"))
        read.languages.emplace_back(trim(printable(language.child_value())));
    return read;
}

}  // namespace

std::vector<WimImage> read_wim_images(std::string_view xml) {
    pugi::xml_document document;
    if (!document.load_buffer(xml.data(), xml.size(), pugi::parse_default, pugi::encoding_utf16_le))
        return {};
    std::vector<WimImage> images;
    for (const pugi::xml_node& image : document.child("WIM").children("IMAGE"))
        images.push_back(image_of(image));
    return images;
}

std::string lines_of(const std::vector<WimImage>& images) {
    std::string text;
    for (const WimImage& image : images)
        text +=
            join({image.name, image.arch, image.version, image.edition, join(image.languages, " ")},
                 "\t") +
            "\n";
    return text;
}

}  // namespace glinda::pipeline
