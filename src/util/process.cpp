#include "glinda/util/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <span>
#include <tuple>

#include "glinda/util/error.hpp"
#include "glinda/util/files.hpp"
#include "glinda/util/handle.hpp"
#include "glinda/util/text.hpp"

namespace glinda {
namespace {

using Clock = std::chrono::steady_clock;

struct Pipe {
    FileDescriptor read;
    FileDescriptor write;
};

Pipe make_pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        throw system_error("cannot make a pipe");
    return {FileDescriptor{ends[0]}, FileDescriptor{ends[1]}};
}

/// Standard input is a socket, as only send(2) can leave SIGPIPE out.
Pipe make_input() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
        throw system_error("cannot make a socket pair");
    return {FileDescriptor{ends[0]}, FileDescriptor{ends[1]}};
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
    std::vector<char*> all(strings.size() + 1, nullptr);
    std::ranges::transform(strings, all.begin(), [](std::string& string) { return string.data(); });
    return all;
}

/// Our environment with `added` in it, each name once.
std::vector<std::string> environment_with(const std::vector<std::string>& added) {
    std::map<std::string, std::string, std::less<>> variables;
    const auto add = [&](std::string_view entry) {
        variables[std::string{entry.substr(0, entry.find('='))}] = entry;
    };
    for (char** entry = environ; *entry != nullptr; ++entry)
        add(*entry);
    std::ranges::for_each(added, add);
    std::vector<std::string> all;
    all.reserve(variables.size());
    for (auto& [name, entry] : variables)
        all.push_back(std::move(entry));
    return all;
}

/// The id of `command`, started in a process group of its own.
pid_t spawn(const Command& command, int input, int output, int errors) {
    posix_spawn_file_actions_t actions{};
    posix_spawn_file_actions_init(&actions);
    const Handle<posix_spawn_file_actions_t, &posix_spawn_file_actions_destroy> free_actions{
        &actions};
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO);
    if (!command.directory.empty())
        posix_spawn_file_actions_addchdir_np(&actions, command.directory.c_str());

    // The signals that we block or ignore are none of the child's business.
    posix_spawnattr_t attributes{};
    posix_spawnattr_init(&attributes);
    const Handle<posix_spawnattr_t, &posix_spawnattr_destroy> free_attributes{&attributes};
    sigset_t none{};
    sigset_t all{};
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(
        &attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);

    pid_t id = 0;
    std::vector<std::string> argv = command.argv;
    std::vector<std::string> variables = environment_with(command.variables);
    const int failure = posix_spawnp(&id, argv.at(0).c_str(), &actions, &attributes,
                                     pointers(argv).data(), pointers(variables).data());
    if (failure == ENOENT)
        throw Error{Fault::environment,
                    "the program " + argv[0] + " was not found",
                    {"install it, or put its folder into PATH"}};
    if (failure != 0)
        throw system_error("cannot start " + argv[0], failure);
    return id;
}

/// Runs `work` and tells its outcome: a blank and the text, or the fault's digit and the message.
void tell(const std::function<std::string()>& work, int output) noexcept {
    std::string outcome;
    try {
        outcome = ' ' + work();
    } catch (const Error& error) {
        outcome = std::to_string(static_cast<int>(error.fault())) + error.what();
    } catch (const std::exception& error) {
        outcome = std::to_string(static_cast<int>(Fault::environment)) + error.what();
    }
    try {
        write_all(output, outcome, "a pipe");
    } catch (const Error&) {
        std::_Exit(1);  // nobody listens
    }
    std::_Exit(0);
}

/// The id of a copy of this process that tells the outcome of `work`, in a group of its own.
pid_t fork_for(const std::function<std::string()>& work, int output) {
    const pid_t id = ::fork();
    if (id < 0)
        throw system_error("cannot start a process");
    if (id == 0) {
        ::setpgid(0, 0);
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        tell(work, output);
    }
    ::setpgid(id, id);  // whoever comes first
    return id;
}

/// A running process that leads a group; the group is killed unless it was waited for.
class Child {
public:
    // The header of glibc 2.36 gives pidfd_open(2) no C linkage.
    explicit Child(pid_t id) noexcept
        : id_{id}, end_{static_cast<int>(::syscall(SYS_pidfd_open, id, 0))} {}
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child() {
        if (id_ > 0) {
            ::kill(-id_, SIGKILL);
            wait();
        }
    }

    /// Readable when the process has ended.
    [[nodiscard]] int end() const noexcept { return end_.get(); }

    int wait() noexcept {
        int status = 0;
        while (::waitpid(id_, &status, 0) < 0 && errno == EINTR) {
        }
        id_ = 0;
        return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    }

private:
    pid_t id_;
    FileDescriptor end_;
};

/// Appends what is there to `text`; closes the descriptor at its end.
void drain(FileDescriptor& from, std::string& text) {
    std::array<char, 65536> buffer{};
    const ssize_t got = ::read(from.get(), buffer.data(), buffer.size());
    if (got > 0)
        text.append(buffer.data(), static_cast<std::size_t>(got));
    else if (got == 0 || errno != EINTR)
        from.reset();
}

/// Writes a part of `input`; closes the descriptor when nothing is left or nobody reads.
void feed(FileDescriptor& to, std::string_view& input) {
    if (!input.empty()) {
        const ssize_t put =
            ::send(to.get(), input.data(), input.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (put > 0)
            input.remove_prefix(static_cast<std::size_t>(put));
        else if (errno != EINTR && errno != EAGAIN)
            input = {};
    }
    if (input.empty())
        to.reset();
}

/// Waits for descriptors, but neither beyond a deadline nor a request to stop.
class Waiting {
public:
    Waiting(std::string name, std::chrono::milliseconds timeout, std::stop_token stop)
        : name_{std::move(name)},
          timeout_{timeout},
          stop_{std::move(stop)},
          wake_{::eventfd(0, EFD_CLOEXEC)},
          on_stop_{stop_, [this] { ::eventfd_write(wake_.get(), 1); }} {}

    /// Returns when at least one is ready, or at a signal; the last place of `waits` is ours.
    /// @throws Error (timeout), (cancelled).
    void wait(std::span<pollfd> waits) {
        waits.back() = {wake_.get(), POLLIN, 0};
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - Clock::now());
        if (left.count() <= 0)
            throw Error{Fault::timeout,
                        format("{} did not end within {}", name_, to_text(timeout_))};
        constexpr std::int64_t longest = 1'000'000;  // poll(2) takes an int
        const int limit = static_cast<int>(std::min<std::int64_t>(left.count() + 1, longest));
        if (::poll(waits.data(), waits.size(), limit) < 0 && errno != EINTR)
            throw system_error("cannot wait for " + name_);
        if (stop_.stop_requested())
            throw Error{Fault::cancelled, name_ + " was interrupted"};
    }

private:
    std::string name_;
    std::chrono::milliseconds timeout_;
    Clock::time_point deadline_ = Clock::now() + timeout_;
    std::stop_token stop_;
    FileDescriptor wake_;
    std::stop_callback<std::function<void()>> on_stop_;
};

/// The status of a process that has closed its outputs, and may yet live.
int status_of(Child& child, Waiting& waiting) {
    std::array<pollfd, 2> waits{pollfd{child.end(), POLLIN, 0}};
    while (waits[0].revents == 0)
        waiting.wait(waits);
    return child.wait();
}

}  // namespace

Result SystemRunner::run(const Command& command) {
    Waiting waiting{command.argv.at(0), command.timeout, stop_};
    Pipe input = make_input();
    Pipe output = make_pipe();
    Pipe errors = make_pipe();
    Child child{spawn(command, input.read.get(), output.write.get(), errors.write.get())};
    input.read.reset();
    output.write.reset();
    errors.write.reset();

    Result result;
    std::string_view rest = command.input;
    if (rest.empty())
        input.write.reset();
    while (output.read || errors.read) {
        std::array<pollfd, 4> waits{pollfd{input.write.get(), POLLOUT, 0},
                                    pollfd{output.read.get(), POLLIN, 0},
                                    pollfd{errors.read.get(), POLLIN, 0}};
        waiting.wait(waits);
        if (waits[0].revents != 0)
            feed(input.write, rest);
        if (waits[1].revents != 0)
            drain(output.read, result.output);
        if (waits[2].revents != 0)
            drain(errors.read, result.errors);
    }
    result.status = status_of(child, waiting);
    return result;
}

std::string run_apart(const std::string& name, const std::function<std::string()>& work,
                      const std::stop_token& stop, std::chrono::milliseconds timeout) {
    Waiting waiting{name, timeout, stop};
    Pipe output = make_pipe();
    Child child{fork_for(work, output.write.get())};
    output.write.reset();
    std::string outcome;
    while (output.read) {
        std::array<pollfd, 2> waits{pollfd{output.read.get(), POLLIN, 0}};
        waiting.wait(waits);
        if (waits[0].revents != 0)
            drain(output.read, outcome);
    }
    if (const int status = status_of(child, waiting); status != 0)
        throw Error{Fault::environment, format("{} crashed (status {})", name, status)};
    const char kind = outcome.at(0);
    outcome.erase(0, 1);
    if (kind != ' ')
        throw Error{static_cast<Fault>(kind - '0'), outcome};
    return outcome;
}

std::string Runner::output_of(const Command& command) {
    Result result = run(command);
    if (result.status == 0)
        return std::move(result.output);
    constexpr std::size_t last_words = 600;
    std::string words{trim(result.errors)};
    if (words.size() > last_words)
        words = "… " + words.substr(words.size() - last_words);
    throw Error{Fault::environment, format("{} ended with status {}{}{}", command.argv[0],
                                           result.status, words.empty() ? "" : ": ", words)};
}

}  // namespace glinda
