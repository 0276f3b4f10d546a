// Any bytes as an answer file: the first byte chooses the dialect, of which all data is read.
#include <array>
#include <cstdint>

#include "glinda/answer/lint.hpp"

namespace {

const auto targets = std::to_array<glinda::answer::LintTarget>({
    {"preseed", SOURCE_FOLDER "/auto/debian-installer/preseed.xml", "Debian", "13", {"vda"}},
    {"autoinstall", SOURCE_FOLDER "/auto/subiquity/lint.xml", "Ubuntu", "24.04", {"vda"}},
    {"agama", SOURCE_FOLDER "/auto/agama/lint.xml", "SLES", "16.0", {"vda"}},
    {"autoyast", SOURCE_FOLDER "/auto/autoyast/lint.xml", "SLES", "15-SP6", {"vda"}},
    {"unattend", SOURCE_FOLDER "/auto/windows-setup/lint.xml", "Windows", "11", {"vda"}},
});

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0)
        return 0;
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    for (const auto& finding :
         glinda::answer::lint(text.substr(1), targets.at(data[0] % targets.size())))
        if (finding.what.empty())
            __builtin_trap();
    return 0;
}
