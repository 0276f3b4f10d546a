#include "test.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <pugixml.hpp>
#include <sstream>

#include "glinda/util/error.hpp"
#include "glinda/util/files.hpp"
#include "glinda/util/text.hpp"

namespace glinda::cli {
namespace {

using pipeline::CheckResult;
using pipeline::TestResult;

double seconds(std::chrono::milliseconds duration) {
    return std::chrono::duration<double>(duration).count();
}

auto number_of_failures(const TestResult& result) {
    return std::ranges::count(result.checks, false, &CheckResult::passed);
}

std::string what_failed(const CheckResult& check) {
    return format("expected {}, but it is {}", check.expected, check.seen);
}

/// Text that a person reads below another line.
std::string indented(const std::string& text) {
    std::string lines;
    for (const std::string_view line : split(trim(text), '\n'))
        lines += format("        {}\n", line);
    return lines;
}

}  // namespace

std::string to_junit(const TestResult& result) {
    pugi::xml_document document;
    pugi::xml_node suite = document.append_child("testsuite");
    suite.append_attribute("name").set_value(result.name.c_str());
    suite.append_attribute("tests").set_value(std::to_string(result.checks.size()).c_str());
    suite.append_attribute("failures")
        .set_value(std::to_string(number_of_failures(result)).c_str());
    suite.append_attribute("errors").set_value("0");
    std::chrono::milliseconds all{};
    for (const CheckResult& check : result.checks) {
        all += check.took;
        pugi::xml_node test = suite.append_child("testcase");
        test.append_attribute("classname").set_value(result.name.c_str());
        test.append_attribute("name").set_value(check.name.c_str());
        test.append_attribute("time").set_value(format("{:.3f}", seconds(check.took)).c_str());
        if (check.passed)
            continue;
        pugi::xml_node failure = test.append_child("failure");
        failure.append_attribute("message").set_value(what_failed(check).c_str());
        failure.text().set(check.output.c_str());
    }
    suite.append_attribute("time").set_value(format("{:.3f}", seconds(all)).c_str());
    std::ostringstream text;
    document.save(text, "  ");
    return text.str();
}

std::string to_json(const TestResult& result) {
    nlohmann::ordered_json checks = nlohmann::json::array();
    for (const CheckResult& check : result.checks)
        checks.push_back({{"name", check.name},
                          {"passed", check.passed},
                          {"expected", check.expected},
                          {"seen", check.seen},
                          {"output", check.output},
                          {"seconds", seconds(check.took)}});
    nlohmann::ordered_json json{{"name", result.name},
                                {"passed", result.passed()},
                                {"boot_seconds", seconds(result.boot)},
                                {"checks", std::move(checks)}};
    if (result.script)
        json["script"] = {{"status", result.script->status},
                          {"output", result.script->output},
                          {"errors", result.script->errors}};
    return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

std::string lines_of(const TestResult& result) {
    std::string text;
    for (const CheckResult& check : result.checks) {
        text += check.passed ? format("passed  {}: {}\n", check.name, check.seen)
                             : format("FAILED  {}: {}\n", check.name, what_failed(check));
        if (!check.passed && !check.output.empty())
            text += indented(check.output);
    }
    if (!result.checks.empty())
        text +=
            format("{} of {} checks failed\n", number_of_failures(result), result.checks.size());
    return text;
}

int show(const TestResult& result, const TestCommand& command) {
    if (command.json) {
        fmt::print("{}", to_json(result));
    } else {
        if (result.script) {
            fmt::print("{}", result.script->output);
            fmt::print(stderr, "{}", result.script->errors);
        }
        fmt::print("{}", lines_of(result));
    }
    if (command.junit)
        write_file(*command.junit, to_junit(result), 0644);
    return result.passed() ? 0 : exit_status(Fault::guest);
}

}  // namespace glinda::cli
