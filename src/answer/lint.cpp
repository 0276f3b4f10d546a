#include "glinda/answer/lint.hpp"

#include <algorithm>
#include <array>

#include "glinda/util/text.hpp"
#include "linters.hpp"

namespace glinda::answer {
namespace {

struct DialectLinter {
    std::string_view name;
    std::vector<Finding> (*lint)(std::string_view, const LintTarget&);
};
constexpr auto linters = std::to_array<DialectLinter>({
    {"agama", lint_agama},
    {"autoinstall", lint_autoinstall},
    {"autoyast", lint_xml},
    {"kickstart", lint_kickstart},
    {"preseed", lint_preseed},
    {"unattend", lint_xml},
});

/// More of them nobody reads, and a hostile file could make any number.
constexpr std::size_t most_findings = 1000;

/// What came out of a hostile file, as it may stand on a terminal: on one line, and not too long.
std::string tame(std::string text) {
    constexpr std::size_t longest = 400;
    if (text.size() > longest) {
        text.resize(longest);
        text += " …";
    }
    std::ranges::replace_if(
        text, [](unsigned char letter) { return letter < 0x20 || letter == 0x7f; }, '?');
    return text;
}

}  // namespace

std::vector<Finding> lint(std::string_view text, const LintTarget& target) {
    if (trim(text).empty())
        return {{Finding::Severity::error, 0, "the answer file is empty"}};
    if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos) {
        const auto breaks = std::ranges::count(text.substr(0, nul), '\n');
        return {{Finding::Severity::error, static_cast<std::size_t>(breaks) + 1,
                 "a NUL byte: this is not a text in UTF-8"}};
    }
    const auto* const found = std::ranges::find(linters, target.dialect, &DialectLinter::name);
    if (found == std::end(linters))
        return {};
    std::vector<Finding> findings = found->lint(text, target);
    std::ranges::stable_sort(findings, {}, &Finding::line);
    if (findings.size() > most_findings) {
        findings.resize(most_findings);
        findings.push_back({Finding::Severity::error, 0, "there are more faults than these"});
    }
    for (Finding& finding : findings) {
        finding.what = tame(std::move(finding.what));
        finding.mend = tame(std::move(finding.mend));
    }
    return findings;
}

std::string to_text(const Finding& finding, const std::filesystem::path& file) {
    const bool is_error = finding.severity == Finding::Severity::error;
    std::string text = file.string();
    if (finding.line > 0)
        text += format(":{}", finding.line);
    text += format(": {}: {}", is_error ? "error" : "warning", finding.what);
    if (!finding.since.empty())
        text += format(" (since {})", finding.since);
    if (!finding.mend.empty())
        text += "; " + finding.mend;
    return text;
}

bool has_errors(const std::vector<Finding>& findings) {
    return std::ranges::find(findings, Finding::Severity::error, &Finding::severity) !=
           findings.end();
}

}  // namespace glinda::answer
