#include "glinda/util/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <numeric>
#include <utility>

namespace glinda {
namespace {

constexpr std::string_view white = " \t\r\n\v\f";

/// How many bytes the escape sequence at the start of `text` has (ECMA-48 §5.4, §8.3.89).
std::size_t escape_length(std::string_view text) {
    if (text.size() < 2)
        return text.size();
    if (text[1] == '[') {  // CSI … final byte
        std::size_t end = 2;
        while (end < text.size() && text[end] < 0x40)
            ++end;
        return std::min(text.size(), end + 1);
    }
    if (text[1] == ']') {  // OSC … BEL or ST
        const std::size_t end = text.find_first_of("\a\x1b", 2);
        if (end == std::string_view::npos)
            return text.size();
        return end + (text[end] == '\a' ? 1U : 2U);
    }
    // ESC, intermediate bytes, final byte.
    const std::size_t end = text.find_first_not_of(" !\"#$%&'()*+,-./", 1);
    return end == std::string_view::npos ? text.size() : end + 1;
}

/// How long the UTF-8 sequence is that starts with a byte; 0 if none does (RFC 3629).
std::size_t utf8_length(unsigned char first) {
    if (first < 0x80)
        return 1;
    if (first >= 0xc2 && first < 0xe0)
        return 2;
    if (first >= 0xe0 && first < 0xf0)
        return 3;
    return first >= 0xf0 && first < 0xf5 ? 4 : 0;
}

/// The length of the UTF-8 sequence at the start of `text`, 0 if there is none.
std::size_t utf8_length(std::string_view text) {
    const std::size_t length = utf8_length(static_cast<unsigned char>(text[0]));
    if (length == 0 || length > text.size())
        return 0;
    const bool whole = std::ranges::all_of(text.substr(1, length - 1), [](char c) {
        return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U;
    });
    return whole ? length : 0;
}

}  // namespace

std::string_view trim(std::string_view text) noexcept {
    const std::size_t first = text.find_first_not_of(white);
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(white) - first + 1);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    while (true) {
        const std::size_t end = text.find(separator);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos)
            return parts;
        text.remove_prefix(end + 1);
    }
}

std::vector<std::string_view> words(std::string_view text) {
    std::vector<std::string_view> found;
    while (!(text = trim(text)).empty()) {
        const std::size_t end = std::min(text.find_first_of(white), text.size());
        found.push_back(text.substr(0, end));
        text.remove_prefix(end);
    }
    return found;
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
    std::string all;
    for (const std::string& part : parts) {
        if (!all.empty())
            all += separator;
        all += part;
    }
    return all;
}

std::string lower(std::string_view text) {
    std::string result{text};
    std::ranges::transform(result, result.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return result;
}

std::string printable(std::string_view output) {
    std::string text;
    text.reserve(output.size());
    while (!output.empty()) {
        const char c = output.front();
        std::size_t length = 1;
        if (c == '\x1b') {
            length = escape_length(output);
        } else if (c == '\n' || c == '\t') {
            text += c;
        } else if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) {
            length = utf8_length(output);
            if (length == 0)
                text += '?';
            else
                text += output.substr(0, length);
            length = std::max<std::size_t>(length, 1);
        }
        output.remove_prefix(length);
    }
    return text;
}

std::optional<std::uint64_t> to_number(std::string_view text) noexcept {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

std::string to_text(std::chrono::milliseconds duration) {
    const auto seconds = duration.count() / 1000;
    if (seconds < 10)
        return format("{:.1f} s", static_cast<double>(duration.count()) / 1000);
    if (seconds < 100)
        return format("{} s", seconds);
    return format("{} min {} s", seconds / 60, seconds % 60);
}

std::size_t edit_distance(std::string_view from, std::string_view to) {
    std::vector<std::size_t> row(to.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < from.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i + 1);
        for (std::size_t j = 0; j < to.size(); ++j) {
            const std::size_t replaced = diagonal + (from[i] == to[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row.back();
}

}  // namespace glinda
