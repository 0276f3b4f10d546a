#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

namespace glinda {

/// One program invocation. No shell is involved.
struct Command {
    std::vector<std::string> argv;         ///< argv[0] is looked up in PATH
    std::string input{};                   ///< given to standard input, which is then closed
    std::filesystem::path directory{};     ///< working directory; empty keeps ours
    std::vector<std::string> variables{};  ///< NAME=value, added to our environment
    std::chrono::milliseconds timeout{std::chrono::minutes{10}};
};

/// How a program ended.
struct Result {
    int status = 0;  ///< its exit status; 128 + N if signal N ended it
    std::string output;
    std::string errors;
};

/// Runs programs. Tests replace it; see tests/support/fake_runner.hpp.
class Runner {
public:
    Runner() = default;
    Runner(const Runner&) = delete;
    Runner& operator=(const Runner&) = delete;
    virtual ~Runner() = default;

    /// Runs `command` to its end, whatever its exit status.
    /// @throws Error (environment) if it cannot be started, (timeout) if it still runs at its
    ///         deadline, (cancelled) if the user interrupts; its whole process group is then
    ///         killed.
    virtual Result run(const Command& command) = 0;

    /// Runs `command` and returns its standard output.
    /// @throws Error as run() does, and (environment) with the last words of its standard error
    ///         if it ends with another status than 0.
    std::string output_of(const Command& command);
};

/// Runs programs for real.
class SystemRunner : public Runner {
public:
    /// A stop requested of `stop` ends the running program and makes run() throw.
    explicit SystemRunner(std::stop_token stop = {}) : stop_{std::move(stop)} {}
    Result run(const Command& command) override;

private:
    std::stop_token stop_;
};

/// What `work` returns, run in a copy of this process (fork(2)) that ends with it: for a library
/// that keeps memory, cannot be interrupted, or might not survive hostile input. Nothing else of
/// what `work` does is seen here. Only the calling thread lives on in the copy, so no other thread
/// may hold a lock that `work` wants.
/// @throws Error that left `work`, without its notes; (timeout); (cancelled) if `stop` is
/// requested;
///         (environment) if the copy dies. `name` is how messages call it.
[[nodiscard]] std::string run_apart(const std::string& name,
                                    const std::function<std::string()>& work,
                                    const std::stop_token& stop, std::chrono::milliseconds timeout);

}  // namespace glinda
