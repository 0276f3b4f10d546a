#include "glinda/answer/kickstart.hpp"
#include "glinda/util/text.hpp"
#include "linters.hpp"

namespace glinda::answer {

std::vector<Finding> lint_kickstart(std::string_view text, const LintTarget&) {
    std::vector<Finding> findings;
    for (const KickstartItem& item : read_kickstart(text).items) {
        if (item.line.is_open)
            findings.push_back({Finding::Severity::error, item.line.number,
                                "a quote is opened and not closed on its line"});
        if (item.is_section() && !item.end)
            findings.push_back({.severity = Finding::Severity::error,
                                .line = item.line.number,
                                .what = format("the section {} has no %end", item.name()),
                                .mend = "close it with a line %end"});
    }
    return findings;
}

}  // namespace glinda::answer
