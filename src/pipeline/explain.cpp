#include "explain.hpp"

#include <algorithm>
#include <array>

#include "glinda/util/files.hpp"
#include "glinda/util/text.hpp"

namespace glinda::pipeline {
namespace {

/// As much of a line as a message holds.
constexpr std::size_t longest_quote = 300;

std::string quote(std::string_view line) {
    const std::string text = printable(trim(line));
    return text.size() <= longest_quote ? text : printable(text.substr(0, longest_quote)) + " …";
}

/// Whether a line of an answer file may hold a password, its hash or a key.
bool looks_secret(std::string_view line) {
    constexpr std::array words{"pass", "rootpw", "secret", "crypt", "token",  "key",
                               "$1$",  "$2",     "$5$",    "$6$",   "$y$",    "$gy$",
                               "vnc",  "iscsi",  "chap",   "ssh-",  "<value>"};
    std::string text = lower(line);
    for (const char* const harmless : {"keyboard", "keymap"})
        for (std::size_t at = 0; (at = text.find(harmless)) != std::string::npos;)
            text.erase(at, 3);
    return std::ranges::any_of(
        words, [&](const char* word) { return text.find(word) != std::string::npos; });
}

/// Whether a line is a user's name and password, as chpasswd(8) takes them.
bool is_login(std::string_view line) {
    const std::size_t colon = line.find(':');
    return colon != std::string_view::npos && colon > 0 && colon + 1 < line.size() &&
           line.find_first_of(" \t\"'{}<>=,/") == std::string_view::npos;
}

/// The number of the line of the file that a person knows which the installer's line `number` is;
/// nothing if that is none of its lines.
std::optional<std::size_t> known_line(std::size_t number, const Answers& answers) {
    const std::vector<std::string_view> given = split(answers.given, '\n');
    const std::vector<std::string_view> known = split(answers.known, '\n');
    const std::string_view line = given.at(number - 1);
    const auto distance = [&](std::size_t at) {
        return at < number ? number - 1 - at : at - (number - 1);
    };
    std::optional<std::size_t> nearest;
    for (std::size_t at = 0; at < known.size(); ++at)
        if (known[at] == line && (!nearest || distance(at) < distance(*nearest)))
            nearest = at;
    return nearest ? std::optional{*nearest + 1} : std::nullopt;
}

Fault fault_of(watch::Outcome outcome) {
    using watch::Outcome;
    switch (outcome) {
        case Outcome::host_failed:
            return Fault::environment;
        case Outcome::hung:
        case Outcome::timed_out:
            return Fault::timeout;
        default:
            return Fault::guest;
    }
}

std::string value_of(const std::map<std::string, std::string>& values, const char* name) {
    const auto found = values.find(name);
    return found == values.end() ? "" : found->second;
}

}  // namespace

Answers answers_of(const InstallRequest& request, const Plan& plan,
                   const std::filesystem::path& build) {
    const media::CpioEntry& given = plan.files.front();
    if (!request.answer_file)
        return {(build / "answers" / given.name).string(), plan.answer_to_show, given.content};
    try {
        return {request.answer_file->string(), read_file(*request.answer_file), given.content};
    } catch (const Error&) {  // it has been taken away meanwhile
        return {request.answer_file->string(), given.content, given.content};
    }
}

std::optional<ConcernedLine> concerned_line(const std::string& answer, const Answers& answers) {
    const bool by_number = to_number(answer).has_value();
    auto line = watch::answer_line(answer, by_number ? answers.given : answers.known);
    if (line && by_number)
        line = known_line(*line, answers);
    if (!line)
        return std::nullopt;
    const std::string_view text = split(answers.known, '\n').at(*line - 1);
    const std::string where = format("{}:{}", answers.name, *line);
    return ConcernedLine{*line, looks_secret(text) ? where : format("{}: {}", where, quote(text))};
}

std::string without_secrets(std::string_view text, const std::vector<std::string>& secrets) {
    std::string shown;
    constexpr std::size_t none = std::string_view::npos;
    std::size_t hidden = none;  // the indentation of the last line that has a secret
    for (const std::string_view line : split(text, '\n')) {
        const std::size_t indentation = std::min(line.find_first_not_of(" \t"), line.size());
        const bool is_below = hidden != none && indentation > hidden && !trim(line).empty();
        const bool is_secret =
            looks_secret(line) || is_login(trim(line)) ||
            std::ranges::any_of(secrets, [&](const std::string& secret) {
                return !secret.empty() && line.find(secret) != std::string_view::npos;
            });
        if (is_secret && !is_below)
            hidden = indentation;
        else if (!is_below && !trim(line).empty())
            hidden = none;
        shown += is_secret || is_below ? "(left out here: it may have a secret)" : line;
        shown += '\n';
    }
    shown.pop_back();
    return shown;
}

std::map<std::string, std::string> explain(const RunResult& run, const Answers& answers) {
    const watch::Verdict& verdict = run.verdict;
    const auto line = concerned_line(verdict.answer, answers);
    std::map<std::string, std::string> known{
        {"outcome", std::string{watch::name_of(verdict.outcome)}},
        {"phase", run.phase},
        {"cause", verdict.cause},
        {"remedy", verdict.remedy},
        {"evidence", quote(verdict.evidence)},
        {"answer file", line ? line->text : ""},
        {"answer line", line ? format("{}", line->number) : ""},
        {"screen", run.screen.string()},
        {"screen text", run.screen_text.string()}};
    std::erase_if(known, [](const auto& entry) { return entry.second.empty(); });
    return known;
}

Error failure(const std::string& name, const RunResult& run,
              const std::map<std::string, std::string>& explanation,
              std::chrono::milliseconds after, const std::string& kept) {
    Error error{fault_of(run.verdict.outcome),
                format("installing {}: {} after {}{}", name,
                       run.verdict.outcome == watch::Outcome::timed_out ? "stopped" : "failed",
                       to_text(after), run.phase.empty() ? "" : ", at: " + run.phase)};
    std::string why = run.verdict.cause;
    if (const std::string line = value_of(explanation, "answer file"); !line.empty())
        why += format(" ({})", line);
    if (const std::string said = value_of(explanation, "evidence");
        !said.empty() && why.find(said) == std::string::npos)
        why += format("; the guest's words: {}", said);
    if (!run.verdict.remedy.empty())
        why += "; " + run.verdict.remedy;
    error.add_note(std::move(why));
    if (!kept.empty())
        error.add_note(kept);
    return error;
}

std::string where_to_look(const std::filesystem::path& build,
                          const std::map<std::string, std::string>& explanation) {
    std::string where = "the report: " + (build / "report.html").string();
    for (const char* const evidence : {"screen", "screen text"})
        if (const std::string file = value_of(explanation, evidence); !file.empty())
            where += format("; the {}: {}", evidence, file);
    return where;
}

}  // namespace glinda::pipeline
