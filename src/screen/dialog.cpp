#include "dialog.hpp"

#include <algorithm>

namespace glinda::screen {
namespace {

bool is_upright(char32_t c) {
    constexpr std::u32string_view upright = U"│┃║├┤┠┨╟╢╠╣╞╡";
    return upright.find(c) != std::u32string_view::npos;
}
bool is_one_of(char32_t c, std::u32string_view these) {
    return these.find(c) != std::u32string_view::npos;
}

/// Where an unbroken edge of uprights below `top` ends in a corner.
std::optional<std::size_t> edge_end(const Page& page, std::size_t top, std::size_t column,
                                    std::u32string_view corners) {
    for (std::size_t row = top + 1; row < page.size(); ++row) {
        if (is_one_of(page[row][column], corners))
            return row;
        if (!is_upright(page[row][column]))
            break;
    }
    return std::nullopt;
}

/// The box whose corner at the top left is there. Its upper and its lower edge may hold a title.
std::optional<Box> box_at(const Page& page, std::size_t top, std::size_t left) {
    if (!is_one_of(page[top][left], U"┌╔┏"))
        return std::nullopt;
    const auto bottom = edge_end(page, top, left, U"└╚┗");
    if (!bottom)
        return std::nullopt;
    for (std::size_t right = left + 1; right < page[top].size(); ++right)
        if (is_one_of(page[top][right], U"┐╗┓") && is_one_of(page[*bottom][right], U"┘╝┛"))
            return Box{top, left, *bottom, right};
    return std::nullopt;
}

bool has_words(std::u32string_view row) {
    return std::ranges::any_of(
        row, [](char32_t c) { return (c >= U'A' && c <= U'Z') || (c >= U'a' && c <= U'z'); });
}

/// Whether a row of the box has words between brackets: <OK>, < Yes >, [ Cancel ].
bool has_button(std::u32string_view row) {
    const std::size_t open = row.find_first_of(U"<[");
    const std::size_t close = row.find_last_of(U">]");
    return open != std::u32string_view::npos && close != std::u32string_view::npos &&
           close > open && has_words(row.substr(open, close - open));
}

std::size_t area(const Box& box) {
    return (box.bottom - box.top) * (box.right - box.left);
}

/// All boxes that have words in them.
std::vector<Box> boxes_on(const Page& page) {
    std::vector<Box> boxes;
    for (std::size_t row = 0; row < page.size(); ++row)
        for (std::size_t column = 0; column < page[row].size(); ++column)
            if (auto box = box_at(page, row, column)) {
                const Page text = inside(page, *box);
                box->has_button = std::ranges::any_of(text, has_button);
                if (std::ranges::any_of(text, has_words))
                    boxes.push_back(*box);
            }
    return boxes;
}

}  // namespace

bool is_line(char32_t character) {
    return character >= U'─' && character <= U'╿';
}

std::optional<Box> front_dialog(const Page& page) {
    std::optional<Box> with_button;
    std::optional<Box> largest;
    for (const Box& box : boxes_on(page)) {
        if (box.has_button && (!with_button || area(box) < area(*with_button)))
            with_button = box;
        if (!largest || area(box) > area(*largest))
            largest = box;
    }
    return with_button ? with_button : largest;
}

Page inside(const Page& page, const Box& box) {
    Page text;
    for (std::size_t row = box.top; row < box.bottom; ++row) {
        std::u32string words = page[row].substr(box.left + 1, box.right - box.left - 1);
        std::ranges::replace_if(words, is_line, U' ');
        text.push_back(std::move(words));
    }
    return text;
}

}  // namespace glinda::screen
