#pragma once

#include <libssh/callbacks.h>
#include <libssh/libssh.h>

#include <exception>
#include <optional>
#include <string>
#include <string_view>

#include "glinda/guest/session.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/handle.hpp"
#include "patience.hpp"

namespace glinda::guest {

/// A command that runs in the guest, on a channel of its own, with a text as its standard input.
class Script {
public:
    /// Starts it. @throws Error (guest) if the guest does not.
    Script(ssh_session session, std::string guest, const std::string& command,
           std::string_view text, const RunOptions& options, Patience& patience);
    Script(const Script&) = delete;
    Script& operator=(const Script&) = delete;
    ~Script();

    /// Gives it its text, takes its output, waits for its end.
    /// @throws Error as Session::run() does.
    CommandResult finish(Patience& patience);

private:
    using Event = Handle<ssh_event_struct, &ssh_event_free>;

    void feed();
    void receive(Stream stream, std::string_view text) noexcept;
    [[nodiscard]] bool has_exited() const { return exited_ || !result_.signal.empty(); }
    [[nodiscard]] bool is_closed() const;
    [[nodiscard]] Error broken() const;

    ssh_session session_;
    std::string guest_;
    std::optional<std::string_view> rest_;  ///< of the text; nothing when its end was sent, too
    const RunOptions& options_;
    CommandResult result_;
    bool exited_ = false;
    std::exception_ptr failure_;  ///< of the caller's on_output, which must not cross libssh
    ssh_channel_callbacks_struct callbacks_{};
    Handle<ssh_channel_struct, &ssh_channel_free> channel_;
    Event event_{ssh_event_new()};
};

}  // namespace glinda::guest
