#pragma once

#include <gmock/gmock.h>

#include <ostream>
#include <string>
#include <vector>

#include "glinda/answer/lint.hpp"

namespace glinda::answer {

/// One change that makes a right answer file wrong, and the one finding that it must give.
struct FaultyFile {
    std::string name;
    std::string right;  ///< a part of the right file, which …
    std::string wrong;  ///< … is replaced by this
    std::size_t line;
    Finding::Severity severity;
    std::string what;  ///< a part of the finding's text
    std::string mend;  ///< a part of its mend
};

constexpr auto error = Finding::Severity::error;
constexpr auto warning = Finding::Severity::warning;

inline std::string replaced(std::string text, const std::string& right, const std::string& wrong) {
    const std::size_t at = text.find(right);
    EXPECT_NE(at, std::string::npos) << right << " is not in the right file";
    return at == std::string::npos ? text : text.replace(at, right.size(), wrong);
}

inline std::string all(const std::vector<Finding>& findings) {
    std::string text;
    for (const Finding& finding : findings)
        text += to_text(finding, "file") + "\n";
    return text;
}

inline void PrintTo(const FaultyFile& fault, std::ostream* out) {
    *out << fault.name;
}

inline std::string name_of(const testing::TestParamInfo<FaultyFile>& info) {
    return info.param.name;
}

inline void expect_one(const std::vector<Finding>& findings, const FaultyFile& fault) {
    ASSERT_EQ(findings.size(), 1U) << all(findings);
    EXPECT_EQ(findings[0].line, fault.line) << all(findings);
    EXPECT_EQ(findings[0].severity, fault.severity) << all(findings);
    EXPECT_THAT(findings[0].what, testing::HasSubstr(fault.what));
    EXPECT_THAT(findings[0].mend, testing::HasSubstr(fault.mend));
}

}  // namespace glinda::answer
