#include "glinda/util/pause.hpp"

#include <condition_variable>
#include <mutex>

namespace glinda {

bool pause(std::chrono::steady_clock::duration time, const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock guard{mutex};
    never.wait_for(guard, stop, time, [] { return false; });
    return !stop.stop_requested();
}

}  // namespace glinda
