#include "agent.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base64.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/pause.hpp"
#include "glinda/util/text.hpp"

namespace glinda::guest {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using Json = nlohmann::json;

/// How much input one command of the agent takes along.
constexpr std::size_t piece = std::size_t{256} << 10U;

/// What the agent returns, which comes out of the guest.
Json ask(const AgentCall& call, const Json& command) {
    const Json answer = Json::parse(call(command.dump()), nullptr, false);
    if (!answer.is_object() || !answer.contains("return") || !answer["return"].is_object())
        throw Error{Fault::guest, "the guest's agent answers what it should not"};
    return answer["return"];
}

CommandResult result_of(const Json& status) {
    CommandResult result{.status = status.value("exitcode", 255),
                         .output = from_base64(status.value("out-data", "")),
                         .errors = from_base64(status.value("err-data", ""))};
    if (status.contains("signal"))
        result.signal = std::to_string(status.value("signal", 0));
    return result;
}

/// One command with so much input as one message takes.
CommandResult execute(const AgentCall& call, const std::string& command, std::string_view input,
                      Deadline deadline, const std::stop_token& stop) {
    const Json started = ask(call, {{"execute", "guest-exec"},
                                    {"arguments",
                                     {{"path", "/bin/sh"},
                                      {"arg", {"-c", command}},
                                      {"input-data", to_base64(input)},
                                      {"capture-output", true}}}});
    const Json question{{"execute", "guest-exec-status"},
                        {"arguments", {{"pid", started.value("pid", 0)}}}};
    for (auto rest = 50ms;; rest = std::min(2 * rest, 1000ms)) {
        const Json status = ask(call, question);
        if (status.value("exited", false))
            return result_of(status);
        if (Clock::now() >= deadline)
            throw Error{Fault::timeout, "the guest's agent still runs the script"};
        if (!pause(std::min<Clock::duration>(rest, deadline - Clock::now()), stop))
            throw Error{Fault::cancelled, "interrupted while the guest's agent runs a script"};
    }
}

}  // namespace

CommandResult run_by_agent(const AgentCall& call, const std::string& command,
                           std::string_view input, const RunOptions& options,
                           const std::stop_token& stop) try {
    const Deadline deadline = Clock::now() + options.limit;
    CommandResult result;
    if (input.size() <= piece) {
        result = execute(call, command, input, deadline, stop);
    } else {
        const std::string made = execute(call, "mktemp", "", deadline, stop).output;
        const std::string file = shell_word(trim(made));
        for (std::string_view left = input; !left.empty();
             left.remove_prefix(std::min(left.size(), piece)))
            std::ignore = execute(call, "cat >>" + file, left.substr(0, piece), deadline, stop);
        // The shell has it open when its name is removed.
        result =
            execute(call, format("exec <{0}; rm -f {0}; {1}", file, command), "", deadline, stop);
    }
    if (options.on_output && !result.output.empty())
        options.on_output(Stream::output, result.output);
    if (options.on_output && !result.errors.empty())
        options.on_output(Stream::errors, result.errors);
    return result;
} catch (const Json::exception& error) {
    throw Error{Fault::guest, format("the guest's agent answers what it should not: {}",
                                     printable(error.what()))};
}

}  // namespace glinda::guest
