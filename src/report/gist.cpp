#include "glinda/report/gist.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "glinda/util/error.hpp"
#include "glinda/util/files.hpp"
#include "glinda/util/text.hpp"

namespace glinda::report {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

/// As much of a file as is read: a build's events are some ten thousand at most.
constexpr std::size_t largest = 16U << 20U;

Json parse(std::string_view text, const fs::path& file) {
    Json json = Json::parse(text, nullptr, false);
    if (!json.is_object())
        throw Error{Fault::usage, format("{} is no file of a build", file.string())};
    return json;
}

/// A member that is text, as a person may read it; empty if there is none.
std::string text_in(const Json& json, const char* name) {
    const auto found = json.find(name);
    return found != json.end() && found->is_string() ? printable(found->get<std::string>()) : "";
}

std::string labelled(std::string_view label, const std::string& text) {
    return text.empty() ? "" : format("{:<12}{}\n", label, text);
}

/// How it ended and why.
std::string verdict(const Json& record) {
    std::string text = format("{}: {}\n", text_in(record, "name"), text_in(record, "state"));
    const auto failure = record.find("failure");
    if (failure == record.end() || !failure->is_object() || failure->empty())
        return text + labelled("verdict", text_in(record, "verdict"));
    for (const char* const name :
         {"outcome", "phase", "cause", "answer file", "evidence", "remedy"})
        text += labelled(name, text_in(*failure, name));
    return text;
}

std::string phases(const fs::path& file) {
    std::string text;
    const std::string events = read_file(file, Fault::usage, largest);
    for (const std::string_view line : split(events, '\n')) {
        if (trim(line).empty())
            continue;
        const Json event = parse(line, file);
        const std::string kind = text_in(event, "kind");
        const auto at = event.find("at_ms");
        if (kind == "activity" || kind == "screen" || kind == "progress" || kind == "estimate" ||
            at == event.end() || !at->is_number_integer())
            continue;
        text +=
            format("{:>11}  {}{}\n", to_text(std::chrono::milliseconds{at->get<std::int64_t>()}),
                   kind == "phase" ? "" : kind + ": ", text_in(event, "text"));
    }
    return text;
}

/// The files of the folder, in their order.
std::vector<fs::path> files_of(const fs::path& build) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator{build})
        if (entry.is_regular_file())
            files.push_back(entry.path());
    std::ranges::sort(files);
    return files;
}

std::string last_screen(const std::vector<fs::path>& files) {
    const auto last = std::find_if(files.rbegin(), files.rend(), [](const fs::path& file) {
        return file.parent_path().filename() == "screens" && file.extension() == ".txt";
    });
    if (last == files.rend())
        return "";
    std::string text = format("the last screen ({}):\n", last->string());
    const std::string words = printable(read_file(*last, Fault::usage, largest));
    for (const std::string_view line : split(words, '\n'))
        if (!trim(line).empty())
            text += format("  | {}\n", line);
    return text;
}

}  // namespace

fs::path find_build(const fs::path& builds, const fs::path& build) {
    if (fs::exists(build / "build.json"))
        return build;
    fs::path newest;
    std::error_code none;
    if (build == build.filename())
        for (const auto& entry : fs::directory_iterator{builds, none}) {
            const std::string name = entry.path().filename();
            const std::string start = build.string() + "-2";  // then the rest of the time
            const bool fits = name.starts_with(start) &&
                              name.find('-', build.string().size() + 1) == std::string::npos;
            if ((fits || name == build) && fs::exists(entry.path() / "build.json") &&
                newest.filename() < entry.path().filename())
                newest = entry.path();
        }
    if (newest.empty())
        throw Error{Fault::usage,
                    format("there is no build {} here or in {}", build.string(), builds.string()),
                    {"name a build's folder, or its template's name"}};
    return newest;
}

std::string gist(const fs::path& build) {
    const fs::path file = build / "build.json";
    const Json record = parse(read_file(file, Fault::usage, largest), file);
    const std::vector<fs::path> files = files_of(build);
    std::string text = verdict(record) + phases(build / "events.jsonl") + last_screen(files);
    for (const fs::path& each : files)
        if (each.parent_path().filename() != "screens")
            text += each.string() + "\n";
    return text;
}

}  // namespace glinda::report
