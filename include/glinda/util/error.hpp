#pragma once

#include <concepts>
#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace glinda {

/// Who has to act when something fails. It decides the exit status of the program.
enum class Fault {
    environment,  ///< the host or the network failed: status 1
    usage,        ///< the command line or an input file is wrong: status 2
    guest,        ///< the installer or the guest failed: status 3
    timeout,      ///< it took too long: status 4
    cancelled,    ///< a person or a signal ended it: status 130
};

/// The exit status that stands for `fault`.
[[nodiscard]] int exit_status(Fault fault) noexcept;

/// The one exception of glinda. Its message says what failed and why, in lower case and without a
/// full stop; its notes are further lines for the person who reads it: what to do, where to look.
class Error : public std::exception {
public:
    Error(Fault fault, std::string message, std::vector<std::string> notes = {})
        : fault_{fault}, message_{std::move(message)}, notes_{std::move(notes)} {}

    [[nodiscard]] Fault fault() const noexcept { return fault_; }
    [[nodiscard]] const char* what() const noexcept override { return message_.c_str(); }
    [[nodiscard]] const std::vector<std::string>& notes() const noexcept { return notes_; }

    /// Puts what was being done before the message: "doing: message".
    void prepend(std::string_view doing) { message_.insert(0, ": ").insert(0, doing); }
    void add_note(std::string note) { notes_.push_back(std::move(note)); }

private:
    Fault fault_;
    std::string message_;
    std::vector<std::string> notes_;
};

/// The error for a failed system call: "what: strerror(code)", by default of `errno`.
[[nodiscard]] Error system_error(std::string_view what);
[[nodiscard]] Error system_error(std::string_view what, int code);

/// Runs `action`; an Error that leaves it says that it happened while `doing`.
template <std::invocable Action>
decltype(auto) in_context(std::string_view doing, Action&& action) {
    try {
        return std::forward<Action>(action)();
    } catch (Error& error) {
        error.prepend(doing);
        throw;
    }
}

}  // namespace glinda
