#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "glinda/guest/session.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/files.hpp"
#include "glinda/util/process.hpp"
#include "glinda/util/text.hpp"

namespace glinda::guest {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::json;
using testing::HasSubstr;

std::string base64(const std::string& text, std::vector<std::string> options = {}) {
    std::vector<std::string> argv{"base64", "-w0"};
    argv.insert(argv.end(), options.begin(), options.end());
    return SystemRunner{}.output_of({.argv = std::move(argv), .input = text});
}

/// What stands in for a guest's agent: it runs on this host what it is asked to, as qemu-ga does.
class Agent : public testing::Test {
protected:
    std::string answer(const std::string& text) {
        const Json command = Json::parse(text);
        const Json given = command["arguments"];
        if (command["execute"] == "guest-exec") {
            EXPECT_EQ(given["capture-output"], true);
            const Result result =
                SystemRunner{}.run({.argv = {given["path"], given["arg"][0], given["arg"][1]},
                                    .input = base64(given["input-data"], {"-d"})});
            largest_ = std::max(largest_, text.size());
            status_ = {{"exited", true},
                       {"exitcode", result.status},
                       {"out-data", base64(result.output)},
                       {"err-data", base64(result.errors)}};
            return R"({"return":{"pid":7}})";
        }
        EXPECT_EQ(command["execute"], "guest-exec-status");
        EXPECT_EQ(given["pid"], 7);
        if (busy_-- > 0)
            return R"({"return":{"exited":false}})";
        return Json{{"return", status_}}.dump();
    }
    Session session() {
        return {[this](const std::string& command) { return answer(command); }, "the guest"};
    }

    Json status_;
    int busy_ = 1;
    std::size_t largest_ = 0;
};

TEST_F(Agent, RunsAScriptAndKeepsItsOutputsApart) {
    std::string streamed;
    const CommandResult result =
        session().run("cat; echo \"it's\" out; echo err >&2; exit 3",
                      {.on_output = [&](Stream stream, std::string_view text) {
                          streamed += stream == Stream::output ? text : "";
                      }});
    EXPECT_EQ(result.status, 3);
    EXPECT_EQ(result.output, "it's out\n");
    EXPECT_EQ(result.errors, "err\n");
    EXPECT_EQ(streamed, result.output);
}

TEST_F(Agent, AFileOfAnySizeArrivesByteForByte) {
    const TemporaryFolder folder{std::filesystem::temp_directory_path() / "glinda-guest-"};
    const auto file = folder.path() / "a file";
    std::string bytes(1'000'000, 'x');
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<char>(i * i);
    session().write(file.string(), bytes, {.mode = 0600U});
    EXPECT_EQ(read_file(file), bytes);
    EXPECT_EQ(std::filesystem::status(file).permissions(), std::filesystem::perms{0600});
    EXPECT_LT(largest_, 400'000U);
}

TEST_F(Agent, AScriptIsGivenUpAtItsLimit) {
    busy_ = 1000;
    try {
        session().run("true", {.limit = 100ms});
        ADD_FAILURE();
    } catch (const Error& error) {
        EXPECT_EQ(error.fault(), Fault::timeout);
        EXPECT_THAT(error.what(), HasSubstr("the script in the guest did not end within"));
    }
}

TEST_F(Agent, OneThatIsGoneOrLiesIsTheGuestsFault) {
    for (const char* answer : {"", "[]", R"({"return":3})", R"({"return":{"pid":"x"}})"}) {
        Session guest{[answer](const std::string&) { return std::string{answer}; }, "the guest"};
        EXPECT_TRUE(guest.is_connected());
        try {
            guest.run("true");
            ADD_FAILURE() << answer;
        } catch (const Error& error) {
            EXPECT_EQ(error.fault(), Fault::guest) << answer;
        }
        EXPECT_FALSE(guest.is_connected());
    }
}

}  // namespace
}  // namespace glinda::guest
