#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <variant>

#include "glinda/guest/throw_away_key.hpp"
#include "glinda/util/files.hpp"

struct ssh_session_struct;

namespace glinda::guest {

struct Password {
    std::string text;
};

/// The file of a private key without a passphrase.
struct PrivateKey {
    std::filesystem::path file;
};

/// There is only the key that is offered.
struct NoSecret {};

/// Where a guest's SSH server is and who logs in.
struct Login {
    std::string host{"127.0.0.1"};
    std::uint16_t port = 22;
    std::string user{"root"};
    std::variant<Password, PrivateKey, NoSecret> secret{};
    std::optional<ThrowAwayKey> offered{};  ///< goes before the secret; the guest may not know it
};

/// How a script ended in the guest.
struct CommandResult {
    int status = 0;        ///< its exit status; 255 if a signal ended it
    std::string signal{};  ///< the signal that ended it, as SSH names it ("KILL"); else empty
    std::string output{};
    std::string errors{};
};

enum class Stream { output, errors };

struct RunOptions {
    std::chrono::milliseconds limit{std::chrono::minutes{10}};
    /// Receives the output as it comes, in pieces that end anywhere. What it throws leaves run().
    std::function<void(Stream, std::string_view)> on_output{};
};

/// What a file in the guest is given besides its bytes. Without, one that is there keeps its mode
/// and owner, and a new one gets those that the guest gives it (mode 0644).
struct FileOptions {
    std::optional<unsigned> mode{};
    std::string owner{};  ///< "user" or "user:group"
    std::chrono::milliseconds limit{std::chrono::minutes{10}};
};

using Deadline = std::chrono::steady_clock::time_point;

/// Hands a command of QEMU's guest agent over and returns its answer, both in JSON.
/// @throws Error (guest) if it does not answer.
using AgentCall = std::function<std::string(const std::string& command)>;

/// A text as one word of a POSIX shell, whatever it holds.
[[nodiscard]] std::string shell_word(std::string_view text);

/// A login to a guest by SSH, or what its agent does as root in place of that. The guest's host key
/// is not checked: it is as new as the guest, and its server is reached through the loopback
/// interface or a network of our own. Neither the configuration nor the known hosts of the user are
/// read.
class Session {
public:
    /// Connects once. A stop requested of `stop` ends this and each later run().
    /// @throws Error (usage) if the key file cannot be read, (environment) if nobody answers,
    ///         (guest) if the guest refuses the login, (timeout), (cancelled).
    Session(const Login& login, Deadline deadline, std::stop_token stop = {});

    /// Connects as soon as the guest's SSH server answers, however often that has to be tried.
    /// @throws Error (guest) as soon as the guest refuses the login, (timeout) if there was no
    ///         answer until `deadline`, (usage) for the key file, (cancelled).
    [[nodiscard]] static Session wait_for(const Login& login, Deadline deadline,
                                          const std::stop_token& stop = {});

    /// Connects to nothing: the guest's agent is asked for each script and file. What a script says
    /// comes when it has ended. `guest` is what messages call it.
    Session(AgentCall agent, std::string guest, std::stop_token stop = {});

    /// Runs a shell script to its end, whatever its status: by bash where the guest has it, as
    /// that is root's shell on most systems, else by sh. The script travels on standard input, so
    /// it neither shows in the guest's process list nor has a limit of length; its own commands
    /// find their standard input empty.
    /// @throws Error (guest) if the connection breaks, (timeout) if the script still runs after
    ///         its limit, (cancelled). The script itself is then left to the guest: OpenSSH refuses
    ///         to signal what root runs.
    CommandResult run(std::string_view script, const RunOptions& options = {});

    /// Gives a file these bytes; missing folders are made. A new file that gets a mode is nobody
    /// else's to read before it. A path that is not absolute starts at the user's home.
    /// @throws Error (guest) if the guest cannot write it, and as run().
    void write(std::string_view path, std::string_view bytes, const FileOptions& options = {});

    /// Whether the connection still stood when something was last done with it.
    [[nodiscard]] bool is_connected() const;

private:
    Session(const Login& login, FileDescriptor connection, Deadline deadline, std::stop_token stop);
    CommandResult run_as(const std::string& launcher, std::string_view input,
                         const RunOptions& options);

    struct Close {
        void operator()(ssh_session_struct* session) const noexcept;
    };
    std::string guest_;  ///< for messages: "the guest at HOST:PORT"
    std::stop_token stop_;
    AgentCall agent_;
    bool agent_answers_ = true;
    std::unique_ptr<ssh_session_struct, Close> session_;
};

}  // namespace glinda::guest
