#pragma once

#include <deque>

#include "glinda/guest/session.hpp"
#include "glinda/util/files.hpp"
#include "patience.hpp"

namespace glinda::guest {

/// Tries to reach a server that may not be up yet. A forwarded port accepts before the guest has a
/// network: such a connection hangs until the guest is asked again, at intervals of up to 12 s, for
/// 75 s in all (libslirp, TCPTV_REXMTMAX, TCPTV_KEEP_INIT), even if it is closed here. So there are
/// some of different ages, of which one is asked for each second, and not so many that a server
/// would be flooded. Once the guest has a network, it refuses at once what nobody listens for.
class Knocking {
public:
    explicit Knocking(const Login& login) : login_{login} {}

    /// The first connection on which the server has spoken; what it said is still to be read.
    /// @throws Error as Patience::wait().
    [[nodiscard]] FileDescriptor wait(Patience& patience);

private:
    void knock();

    const Login& login_;
    std::deque<FileDescriptor> connections_;  ///< the oldest first
    Deadline next_ = Deadline::min();
};

}  // namespace glinda::guest
