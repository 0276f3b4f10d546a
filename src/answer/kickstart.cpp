#include "glinda/answer/kickstart.hpp"

#include <algorithm>
#include <array>

#include "glinda/util/error.hpp"
#include "glinda/util/text.hpp"

namespace glinda::answer {
namespace {

constexpr std::string_view white_space = " \t\r\n";

/// What begins a section wherever it stands, where the section before it was not ended; a script
/// may have other lines that begin with '%'.
constexpr std::array<std::string_view, 8> known_sections{
    "%addon", "%certificate", "%onerror",     "%packages",
    "%post",  "%pre",         "%pre-install", "%traceback",
};

/// Splits one line into words, as a POSIX shell does (2.2 Quoting) but for variables.
class Splitter {
public:
    explicit Splitter(KickstartLine& line) : line_{line}, text_{line.text} {}

    void split() {
        while (at_ < text_.size() && !ended_) {
            const char next = text_[at_++];
            if (white_space.find(next) != std::string_view::npos)
                end_word();
            else if (next == '#')
                comment();
            else
                take(next);
        }
        end_word();
    }

private:
    void end_word() {
        if (in_word_)
            line_.words.push_back(std::move(word_));
        word_.clear();
        in_word_ = false;
    }
    void comment() {
        line_.cuts_word = in_word_;
        line_.comment = trim(text_.substr(at_ - 1));
        ended_ = true;
    }
    void take(char next) {
        in_word_ = true;
        if (next == '\'' || next == '"')
            take_quoted(next);
        else if (next == '\\' && at_ < text_.size())
            word_ += text_[at_++];
        else
            word_ += next;
    }
    void take_quoted(char quote) {
        while (at_ < text_.size()) {
            const char next = text_[at_++];
            if (next == quote)
                return;
            // Between double quotes a backslash escapes only them and itself.
            const bool escapes = quote == '"' && next == '\\' && at_ < text_.size() &&
                                 (text_[at_] == '"' || text_[at_] == '\\');
            word_ += escapes ? text_[at_++] : next;
        }
        line_.is_open = true;
    }

    KickstartLine& line_;
    std::string_view text_;
    std::string word_;
    std::size_t at_ = 0;
    bool in_word_ = false;
    bool ended_ = false;
};

std::string_view first_word(std::string_view text) {
    text = trim(text);
    return text.substr(0, text.find_first_of(white_space));
}

/// Cuts the next line with its break off a text.
std::string_view take_line(std::string_view& rest) {
    const std::string_view line = rest.substr(0, rest.find('\n') + 1);
    const std::string_view whole = line.empty() ? rest : line;
    rest.remove_prefix(whole.size());
    return whole;
}

bool begins_section(std::string_view word) {
    return std::ranges::find(known_sections, word) != known_sections.end();
}

/// Takes the body of a section, and its %end if there is one.
void take_section(KickstartItem& item, std::string_view& rest) {
    std::size_t number = item.line.number;
    while (!rest.empty()) {
        std::string_view after = rest;
        const std::string_view text = take_line(after);
        const std::string_view word = first_word(text);
        if (begins_section(word))
            return;
        rest = after;
        ++number;
        if (word == "%end") {
            item.end = kickstart_line(text, number);
            return;
        }
        item.body.push_back({.number = number, .text = std::string{text}});
    }
}

void append(std::string& text, const KickstartLine& line) {
    if (!text.empty() && text.back() != '\n')
        text += '\n';
    text += line.text;
}

}  // namespace

std::string_view KickstartItem::name() const noexcept {
    return line.words.empty() ? std::string_view{} : std::string_view{line.words.front()};
}

bool KickstartItem::is_section() const noexcept {
    return name().starts_with('%') && name() != "%include" && name() != "%ksappend" &&
           name() != "%end";
}

Kickstart read_kickstart(std::string_view text) {
    Kickstart kickstart;
    std::size_t number = 0;
    while (!text.empty()) {
        KickstartItem item;
        item.line = kickstart_line(take_line(text), ++number);
        if (item.is_section()) {
            take_section(item, text);
            number += item.body.size() + (item.end ? 1 : 0);
        }
        kickstart.items.push_back(std::move(item));
    }
    return kickstart;
}

std::string to_text(const Kickstart& kickstart) {
    std::string text;
    for (const KickstartItem& item : kickstart.items) {
        append(text, item.line);
        for (const KickstartLine& line : item.body)
            append(text, line);
        if (item.end)
            append(text, *item.end);
    }
    return text;
}

KickstartLine kickstart_line(std::string_view text, std::size_t number) {
    KickstartLine line{.number = number, .text = std::string{text}};
    Splitter{line}.split();
    return line;
}

KickstartLine kickstart_command(const std::vector<std::string>& words, std::size_t number) {
    std::vector<std::string> quoted;
    std::ranges::transform(words, std::back_inserter(quoted), kickstart_word);
    return kickstart_line(join(quoted, " ") + "\n", number);
}

KickstartItem kickstart_section(std::string_view header, std::string_view body) {
    KickstartItem section{.line = kickstart_line(format("{}\n", header)),
                          .body = {},
                          .end = kickstart_line("%end\n")};
    while (!body.empty())
        section.body.push_back({.text = std::string{take_line(body)}});
    return section;
}

std::string kickstart_word(std::string_view word) {
    if (word.find_first_of("\r\n") != std::string_view::npos)
        throw Error{Fault::usage, "a value with a line break cannot stand in a kickstart command"};
    constexpr std::string_view special = " \t\r\n\"'\\#";
    if (!word.empty() && word.find_first_of(special) == std::string_view::npos)
        return std::string{word};
    const std::size_t equals = word.starts_with("--") ? word.find('=') : std::string_view::npos;
    const std::size_t start = equals == std::string_view::npos ? 0 : equals + 1;
    std::string quoted{word.substr(0, start)};
    quoted += '"';
    for (const char letter : word.substr(start)) {
        if (letter == '"' || letter == '\\')
            quoted += '\\';
        quoted += letter;
    }
    return quoted + '"';
}

std::optional<std::string> kickstart_option(const KickstartLine& line, std::string_view name) {
    std::optional<std::string> value;
    const std::vector<std::string>& words = line.words;
    for (std::size_t at = 1; at < words.size(); ++at) {
        const std::string& word = words[at];
        if (word == name) {
            const bool follows = at + 1 < words.size() && !words[at + 1].starts_with("--");
            value = follows ? words[at + 1] : "";
        } else if (word.size() > name.size() && word.starts_with(name) &&
                   word[name.size()] == '=') {
            value = word.substr(name.size() + 1);
        }
    }
    return value;
}

std::optional<KickstartPackage> kickstart_package(const KickstartLine& line) {
    std::string_view text = line.text;
    text = trim(text.substr(0, text.find('#')));
    if (text.empty())
        return std::nullopt;
    KickstartPackage package;
    const std::vector<std::string_view> parts = words(text);
    if (parts.front() == "%include") {
        package.kind = KickstartPackage::Kind::include;
        package.name = parts.size() > 1 ? parts[1] : "";
        return package;
    }
    package.is_excluded = text.starts_with('-');
    text.remove_prefix(package.is_excluded ? 1 : 0);
    if (!text.starts_with('@')) {
        package.name = text;
        return package;
    }
    text.remove_prefix(1);
    package.kind =
        text.starts_with('^') ? KickstartPackage::Kind::environment : KickstartPackage::Kind::group;
    text.remove_prefix(text.starts_with('^') ? 1 : 0);
    // The name of a group may have spaces; what follows are options.
    const std::size_t end = std::min(text.find(" --"), text.size());
    package.name = trim(text.substr(0, end));
    for (const std::string_view option : words(text.substr(end)))
        package.options.emplace_back(option);
    return package;
}

}  // namespace glinda::answer
