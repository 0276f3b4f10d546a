#pragma once

#include <string>
#include <vector>

#include "glinda/guest/session.hpp"
#include "glinda/util/files.hpp"
#include "patience.hpp"

namespace glinda::guest {

/// Tries to reach a server that may not be up yet. A forwarded port accepts before the guest
/// listens: a connection is then closed at once, or hangs until the guest is asked again, at ever
/// longer intervals. So there are always some, of different ages; only one whose server speaks is
/// a connection.
class Knocking {
public:
    explicit Knocking(const Login& login) : login_{login} {}

    /// The first connection on which the server has spoken; what it said is still to be read.
    /// @throws Error as Patience::wait().
    [[nodiscard]] FileDescriptor wait(Patience& patience);

private:
    struct Connection {
        FileDescriptor socket;
        Deadline given_up;  ///< when another one has better chances
    };
    /// What a connection has come to.
    enum class State { silent, speaks, gone };

    void knock();
    [[nodiscard]] static State state_of(const Connection& connection);

    const Login& login_;
    std::vector<Connection> connections_;
    unsigned count_ = 0;
    Deadline next_ = Deadline::min();
};

}  // namespace glinda::guest
