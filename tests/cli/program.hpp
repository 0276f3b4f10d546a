#pragma once

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include "glinda/util/files.hpp"

namespace glinda::cli {

/// A program that runs beside the test; killed if the test forgets it.
class Program {
public:
    /// Both outputs go to files in `folder`.
    Program(std::vector<std::string> argv, const std::filesystem::path& folder)
        : output_{folder / "stdout"}, errors_{folder / "stderr"} {
        posix_spawn_file_actions_t actions{};
        posix_spawn_file_actions_init(&actions);
        constexpr int flags = O_WRONLY | O_CREAT | O_TRUNC;
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output_.c_str(), flags, 0600);
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, errors_.c_str(), flags, 0600);
        std::vector<char*> pointers;
        for (std::string& word : argv)
            pointers.push_back(word.data());
        pointers.push_back(nullptr);
        if (::posix_spawnp(&id_, pointers[0], &actions, nullptr, pointers.data(), environ) != 0)
            id_ = 0;
        posix_spawn_file_actions_destroy(&actions);
    }
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;
    ~Program() {
        if (id_ > 0) {
            signal(SIGKILL);
            wait();
        }
    }

    void signal(int number) const { ::kill(id_, number); }

    /// The exit status; 128 + N for signal N.
    int wait() {
        int status = 0;
        ::waitpid(std::exchange(id_, 0), &status, 0);
        return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    }
    [[nodiscard]] std::string output() const { return read_file(output_); }
    [[nodiscard]] std::string errors() const { return read_file(errors_); }
    [[nodiscard]] const std::filesystem::path& errors_file() const { return errors_; }

private:
    std::filesystem::path output_;
    std::filesystem::path errors_;
    pid_t id_ = 0;
};

}  // namespace glinda::cli
