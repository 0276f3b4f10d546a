#include "checking.hpp"

#include <glib.h>

#include <algorithm>
#include <utility>

#include "glinda/util/error.hpp"
#include "glinda/util/handle.hpp"
#include "glinda/util/text.hpp"

namespace glinda::pipeline {
namespace {

using guest::CommandResult;
using guest::shell_word;
using tdl::Expectation;

/// What of a file or an output is compared, and what of it is shown.
constexpr std::size_t largest_content = std::size_t{1} << 20U;
constexpr std::size_t longest_shown = 200;

template <typename... Cases>
struct Overloaded : Cases... {
    using Cases::operator()...;
};
template <typename... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

/// On one line.
std::string shown(std::string_view text) {
    std::string line;
    for (const char c : printable(trim(text).substr(0, longest_shown)))
        line += c == '\n' ? std::string{"\\n"} : std::string{c};
    return format("\"{}\"{}", line, trim(text).size() > longest_shown ? " …" : "");
}

bool matches(const std::string& text, const std::string& pattern) {
    constexpr auto flags = static_cast<GRegexCompileFlags>(G_REGEX_RAW | G_REGEX_MULTILINE);
    constexpr auto none = static_cast<GRegexMatchFlags>(0);
    const Handle<GRegex, &g_regex_unref> regex{g_regex_new(pattern.c_str(), flags, none, nullptr)};
    return regex && g_regex_match_full(regex.get(), text.data(), static_cast<gssize>(text.size()),
                                       0, none, nullptr, nullptr) != FALSE;
}

bool is_met(const Expectation& expected, std::string_view given) {
    const std::string text{trim(given)};
    switch (expected.match) {
        case Expectation::Match::contains:
            return text.find(expected.text) != std::string::npos;
        case Expectation::Match::pattern:
            return matches(text, expected.text);
        case Expectation::Match::exact:
            break;
    }
    return text == expected.text;
}

std::string words_of(const Expectation& expected) {
    switch (expected.match) {
        case Expectation::Match::contains:
            return "with " + shown(expected.text);
        case Expectation::Match::pattern:
            return "that matches " + shown(expected.text);
        case Expectation::Match::exact:
            break;
    }
    return shown(expected.text);
}

/// Collects what was expected, and whether all of it was seen.
class Comparison {
public:
    explicit Comparison(std::string name) { result_.name = std::move(name); }

    void add(bool met, const std::string& expected, const std::string& seen) {
        if (met && !result_.passed)
            return;
        // A failure shows what failed, not what was right before it.
        if (!met && std::exchange(result_.passed, false))
            result_.expected = result_.seen = "";
        const char* const between = result_.expected.empty() ? "" : ", ";
        result_.expected += between + expected;
        result_.seen += between + seen;
    }
    [[nodiscard]] CheckResult result() && { return std::move(result_); }

private:
    CheckResult result_;
};

/// What the guest is asked for a word: it says `word`, or what is the case instead.
struct State {
    std::string word;
    bool wanted = true;
};

State state_of(const tdl::PackageCheck& check) {
    return {"present", check.present};
}
State state_of(const tdl::PortCheck& check) {
    return {"open", check.open};
}
State state_of(const tdl::ServiceCheck& check) {
    return {"active", check.active};
}

void compare(Comparison& by, const State& state, const CommandResult& answer) {
    const std::string seen{trim(printable(answer.output))};
    by.add((seen == state.word) == state.wanted, (state.wanted ? "" : "not ") + state.word,
           seen.empty() ? std::string{trim(printable(answer.errors))} : seen);
}

/// The first line of the answer is "present MODE USER GROUP" or "absent", the rest the content.
void compare(Comparison& by, const tdl::FileCheck& check, const CommandResult& answer) {
    const std::size_t end = std::min(answer.output.find('\n'), answer.output.size());
    const std::vector<std::string_view> facts =
        words(std::string_view{answer.output}.substr(0, end));
    const bool present = facts.size() == 4 && facts[0] == "present";
    by.add(present == check.present, check.present ? "present" : "absent",
           present ? "present" : "absent");
    if (!present || !check.present)
        return;
    unsigned mode = 0;
    for (const char digit : facts[1])
        mode = mode * 8 + static_cast<unsigned>(digit - '0');
    if (check.mode)
        by.add(mode == *check.mode, format("mode {:04o}", *check.mode), format("{:04o}", mode));
    const std::string owner = format("{}:{}", facts[2], facts[3]);
    if (check.owner)
        by.add(*check.owner == facts[2] || *check.owner == owner, "owner " + *check.owner, owner);
    if (check.content) {
        const std::string content = answer.output.substr(std::min(end + 1, answer.output.size()));
        by.add(is_met(*check.content, content), "content " + words_of(*check.content),
               shown(content));
    }
}

void compare(Comparison& by, const tdl::CommandCheck& check, const CommandResult& answer) {
    by.add(answer.status == check.status && answer.signal.empty(),
           format("status {}", check.status),
           answer.signal.empty() ? std::to_string(answer.status) : "signal " + answer.signal);
    if (check.output)
        by.add(is_met(*check.output, answer.output), "output " + words_of(*check.output),
               shown(answer.output));
}

/// proc(5), "/proc/net/tcp": 0A is a socket that listens. Systems without it have sockstat(1).
constexpr const char* port_script =
    "port={0} hex={0:04X}\n"
    "if [ -r /proc/net/tcp ]; then cat /proc/net/tcp /proc/net/tcp6 2>/dev/null |\n"
    "  grep -Eq \": [0-9A-F]+:$hex [0-9A-F]+:0000 0A \"\n"
    "else sockstat -l -p \"$port\" | grep -q tcp\n"
    "fi && echo open || echo closed\n";

constexpr const char* service_script =
    "service={}\n"
    "if [ -d /run/systemd/system ]; then systemctl is-active -- \"$service\"\n"
    "elif command -v rc-service >/dev/null; then\n"
    "  rc-service \"$service\" status >/dev/null 2>&1 && echo active || echo inactive\n"
    "else service \"$service\" status >/dev/null 2>&1 && echo active || echo inactive\n"
    "fi\n";

/// GNU's and BusyBox's stat(1), else that of BSD.
constexpr const char* file_script =
    "file={0}\n"
    "if [ ! -e \"$file\" ]; then echo absent; exit; fi\n"
    "facts=$(stat -L -c '%a %U %G' -- \"$file\" 2>/dev/null || stat -L -f '%Mp%Lp %Su %Sg' -- "
    "\"$file\")\n"
    "echo \"present $facts\"\n"
    "if [ {1} -gt 0 ] && [ -f \"$file\" ]; then head -c {1} -- \"$file\"; fi\n";

}  // namespace

std::string title_of(const tdl::Check& check) {
    return std::visit(
        Overloaded{[](const tdl::CommandCheck& it) { return "command " + it.name; },
                   [](const tdl::FileCheck& it) { return "file " + it.name; },
                   [](const tdl::PackageCheck& it) { return "package " + it.name; },
                   [](const tdl::PortCheck& it) { return "port " + std::to_string(it.number); },
                   [](const tdl::ServiceCheck& it) { return "service " + it.name; }},
        check);
}

std::string script_of(const tdl::Check& check, const PackageManager& manager) {
    return std::visit(
        Overloaded{[](const tdl::CommandCheck& it) { return it.script; },
                   [](const tdl::FileCheck& it) {
                       return format(file_script, shell_word(it.name),
                                     it.content ? largest_content : 0);
                   },
                   [&](const tdl::PackageCheck& it) {
                       return format(
                           "{}\nif has_package {}; then echo present; else echo absent; "
                           "fi\n",
                           manager.functions, shell_word(it.name));
                   },
                   [](const tdl::PortCheck& it) { return format(port_script, it.number); },
                   [](const tdl::ServiceCheck& it) {
                       return format(service_script, shell_word(it.name));
                   }},
        check);
}

CheckResult judge(const tdl::Check& check, const CommandResult& answer) {
    Comparison by{title_of(check)};
    std::visit(Overloaded{[&](const tdl::CommandCheck& it) { compare(by, it, answer); },
                          [&](const tdl::FileCheck& it) { compare(by, it, answer); },
                          [&](const auto& it) { compare(by, state_of(it), answer); }},
               check);
    CheckResult result = std::move(by).result();
    // What a file holds may be nobody's business.
    if (!result.passed && std::holds_alternative<tdl::CommandCheck>(check))
        result.output = end_of(answer.output + answer.errors);
    return result;
}

CheckResult check_in(guest::Session& session, const tdl::Check& check,
                     const PackageManager& manager, std::chrono::milliseconds limit) {
    const auto start = std::chrono::steady_clock::now();
    CheckResult result;
    try {
        result = judge(check, session.run(script_of(check, manager), {.limit = limit}));
    } catch (const Error& error) {
        if (error.fault() != Fault::timeout)
            throw;
        result.name = title_of(check);
        result.passed = false;
        result.expected = "an end within " + to_text(limit);
        result.seen = "it runs on";
    }
    result.took = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - start);
    return result;
}

}  // namespace glinda::pipeline
