#pragma once

#include <chrono>
#include <stop_token>

namespace glinda {

/// Lets time pass until a stop is requested, for what tells nobody when it has changed. @returns
/// whether all of the time has passed.
bool pause(std::chrono::steady_clock::duration time, const std::stop_token& stop);

}  // namespace glinda
