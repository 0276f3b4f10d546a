#pragma once

// The callbacks that replace it know no questions and answers.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

#include <libssh/libssh.h>
#include <libssh/server.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <thread>
#include <utility>

#include "glinda/util/handle.hpp"

namespace glinda::guest {

/// libssh's own server: lets one user in who knows the password, and does nothing else. (OpenSSH's
/// would need a user of the host with a password that the test knows.)
class PasswordServer {
public:
    enum class Way { plain, asking };

    PasswordServer(const std::filesystem::path& host_key, std::string password, Way way)
        : password_{std::move(password)}, way_{way} {
        const unsigned any = 0;
        const bool no = false;
        ssh_bind_options_set(bind_.get(), SSH_BIND_OPTIONS_PROCESS_CONFIG, &no);
        ssh_bind_options_set(bind_.get(), SSH_BIND_OPTIONS_BINDADDR, "127.0.0.1");
        ssh_bind_options_set(bind_.get(), SSH_BIND_OPTIONS_BINDPORT, &any);
        ssh_bind_options_set(bind_.get(), SSH_BIND_OPTIONS_HOSTKEY, host_key.c_str());
        ssh_bind_listen(bind_.get());
        thread_ = std::jthread{[this] { serve(); }};
    }

    [[nodiscard]] std::uint16_t port() const {
        sockaddr_in address{};
        socklen_t size = sizeof address;
        ::getsockname(ssh_bind_get_fd(bind_.get()), reinterpret_cast<sockaddr*>(&address), &size);
        return ntohs(address.sin_port);
    }

private:
    using Message = Handle<ssh_message_struct, &ssh_message_free>;

    void serve() {
        const Handle<ssh_session_struct, &ssh_free> session{ssh_new()};
        if (ssh_bind_accept(bind_.get(), session.get()) != SSH_OK ||
            ssh_handle_key_exchange(session.get()) != SSH_OK)
            return;
        while (const Message message{ssh_message_get(session.get())})
            reply(session.get(), message.get());
    }

    void reply(ssh_session session, ssh_message message) const {
        const int methods =
            way_ == Way::plain ? SSH_AUTH_METHOD_PASSWORD : SSH_AUTH_METHOD_INTERACTIVE;
        ssh_message_auth_set_methods(message, methods);
        const int way = ssh_message_subtype(message);
        if (ssh_message_type(message) != SSH_REQUEST_AUTH || (way & methods) == 0)
            ssh_message_reply_default(message);
        else if (way == SSH_AUTH_METHOD_PASSWORD)
            judge(message, ssh_message_auth_password(message));
        else if (ssh_userauth_kbdint_getnanswers(session) == 1)
            judge(message, ssh_userauth_kbdint_getanswer(session, 0));
        else
            ask(message);
    }

    void judge(ssh_message message, const std::string& given) const {
        if (given == password_)
            ssh_message_auth_reply_success(message, 0);
        else
            ssh_message_reply_default(message);
    }

    static void ask(ssh_message message) {
        const char* prompt = "Password: ";
        char echo = 0;
        ssh_message_auth_interactive_request(message, "", "", 1, &prompt, &echo);
    }

    Handle<ssh_bind_struct, &ssh_bind_free> bind_{ssh_bind_new()};
    std::string password_;
    Way way_;
    std::jthread thread_;
};

}  // namespace glinda::guest
