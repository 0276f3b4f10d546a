#pragma once

#include <fmt/core.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace glinda {

/// fmt::format(), as an object: the arguments' namespaces are then not searched for more functions
/// of that name, of which C++20 has one.
inline constexpr struct {
    template <typename... T>
    [[nodiscard]] std::string operator()(fmt::format_string<T...> text, T&&... values) const {
        return fmt::format(text, std::forward<T>(values)...);
    }
} format{};

/// `text` without white space at both ends.
[[nodiscard]] std::string_view trim(std::string_view text) noexcept;

/// The parts of `text` between separators, empty ones included.
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);

/// The words of `text`, separated by white space.
[[nodiscard]] std::vector<std::string_view> words(std::string_view text);

[[nodiscard]] std::string join(const std::vector<std::string>& parts, std::string_view separator);

/// `text` in ASCII lower case.
[[nodiscard]] std::string lower(std::string_view text);

/// What a person would read of a terminal's output: without escape sequences (ECMA-48) and control
/// characters, lines ended by '\n'; bytes that are no UTF-8 become '?'.
[[nodiscard]] std::string printable(std::string_view output);

/// How many letters have to be added, taken away or replaced to make one word of another
/// (Levenshtein). It takes the product of their lengths in time.
[[nodiscard]] std::size_t edit_distance(std::string_view from, std::string_view to);

/// The whole of `text` as a decimal number.
[[nodiscard]] std::optional<std::uint64_t> to_number(std::string_view text) noexcept;

/// A duration as a person says it: "45 s", "12 min 5 s".
[[nodiscard]] std::string to_text(std::chrono::milliseconds duration);

}  // namespace glinda
