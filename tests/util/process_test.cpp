#include "glinda/util/process.hpp"

#include <gmock/gmock.h>

#include <csignal>
#include <cstdlib>
#include <thread>

#include "glinda/util/error.hpp"

namespace glinda {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

Fault fault_of(Runner& runner, const Command& command) {
    try {
        runner.run(command);
    } catch (const Error& error) {
        return error.fault();
    }
    ADD_FAILURE() << "nothing was thrown";
    return Fault::usage;
}

TEST(Process, GivesBackStatusOutputAndErrors) {
    const Result result =
        SystemRunner{}.run({.argv = {"sh", "-c", "echo out; echo err >&2; exit 3"}});
    EXPECT_EQ(result.status, 3);
    EXPECT_EQ(result.output, "out\n");
    EXPECT_EQ(result.errors, "err\n");
}

TEST(Process, FeedsAndDrainsMoreThanAPipeHolds) {
    const std::string input(1'000'000, 'x');
    EXPECT_EQ(SystemRunner{}.run({.argv = {"cat"}, .input = input}).output, input);
}

TEST(Process, AProgramThatDoesNotReadItsInputIsNoFailure) {
    EXPECT_EQ(SystemRunner{}.run({.argv = {"true"}, .input = std::string(1'000'000, 'x')}).status,
              0);
}

TEST(Process, HasTheGivenFolderAndVariables) {
    const Result result = SystemRunner{}.run({.argv = {"sh", "-c", "echo $PWD $WITCH"},
                                              .directory = "/",
                                              .variables = {"WITCH=glinda"}});
    EXPECT_EQ(result.output, "/ glinda\n");
}

TEST(Process, AMissingProgramIsNamed) {
    try {
        SystemRunner{}.run({.argv = {"no-such-program-anywhere"}});
        FAIL() << "nothing was thrown";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("no-such-program-anywhere was not found"));
    }
}

TEST(Process, ASignalIsTheShellsStatus) {
    EXPECT_EQ(SystemRunner{}.run({.argv = {"sh", "-c", "kill -TERM $$"}}).status, 128 + 15);
}

TEST(Process, AtTheDeadlineTheWholeGroupIsKilled) {
    SystemRunner runner;
    // The grandchild holds the pipe open: only killing it, too, lets run() return at once.
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(fault_of(runner, {.argv = {"sh", "-c", "sleep 60 & sleep 60"}, .timeout = 50ms}),
              Fault::timeout);
    EXPECT_LT(std::chrono::steady_clock::now() - start, 30s);
}

TEST(Process, AnInterruptEndsIt) {
    std::stop_source source;
    SystemRunner runner{source.get_token()};
    source.request_stop();
    EXPECT_EQ(fault_of(runner, {.argv = {"sleep", "60"}}), Fault::cancelled);
}

TEST(Process, AProgramThatClosesItsOutputsStillHasADeadline) {
    SystemRunner runner;
    EXPECT_EQ(fault_of(runner, {.argv = {"sh", "-c", "exec >&- 2>&-; sleep 60"}, .timeout = 50ms}),
              Fault::timeout);
}

TEST(Process, OutputOfSaysTheProgramsLastWords) {
    SystemRunner runner;
    EXPECT_EQ(runner.output_of({.argv = {"echo", "hello"}}), "hello\n");
    try {
        runner.output_of({.argv = {"sh", "-c", "echo disk on fire >&2; exit 7"}});
        FAIL() << "nothing was thrown";
    } catch (const Error& error) {
        EXPECT_STREQ(error.what(), "sh ended with status 7: disk on fire");
    }
}

std::string apart(const std::function<std::string()>& work, std::chrono::milliseconds timeout = 30s,
                  const std::stop_token& stop = {}) {
    return run_apart("the work", work, stop, timeout);
}

Fault fault_apart(const std::function<std::string()>& work, std::chrono::milliseconds timeout = 30s,
                  const std::stop_token& stop = {}) {
    try {
        apart(work, timeout, stop);
    } catch (const Error& error) {
        return error.fault();
    }
    ADD_FAILURE() << "nothing was thrown";
    return Fault::guest;
}

TEST(RunApart, GivesBackWhatTheWorkReturnsAndNothingElse) {
    int seen = 0;
    const std::string large(1'000'000, 'x');
    EXPECT_EQ(apart([&] { return ++seen, large; }), large);
    EXPECT_EQ(seen, 0);
    EXPECT_EQ(apart([] { return ""; }), "");
}

TEST(RunApart, AnErrorComesThrough) {
    try {
        apart([]() -> std::string { throw Error{Fault::usage, "a bad medium"}; });
        FAIL() << "nothing was thrown";
    } catch (const Error& error) {
        EXPECT_EQ(error.fault(), Fault::usage);
        EXPECT_STREQ(error.what(), "a bad medium");
    }
}

TEST(RunApart, ACrashIsAnError) {
    EXPECT_EQ(fault_apart([]() -> std::string { std::raise(SIGKILL), std::abort(); }),
              Fault::environment);
}

TEST(RunApart, EndsAtTheDeadlineAndAtAnInterrupt) {
    const auto sleep = []() -> std::string { return std::this_thread::sleep_for(60s), ""; };
    EXPECT_EQ(fault_apart(sleep, 50ms), Fault::timeout);
    std::stop_source source;
    source.request_stop();
    EXPECT_EQ(fault_apart(sleep, 30s, source.get_token()), Fault::cancelled);
}

}  // namespace
}  // namespace glinda
