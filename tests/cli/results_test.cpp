#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <pugixml.hpp>

#include "glinda/util/files.hpp"
#include "test.hpp"

namespace glinda::cli {
namespace {

using namespace std::chrono_literals;

pipeline::TestResult sample() {
    return {.name = "vm",
            .script = std::nullopt,
            .checks = {{.name = "port 22", .expected = "open", .seen = "open", .took = 250ms},
                       {.name = "command a<b",
                        .passed = false,
                        .expected = "status 0",
                        .seen = "7",
                        .output = "one\ntwo & \"three\"",
                        .took = 1500ms}},
            .boot = 42s};
}

TEST(Results, AreALineEachWithWhatWasExpectedAndSeen) {
    EXPECT_EQ(lines_of(sample()),
              "passed  port 22: open\n"
              "FAILED  command a<b: expected status 0, but it is 7\n"
              "        one\n"
              "        two & \"three\"\n"
              "1 of 2 checks failed\n");
    EXPECT_EQ(lines_of({.name = "vm"}), "");
}

TEST(Results, AreATestSuiteForOtherPrograms) {
    pugi::xml_document document;
    ASSERT_TRUE(document.load_string(to_junit(sample()).c_str()));
    const pugi::xml_node suite = document.child("testsuite");
    EXPECT_STREQ(suite.attribute("name").value(), "vm");
    EXPECT_EQ(suite.attribute("tests").as_int(), 2);
    EXPECT_EQ(suite.attribute("failures").as_int(), 1);
    EXPECT_STREQ(suite.attribute("time").value(), "1.750");
    const pugi::xml_node failed = suite.last_child();
    EXPECT_STREQ(failed.attribute("name").value(), "command a<b");
    EXPECT_STREQ(failed.attribute("time").value(), "1.500");
    EXPECT_STREQ(failed.child("failure").attribute("message").value(),
                 "expected status 0, but it is 7");
    EXPECT_STREQ(failed.child("failure").text().get(), "one\ntwo & \"three\"");
    EXPECT_FALSE(suite.first_child().child("failure"));
}

TEST(Results, AreOneObject) {
    const auto json = nlohmann::json::parse(to_json(sample()));
    EXPECT_EQ(json["passed"], false);
    EXPECT_EQ(json["boot_seconds"], 42.0);
    EXPECT_EQ(json["checks"][0]["passed"], true);
    EXPECT_EQ(json["checks"][1]["seen"], "7");
    EXPECT_EQ(json["checks"][1]["seconds"], 1.5);
    EXPECT_FALSE(json.contains("script"));
}

TEST(Results, AFailureIsTheGuests) {
    const TemporaryFolder folder{std::filesystem::temp_directory_path() / "glinda-cli-"};
    const TestCommand command{.request = {}, .junit = folder.path() / "junit.xml", .json = true};
    EXPECT_EQ(show(sample(), command), 3);
    EXPECT_EQ(read_file(folder.path() / "junit.xml"), to_junit(sample()));
    pipeline::TestResult right = sample();
    right.checks.pop_back();
    EXPECT_EQ(show(right, command), 0);
    right.script = {.status = 1};
    EXPECT_EQ(show(right, command), 3);
}

}  // namespace
}  // namespace glinda::cli
