#include "pattern.hpp"

#include "glinda/util/error.hpp"
#include "glinda/util/text.hpp"

namespace glinda::watch {

Pattern::Pattern(const std::string& expression) {
    GError* error = nullptr;
    // RAW: the guest's bytes may be no UTF-8, and GLib would refuse to match them.
    regex_.reset(g_regex_new(expression.c_str(),
                             static_cast<GRegexCompileFlags>(G_REGEX_RAW | G_REGEX_OPTIMIZE),
                             static_cast<GRegexMatchFlags>(0), &error));
    const Handle<GError, &g_error_free> owned{error};
    if (!regex_)
        throw Error{Fault::environment, "the pattern " + expression + ": " + error->message};
}

bool Pattern::matches(const std::string& line) const {
    return g_regex_match(regex_.get(), line.c_str(), static_cast<GRegexMatchFlags>(0), nullptr) !=
           FALSE;
}

std::optional<Pattern::Numbers> Pattern::numbers(const std::string& line) const {
    if (!matches(line))
        return std::nullopt;
    return Numbers{to_number(*expand(line, "$1")), to_number(*expand(line, "$2"))};
}

std::optional<std::string> Pattern::expand(const std::string& line, const std::string& text,
                                           Groups groups) const {
    GMatchInfo* match = nullptr;
    const bool found = g_regex_match(regex_.get(), line.c_str(), static_cast<GRegexMatchFlags>(0),
                                     &match) != FALSE;
    const Handle<GMatchInfo, &g_match_info_unref> owned{match};
    if (!found)
        return std::nullopt;
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool group =
            text[i] == '$' && i + 1 < text.size() && text[i + 1] >= '0' && text[i + 1] <= '9';
        if (!group) {
            result += text[i];
            continue;
        }
        const Handle<gchar, &g_free> value{g_match_info_fetch(match, text[++i] - '0')};
        if (!value)
            continue;
        const Handle<gchar, &g_free> literal{g_regex_escape_string(value.get(), -1)};
        result += groups == Groups::as_pattern ? literal.get() : value.get();
    }
    return result;
}

}  // namespace glinda::watch
