#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace glinda::pipeline {

/// An image in a WIM file, by what its XML data says of it ("Windows Imaging File Format"). All
/// text is fit for a terminal; empty stands for what is not said.
struct WimImage {
    std::string name;
    std::string arch;     ///< libosinfo's word
    std::string version;  ///< "10.0.22631"
    std::string edition;
    std::vector<std::string> languages{};
};

/// Reads the XML data of a WIM file, UTF-16LE; nothing of what is no such data.
[[nodiscard]] std::vector<WimImage> read_wim_images(std::string_view xml);

/// A line of each image for the marks of families: name, architecture, version, edition and
/// languages, with a tab between two.
[[nodiscard]] std::string lines_of(const std::vector<WimImage>& images);

}  // namespace glinda::pipeline
