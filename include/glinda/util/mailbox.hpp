#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <stop_token>

namespace glinda {

/// Carries values from any thread to the one that waits for them, in order.
template <typename T>
class Mailbox {
public:
    void send(T value) {
        {
            const std::lock_guard guard{mutex_};
            values_.push_back(std::move(value));
        }
        arrived_.notify_one();
    }

    /// The oldest value, waited for until `deadline`; nothing if none came or a stop was requested.
    std::optional<T> receive(std::chrono::steady_clock::time_point deadline,
                             const std::stop_token& stop = {}) {
        std::unique_lock guard{mutex_};
        arrived_.wait_until(guard, stop, deadline, [this] { return !values_.empty(); });
        if (values_.empty())
            return std::nullopt;
        T value = std::move(values_.front());
        values_.pop_front();
        return value;
    }

private:
    std::mutex mutex_;
    std::condition_variable_any arrived_;
    std::deque<T> values_;
};

}  // namespace glinda
