#include "finished_image.hpp"

#include <pugixml.hpp>

#include "glinda/util/error.hpp"
#include "glinda/util/files.hpp"
#include "glinda/util/text.hpp"

namespace glinda::pipeline {

FinishedImage image_of(const std::filesystem::path& domain_xml) {
    constexpr std::size_t limit = std::size_t{5} << 20U;
    const std::string text = read_file(domain_xml, Fault::usage, limit);
    pugi::xml_document document;
    if (const auto result = document.load_buffer(text.data(), text.size()); !result)
        throw Error{Fault::usage, format("{}: {}", domain_xml.string(), result.description())};
    const pugi::xml_node domain = document.child("domain");
    const pugi::xml_node disk =
        domain.select_node("devices/disk[@type='file' and not(@device='cdrom')]").node();
    const std::string path = disk.child("source").attribute("file").value();
    if (path.empty())
        throw Error{Fault::usage, format("{} names no disk image", domain_xml.string())};
    const pugi::xml_node memory = domain.child("memory");
    const bool in_mib = std::string_view{memory.attribute("unit").value()} == "MiB";
    return {path, disk.child("driver").attribute("type").as_string("raw"),
            memory.text().as_uint() / (in_mib ? 1U : 1024U)};
}

}  // namespace glinda::pipeline
