// Reads whatever libFuzzer makes up as a kickstart file and checks it. A finding is a crash, a
// report of the sanitizers, a slow or large input, a text that does not come back as it was, or a
// message that is not on one line.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "../../src/answer/kickstart_lint.hpp"
#include "glinda/answer/lint.hpp"
#include "glinda/util/error.hpp"

namespace {

using namespace glinda::answer;

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
    static const std::filesystem::path rules{SOURCE_FOLDER "/auto/anaconda/kickstart.xml"};
    static const LintTarget oldest{"kickstart", rules, "RHEL", "6"};
    static const LintTarget newest{"kickstart", rules, "RHEL", "10", {"vda"}};
    // Read once: reading them takes longer than all else.
    static const KickstartRules rules_of_oldest = read_kickstart_rules(oldest);
    static const KickstartRules rules_of_newest = read_kickstart_rules(newest);
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    const Kickstart kickstart = read_kickstart(text);
    if (to_text(kickstart) != text)
        std::abort();
    for (const KickstartItem& item : kickstart.items)
        check_line(item.line);
    if (check_kickstart(kickstart, rules_of_oldest, oldest.disks).size() > size + 10)
        std::abort();
    static_cast<void>(check_kickstart(kickstart, rules_of_newest, newest.disks));
    if (size % 64 != 0)
        return 0;
    for (const Finding& finding : lint(text, newest))
        if (to_text(finding, "ks.cfg").find('\n') != std::string::npos)
            std::abort();
    return 0;
}
