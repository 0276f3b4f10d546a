// The rules of auto/*/errors.xml and auto/common-errors.xml on what the programs really say: every
// rule has samples, and the lines of installations that went well are no failures.

#include <gmock/gmock.h>

#include <filesystem>
#include <pugixml.hpp>
#include <set>

#include "glinda/util/files.hpp"
#include "glinda/util/process.hpp"
#include "glinda/util/text.hpp"
#include "glinda/watch/watch.hpp"

namespace glinda::pipeline {
namespace {

namespace fs = std::filesystem;

const fs::path families = SOURCE_FOLDER "/auto";
const fs::path common_rules = families / "common-errors.xml";

struct Rule {
    std::string name;  ///< its file and place, for the messages of the tests
    std::string pattern;
    std::string cause;
    std::string remedy;
    std::string answer;
    watch::FailurePattern::When when = watch::FailurePattern::When::seen;
    std::vector<std::string> samples;
};

std::vector<Rule> rules_of(const fs::path& file) {
    pugi::xml_document document;
    EXPECT_TRUE(document.load_file(file.c_str(), pugi::parse_default | pugi::parse_ws_pcdata));
    std::vector<Rule> rules;
    for (const pugi::xml_node& node : document.document_element().children("failure")) {
        Rule rule{.name = format("{} rule {}", file.string(), rules.size() + 1),
                  .pattern = node.attribute("pattern").value(),
                  .cause = node.child_value("cause"),
                  .remedy = node.child_value("remedy"),
                  .answer = node.attribute("answer").value(),
                  .samples = {}};
        if (node.attribute("when"))
            rule.when = watch::FailurePattern::When::still;
        for (const pugi::xml_node& sample : node.children("sample"))
            rule.samples.emplace_back(sample.child_value());
        rules.push_back(std::move(rule));
    }
    return rules;
}

std::vector<fs::path> rule_files() {
    std::vector<fs::path> files{common_rules};
    for (const auto& entry : fs::directory_iterator{families})
        if (fs::exists(entry.path() / "errors.xml"))
            files.push_back(entry.path() / "errors.xml");
    return files;
}

/// The rules as the catalog gives them to a family: its own, then the common ones.
std::vector<Rule> rules_in_order(const fs::path& file) {
    std::vector<Rule> rules = rules_of(file);
    if (file != common_rules)
        std::ranges::move(rules_of(common_rules), std::back_inserter(rules));
    return rules;
}

watch::Watch watch_with(const std::vector<Rule>& rules) {
    watch::Rules watched{.install_timeout = std::chrono::hours{1},
                         .inactivity_timeout = std::chrono::hours{1}};
    for (const Rule& rule : rules)  // its name tells which one it was
        watched.failures.push_back({rule.pattern, rule.name, rule.cause, rule.when});
    return {std::move(watched), watch::Clock::time_point{}};
}

/// The rule that a line fits; empty if it is harmless.
std::string rule_for(const watch::Watch& watch, const std::string& line) {
    const auto verdict = watch.observe_prompt(line);
    return verdict ? verdict->cause : "";
}

TEST(FailureRules, AreTheFirstThatFitTheirSamples) {
    std::size_t count = 0;
    for (const fs::path& file : rule_files()) {
        watch::Watch watch = watch_with(rules_in_order(file));
        for (const Rule& rule : rules_of(file)) {
            ++count;
            EXPECT_FALSE(rule.samples.empty()) << rule.name << " has no sample";
            EXPECT_FALSE(rule.remedy.empty()) << rule.name;
            for (const std::string& sample : rule.samples)
                EXPECT_EQ(rule_for(watch, sample), rule.name) << sample;
        }
    }
    EXPECT_GE(count, 60U);
}

TEST(FailureRules, TellTheirCausesInWordsThatTheLineFills) {
    for (const fs::path& file : rule_files())
        for (const Rule& rule : rules_of(file)) {
            watch::Watch watch{{.failures = {{rule.pattern, rule.cause, rule.remedy,
                                              watch::FailurePattern::When::seen, rule.answer}},
                                .install_timeout = std::chrono::hours{1},
                                .inactivity_timeout = std::chrono::hours{1}},
                               {}};
            for (const std::string& sample : rule.samples) {
                const auto verdict = watch.observe(watch::LogLine{sample}, {});
                ASSERT_TRUE(verdict) << sample;
                EXPECT_THAT(verdict->cause, testing::Not(testing::HasSubstr("$"))) << rule.name;
                EXPECT_FALSE(verdict->cause.ends_with(' ')) << rule.name << ": " << verdict->cause;
                // A pattern that is none would be an error.
                EXPECT_NO_THROW(std::ignore = watch::answer_line(verdict->answer, "a file"))
                    << rule.name;
            }
        }
}

TEST(FailureRules, FitNothingThatHealthyInstallationsSay) {
    std::vector<std::string> lines;
    for (const auto& entry : fs::directory_iterator{TEST_DATA "/healthy"}) {
        const std::string text = printable(read_file(entry.path()));
        for (const std::string_view line : split(text, '\n'))
            lines.emplace_back(line);
    }
    ASSERT_GT(lines.size(), 100U);
    for (const fs::path& file : rule_files()) {
        watch::Watch watch = watch_with(rules_in_order(file));
        for (const std::string& line : lines)
            EXPECT_FALSE(watch.observe(watch::ConsoleLine{line}, {})) << line;
    }
}

TEST(FailureRules, AreFilesOfTheirSchema) {
    std::vector<std::string> command{"xmllint", "--noout", "--relaxng",
                                     SOURCE_FOLDER "/config/errors.rng"};
    for (const fs::path& file : rule_files())
        command.push_back(file);
    SystemRunner runner;
    const Result result = runner.run({.argv = command});
    EXPECT_EQ(result.status, 0) << result.errors;
}

}  // namespace
}  // namespace glinda::pipeline
