#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace glinda::media {

/// Gives bytes of a file: `length` of them from `at` on, or as many as there are.
using ReadPart = std::function<std::string(std::uint64_t at, std::size_t length)>;

/// The XML data of a WIM file (Microsoft's "Windows Imaging File Format"), which tells what images
/// are in it: UTF-16LE, as it stands there. Nothing if the file is no WIM, or has none of at most
/// 512 KiB where its header says.
[[nodiscard]] std::optional<std::string> wim_xml(const ReadPart& read);

}  // namespace glinda::media
