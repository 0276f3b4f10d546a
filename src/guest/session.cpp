#include "glinda/guest/session.hpp"

#include <libssh/libssh.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "agent.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/handle.hpp"
#include "glinda/util/text.hpp"
#include "knock.hpp"
#include "patience.hpp"
#include "script.hpp"

namespace glinda::guest {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using Key = Handle<ssh_key_struct, &ssh_key_free>;

/// From a server's first words to the login.
constexpr auto longest_greeting = 60s;

/// Reads the whole script before its first command runs: otherwise a command that reads standard
/// input would swallow the rest of it. Works whatever the user's login shell is.
constexpr const char* shell =
    R"~(exec sh -c 'exec "$(command -v bash || echo sh)" -c "script=\$(cat);)~"
    R"~( exec </dev/null; eval \"\$script\""')~";

/// Writes its standard input to the file that its first argument names; the others are its mode and
/// its owner, or empty. chown(2) takes special bits of the mode away, so it goes first.
constexpr const char* writer =
    R"~(exec sh -c 'set -e; umask 022; case $1 in */*) mkdir -p -- "${1%/*}/";; esac;)~"
    R"~( [ -z "$2" ] || [ -e "$1" ] || (umask 077; : >"$1"); cat >"$1";)~"
    R"~( [ -z "$3" ] || chown -- "$3" "$1"; [ -z "$2" ] || chmod -- "$2" "$1"' sh )~";

std::string name_of(const Login& login) {
    return format("the guest at {}:{}", login.host, login.port);
}

/// The user's key; nothing for a login by password.
Key key_of(const Login& login) {
    const auto* const secret = std::get_if<PrivateKey>(&login.secret);
    if (secret == nullptr)
        return nullptr;
    ssh_key key = nullptr;
    if (ssh_pki_import_privkey_file(secret->file.c_str(), nullptr, nullptr, nullptr, &key) !=
        SSH_OK)
        throw Error{Fault::usage,
                    "cannot read the private key " + secret->file.string(),
                    {"it must be a file in OpenSSH's format, without a passphrase"}};
    return Key{key};
}

void configure(ssh_session session, const Login& login) {
    const bool no = false;
    const unsigned port = login.port;
    ssh_options_set(session, SSH_OPTIONS_PROCESS_CONFIG, &no);
    ssh_options_set(session, SSH_OPTIONS_KNOWNHOSTS, "/dev/null");
    ssh_options_set(session, SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/dev/null");
    ssh_options_set(session, SSH_OPTIONS_HOST, login.host.c_str());
    ssh_options_set(session, SSH_OPTIONS_PORT, &port);
    ssh_options_set(session, SSH_OPTIONS_USER, login.user.c_str());
    ssh_set_blocking(session, 0);
}

/// Some systems' servers take a password only as the answer to a question.
int answer_questions(ssh_session session, const std::string& password, Patience& patience) {
    for (;;) {
        const int result = repeat(session, patience, SSH_AUTH_AGAIN,
                                  [&] { return ssh_userauth_kbdint(session, nullptr, nullptr); });
        if (result != SSH_AUTH_INFO)
            return result;
        const int prompts = ssh_userauth_kbdint_getnprompts(session);
        for (int i = 0; i < prompts; ++i)
            ssh_userauth_kbdint_setanswer(session, static_cast<unsigned>(i), password.c_str());
    }
}

int log_in_by_password(ssh_session session, const std::string& password, Patience& patience) {
    const int result = repeat(session, patience, SSH_AUTH_AGAIN, [&] {
        return ssh_userauth_password(session, nullptr, password.c_str());
    });
    const bool may_ask = (static_cast<unsigned>(ssh_userauth_list(session, nullptr)) &
                          SSH_AUTH_METHOD_INTERACTIVE) != 0;
    return result == SSH_AUTH_DENIED && may_ask ? answer_questions(session, password, patience)
                                                : result;
}

int log_in_by_key(ssh_session session, ssh_key key, Patience& patience) {
    return repeat(session, patience, SSH_AUTH_AGAIN,
                  [&] { return ssh_userauth_publickey(session, nullptr, key); });
}

/// The ways that there are, one after the other.
int try_all(ssh_session session, const Login& login, ssh_key key, Patience& patience) {
    if (login.offered) {
        const int result = log_in_by_key(session, login.offered->get(), patience);
        if (result == SSH_AUTH_SUCCESS || result == SSH_AUTH_ERROR)
            return result;
    }
    if (key != nullptr)
        return log_in_by_key(session, key, patience);
    const auto* const password = std::get_if<Password>(&login.secret);
    return password == nullptr ? SSH_AUTH_DENIED
                               : log_in_by_password(session, password->text, patience);
}

/// That nothing opened the door, and what might.
Error refusal(const Login& login) {
    const char* what = "throw-away key";
    const char* hint =
        "a guest takes one only where systemd (252 or later) runs; the settings' paths.sshprivkey "
        "can name a key that it lets root in with";
    if (std::holds_alternative<Password>(login.secret)) {
        what = "password";
        hint =
            "does the answer file set this password, and does the guest's SSH server let "
            "this user log in with one (PermitRootLogin, PasswordAuthentication)?";
    } else if (std::holds_alternative<PrivateKey>(login.secret)) {
        what = "key";
        hint =
            "does the answer file put the key's public half into the user's "
            "authorized_keys, and does the guest's SSH server let this user log in?";
    }
    return {Fault::guest, format("{} refuses {}'s {}", name_of(login), login.user, what), {hint}};
}

void log_in(ssh_session session, const Login& login, ssh_key key, Patience& patience) {
    const int result = try_all(session, login, key, patience);
    if (result == SSH_AUTH_ERROR)
        throw Error{Fault::environment, format("the connection to {} broke at the login: {}",
                                               name_of(login), ssh_get_error(session))};
    if (result != SSH_AUTH_SUCCESS)
        throw refusal(login);
}

}  // namespace

void Session::Close::operator()(ssh_session_struct* session) const noexcept {
    ssh_disconnect(session);
    ssh_free(session);
}

Session::Session(const Login& login, Deadline deadline, std::stop_token stop)
    : Session{login, FileDescriptor{}, deadline, std::move(stop)} {}

Session::Session(const Login& login, FileDescriptor connection, Deadline deadline,
                 std::stop_token stop)
    : guest_{name_of(login)}, stop_{std::move(stop)}, session_{ssh_new()} {
    const Key key = key_of(login);
    ssh_session session = session_.get();
    configure(session, login);
    if (connection) {
        const socket_t socket = connection.release();  // the session closes it
        ssh_options_set(session, SSH_OPTIONS_FD, &socket);
    }
    Patience patience{guest_, deadline, stop_};
    if (repeat(session, patience, SSH_AGAIN, [&] { return ssh_connect(session); }) != SSH_OK)
        throw Error{Fault::environment,
                    format("cannot connect to {}: {}", guest_, ssh_get_error(session))};
    log_in(session, login, key.get(), patience);
}

Session Session::wait_for(const Login& login, Deadline deadline, const std::stop_token& stop) {
    const auto too_late = [start = Clock::now()](const std::string& why) {
        return Error{
            Fault::timeout,
            format("nobody could log in within {}: {}",
                   to_text(std::chrono::floor<std::chrono::milliseconds>(Clock::now() - start)),
                   why),
            {"the guest's screen and console show whether it runs; it needs a network "
             "card that is up and an SSH server that starts at boot"}};
    };
    std::ignore = key_of(login);
    Patience patience{name_of(login), deadline, stop};
    Knocking knocking{login};
    std::string last;
    for (;;) {
        try {
            FileDescriptor connection = knocking.wait(patience);
            return Session{login, std::move(connection),
                           std::min(deadline, Clock::now() + longest_greeting), stop};
        } catch (const Error& error) {
            if (error.fault() != Fault::environment && error.fault() != Fault::timeout)
                throw;
            if (last.empty() || error.fault() == Fault::environment)
                last = error.what();
            if (Clock::now() >= deadline)
                throw too_late(last);
        }
    }
}

Session::Session(AgentCall agent, std::string guest, std::stop_token stop)
    : guest_{std::move(guest)}, stop_{std::move(stop)}, agent_{std::move(agent)} {}

CommandResult Session::run_as(const std::string& launcher, std::string_view input,
                              const RunOptions& options) {
    try {
        if (agent_)
            return run_by_agent(agent_, launcher, input, options, stop_);
        Patience patience{guest_, Clock::now() + options.limit, stop_};
        Script running{session_.get(), guest_, launcher, input, options, patience};
        return running.finish(patience);
    } catch (const Error& error) {
        agent_answers_ = agent_answers_ && error.fault() != Fault::guest;
        if (error.fault() != Fault::timeout)
            throw;
        throw Error{Fault::timeout, format("the script in {} did not end within {}", guest_,
                                           to_text(options.limit))};
    }
}

CommandResult Session::run(std::string_view script, const RunOptions& options) {
    return run_as(shell, script, options);
}

void Session::write(std::string_view path, std::string_view bytes, const FileOptions& options) {
    const std::string mode = options.mode ? format("{:04o}", *options.mode) : "";
    const CommandResult result =
        run_as(join({writer + shell_word(path), shell_word(mode), shell_word(options.owner)}, " "),
               bytes, {.limit = options.limit});
    if (result.status != 0)
        throw Error{Fault::guest, format("cannot write {} in {}: {}", path, guest_,
                                         trim(printable(result.errors)))};
}

bool Session::is_connected() const {
    return agent_ ? agent_answers_ : ssh_is_connected(session_.get()) != 0;
}

std::string shell_word(std::string_view text) {
    std::string word = "'";
    for (const char c : text)
        word += c == '\'' ? std::string{"'\\''"} : std::string{c};
    return word + "'";
}

}  // namespace glinda::guest
