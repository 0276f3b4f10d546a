#include "pattern.hpp"

#include "glinda/util/error.hpp"

namespace glinda::answer {

Pattern::Pattern(const std::string& expression) {
    GError* error = nullptr;
    // RAW: an answer file may be no UTF-8, and GLib would refuse to match it.
    regex_.reset(g_regex_new(expression.c_str(),
                             static_cast<GRegexCompileFlags>(G_REGEX_RAW | G_REGEX_MULTILINE),
                             static_cast<GRegexMatchFlags>(0), &error));
    const Handle<GError, &g_error_free> owned{error};
    if (!regex_)
        throw Error{Fault::environment, "the pattern " + expression + ": " + error->message};
}

void Pattern::visit(std::string_view text, const Visit& visitor) const {
    if (!regex_)
        return;
    GMatchInfo* match = nullptr;
    const char* const start = text.empty() ? "" : text.data();
    g_regex_match_full(regex_.get(), start, static_cast<gssize>(text.size()), 0,
                       static_cast<GRegexMatchFlags>(0), &match, nullptr);
    const Handle<GMatchInfo, &g_match_info_unref> owned{match};
    while (g_match_info_matches(match) != FALSE && visitor(match))
        g_match_info_next(match, nullptr);
}

bool Pattern::matches(std::string_view text) const {
    bool found = false;
    visit(text, [&](GMatchInfo*) {
        found = true;
        return false;
    });
    return found;
}

void Pattern::each(std::string_view text,
                   const std::function<bool(const Group& group)>& found) const {
    visit(text, [&](GMatchInfo* match) {
        return found([&](const char* name) {
            const Handle<gchar, &g_free> value{std::string_view{name} == "0"
                                                   ? g_match_info_fetch(match, 0)
                                                   : g_match_info_fetch_named(match, name)};
            return std::string{value ? value.get() : ""};
        });
    });
}

std::string Pattern::hide(const std::string& text, std::string_view by) const {
    std::string hidden;
    std::size_t done = 0;
    visit(text, [&](GMatchInfo* match) {
        int start = -1;
        int end = -1;
        g_match_info_fetch_named_pos(match, "secret", &start, &end);
        const auto from = static_cast<std::size_t>(start);
        if (start >= 0 && end > start && from >= done) {
            hidden.append(text, done, from - done).append(by);
            done = static_cast<std::size_t>(end);
        }
        return true;
    });
    return hidden.append(text, done);
}

}  // namespace glinda::answer
