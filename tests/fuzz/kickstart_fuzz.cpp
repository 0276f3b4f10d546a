// Reads whatever libFuzzer makes up as a kickstart file and checks it. A finding is a crash, a
// report of the sanitizers, a slow or large input, a text that does not come back as it was, or a
// message that is not on one line.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "glinda/answer/kickstart.hpp"
#include "glinda/answer/lint.hpp"
#include "glinda/util/error.hpp"

namespace {

using namespace glinda::answer;

void check(std::string_view text, const LintTarget& target) {
    for (const Finding& finding : lint(text, target))
        if (to_text(finding, "ks.cfg").find('\n') != std::string::npos)
            std::abort();
}

void check_line(const KickstartLine& line) {
    if (line.is_open || line.words.empty())
        return;
    try {
        if (kickstart_command(line.words).words != line.words)
            std::abort();
    } catch (const glinda::Error&) {
        // A word with a line break cannot be written.
    }
}

}  // namespace

// The name is libFuzzer's.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const std::array targets{
        LintTarget{"kickstart", SOURCE_FOLDER "/auto/anaconda/kickstart.xml", "RHEL", "6", {}},
        LintTarget{"kickstart", SOURCE_FOLDER "/auto/anaconda/kickstart.xml", "RHEL", "9", {"vda"}},
    };
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    const Kickstart kickstart = read_kickstart(text);
    if (to_text(kickstart) != text)
        std::abort();
    for (const KickstartItem& item : kickstart.items)
        check_line(item.line);
    for (const LintTarget& target : targets)
        check(text, target);
    return 0;
}
