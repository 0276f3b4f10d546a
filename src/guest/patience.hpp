#pragma once

#include <libssh/libssh.h>
#include <poll.h>

#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "glinda/guest/session.hpp"
#include "glinda/util/files.hpp"

namespace glinda::guest {

/// Waits for the guest, for the end of patience and for a stop request, all at once.
class Patience {
public:
    Patience(std::string guest, Deadline deadline, std::stop_token stop);

    /// Waits until `session` may read, or may write what it has to; at most until `until`.
    /// @throws Error (timeout) after the deadline, (cancelled), (environment).
    void wait(ssh_session session, Deadline until = Deadline::max());
    /// The same for what poll(2) waits for, which it fills in.
    void wait(std::vector<pollfd>& events, Deadline until);

private:
    std::string guest_;
    Deadline deadline_;
    std::stop_token stop_;
    FileDescriptor wake_;
    std::stop_callback<std::function<void()>> on_stop_;
};

/// Repeats a call of the non-blocking `session` until it gives something else than `again`.
template <typename Call, typename Again>
int repeat(ssh_session session, Patience& patience, Again again, Call call) {
    int result = call();
    while (result == again) {
        patience.wait(session);
        result = call();
    }
    return result;
}

}  // namespace glinda::guest
