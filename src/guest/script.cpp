#include "script.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "glinda/util/error.hpp"
#include "glinda/util/text.hpp"

namespace glinda::guest {
namespace {

using namespace std::chrono_literals;

/// What a daemon that the script started may still hold its output open for.
constexpr auto last_words = 2s;

}  // namespace

Script::Script(ssh_session session, std::string guest, const std::string& command,
               std::string_view text, const RunOptions& options, Patience& patience)
    : session_{session},
      guest_{std::move(guest)},
      rest_{text},
      options_{options},
      channel_{ssh_channel_new(session)} {
    callbacks_.userdata = this;
    callbacks_.channel_data_function = [](ssh_session, ssh_channel, void* data, std::uint32_t size,
                                          int is_errors, void* script) {
        static_cast<Script*>(script)->receive(is_errors != 0 ? Stream::errors : Stream::output,
                                              {static_cast<const char*>(data), size});
        return static_cast<int>(size);
    };
    callbacks_.channel_exit_status_function = [](ssh_session, ssh_channel, int status,
                                                 void* script) {
        static_cast<Script*>(script)->result_.status = status;
        static_cast<Script*>(script)->exited_ = true;
    };
    callbacks_.channel_exit_signal_function = [](ssh_session, ssh_channel, const char* signal, int,
                                                 const char*, const char*, void* script) {
        static_cast<Script*>(script)->result_.status = 255;
        static_cast<Script*>(script)->result_.signal = signal;
    };
    ssh_callbacks_init(&callbacks_);
    ssh_set_channel_callbacks(channel_.get(), &callbacks_);
    if (repeat(session, patience, SSH_AGAIN,
               [&] { return ssh_channel_open_session(channel_.get()); }) != SSH_OK ||
        repeat(session, patience, SSH_AGAIN,
               [&] { return ssh_channel_request_exec(channel_.get(), command.c_str()); }) != SSH_OK)
        throw Error{Fault::guest,
                    format("cannot start a shell in {}: {}", guest_, ssh_get_error(session))};
    ssh_event_add_session(event_.get(), session);
}

/// The channel lives on in the session until the guest closes it, too.
Script::~Script() {
    ssh_event_remove_session(event_.get(), session_);
    ssh_remove_channel_callbacks(channel_.get(), &callbacks_);
}

bool Script::is_closed() const {
    return ssh_is_connected(session_) == 0 || ssh_channel_is_closed(channel_.get()) != 0;
}

Error Script::broken() const {
    return Error{Fault::guest,
                 format("the connection to {} broke: {}", guest_, ssh_get_error(session_)),
                 {"did the script reboot the guest, stop its network or its SSH server?"}};
}

void Script::feed() {
    constexpr std::size_t piece = 32768;
    while (rest_) {
        if (rest_->empty()) {
            ssh_channel_send_eof(channel_.get());
            rest_.reset();
            return;
        }
        const int put =
            ssh_channel_write(channel_.get(), rest_->data(),
                              static_cast<std::uint32_t>(std::min(rest_->size(), piece)));
        if (put == SSH_ERROR && has_exited()) {  // it did not want the rest
            rest_.reset();
            return;
        }
        if (put == SSH_ERROR)
            throw broken();
        if (put == 0)  // the guest takes no more for now
            return;
        rest_->remove_prefix(static_cast<std::size_t>(put));
    }
}

void Script::receive(Stream stream, std::string_view text) noexcept {
    if (failure_)
        return;
    try {
        (stream == Stream::output ? result_.output : result_.errors) += text;
        if (options_.on_output)
            options_.on_output(stream, text);
    } catch (...) {
        failure_ = std::current_exception();
    }
}

CommandResult Script::finish(Patience& patience) {
    Deadline end = Deadline::max();
    for (;;) {
        feed();
        if (failure_)
            std::rethrow_exception(failure_);
        const auto now = std::chrono::steady_clock::now();
        if (has_exited()) {
            end = std::min(end, now + last_words);
            if (now >= end || ssh_channel_is_eof(channel_.get()) != 0)
                return std::move(result_);
        } else if (is_closed()) {
            throw broken();
        }
        // Only here does anything arrive: nobody else may take it between the look and the wait.
        patience.wait(session_, end);
        ssh_event_dopoll(event_.get(), 0);
    }
}

}  // namespace glinda::guest
