#include "glinda/util/interrupt.hpp"

#include <pthread.h>

namespace glinda {
namespace {

sigset_t ending_signals() {
    sigset_t set{};
    sigemptyset(&set);
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGUSR2})
        sigaddset(&set, number);
    return set;
}

}  // namespace

Interrupt::Interrupt() {
    const sigset_t set = ending_signals();
    ::pthread_sigmask(SIG_BLOCK, &set, &before_);
    // A peer that closes its end is an error of write(2), not the end of the program.
    std::signal(SIGPIPE, SIG_IGN);
    listener_ = std::thread{[this, set] {
        for (int number = 0; number != SIGUSR2;) {
            if (::sigwait(&set, &number) == 0 && number != SIGUSR2)
                source_.request_stop();
        }
    }};
}

Interrupt::~Interrupt() {
    ::pthread_kill(listener_.native_handle(), SIGUSR2);
    listener_.join();
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

}  // namespace glinda
