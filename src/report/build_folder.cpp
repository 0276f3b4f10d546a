#include "glinda/report/build_folder.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <nlohmann/json.hpp>

#include "glinda/util/error.hpp"
#include "glinda/util/text.hpp"
#include "html.hpp"

namespace glinda::report {
namespace {

namespace fs = std::filesystem;

/// As much of a log as the report shows, and around the line that decided.
constexpr std::size_t shown_lines = 60;
constexpr std::size_t context_lines = 12;
constexpr std::size_t largest_log = 256U << 20U;

std::string timestamp(const char* layout) {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    std::array<char, 64> text{};
    return {text.data(), std::strftime(text.data(), text.size(), layout, &parts)};
}

fs::path new_folder(const fs::path& builds, const std::string& name) {
    make_folders(builds);
    const fs::path base = builds / (name + "-" + timestamp("%Y%m%dT%H%M%SZ"));
    fs::path path = base;
    for (int n = 2; ::mkdir(path.c_str(), 0700) != 0; ++n) {
        if (errno != EEXIST)
            throw system_error("cannot make the folder " + path.string());
        path = format("{}-{}", base.string(), n);
    }
    return path;
}

FileDescriptor new_log(const fs::path& file) {
    return open_file(file, O_RDWR | O_CREAT | O_EXCL | O_APPEND);
}

/// The last lines of a file, of which at most the last 64 KiB are looked at.
std::string tail(const FileDescriptor& file, std::size_t lines) {
    constexpr off_t window = 65536;
    const off_t size = ::lseek(file.get(), 0, SEEK_END);
    std::string bytes(static_cast<std::size_t>(std::clamp<off_t>(size, 0, window)), '\0');
    const ssize_t got =
        ::pread(file.get(), bytes.data(), bytes.size(), std::max<off_t>(0, size - window));
    bytes.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    std::string text = printable(bytes);
    text.erase(text.find_last_not_of(" \n") + 1);
    std::size_t start = text.size();
    for (; lines > 0 && start != std::string::npos && start > 0; --lines)
        start = text.rfind('\n', start - 1);
    return start == std::string::npos || start == 0 ? text : text.substr(start + 1);
}

/// The line that the verdict rests on, without white space at its ends; empty if none is known.
std::string deciding_line(const std::vector<Event>& events) {
    for (const Event& event : events)
        if (event.kind == "deciding line")
            return std::string{trim(event.text)};
    return "";
}

/// The end of a log, before it the lines around the one that decided if that is not in it.
std::string with_context(const fs::path& log, const std::string& end, const std::string& deciding) {
    if (deciding.empty() || end.find(deciding) != std::string::npos)
        return end;
    const std::string text = printable(read_file(log, Fault::environment, largest_log));
    const std::size_t found = text.find(deciding);
    if (found == std::string::npos)
        return end;
    std::size_t from = found;
    for (std::size_t line = 0; line <= context_lines && from != std::string::npos; ++line)
        from = from == 0 ? std::string::npos : text.rfind('\n', from - 1);
    std::size_t to = found;
    for (std::size_t line = 0; line <= context_lines && to != std::string::npos; ++line)
        to = text.find('\n', to + 1);
    from = from == std::string::npos ? 0 : from + 1;
    return format("{}{}\n…\n{}", from == 0 ? "" : "…\n", text.substr(from, to - from), end);
}

/// JSON must be UTF-8; what a guest or a library says need not.
std::string dump(const nlohmann::ordered_json& json, int indent) {
    return json.dump(indent, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

/// The files in a folder, by name; none if there is no such folder.
std::vector<fs::path> files_in(const fs::path& folder) {
    std::vector<fs::path> files;
    std::error_code none;
    for (const auto& entry : fs::recursive_directory_iterator{folder, none})
        if (entry.is_regular_file())
            files.push_back(entry.path());
    std::ranges::sort(files);
    return files;
}

std::vector<Screen> screens_in(const fs::path& folder) {
    std::vector<Screen> screens;
    for (const fs::path& file : files_in(folder)) {
        if (file.extension() != ".png")
            continue;
        const fs::path text = fs::path{file}.replace_extension(".txt");
        screens.push_back(
            {file.filename(), read_file(file), fs::exists(text) ? read_file(text) : ""});
    }
    return screens;
}

std::vector<AnswerFile> answers_in(const fs::path& folder) {
    std::vector<AnswerFile> answers;
    for (const fs::path& file : files_in(folder))
        answers.push_back({"answers/" + fs::relative(file, folder).string(), read_file(file)});
    return answers;
}

}  // namespace

BuildFolder::BuildFolder(const fs::path& builds, const std::string& name)
    : path_{new_folder(builds, name)},
      events_file_{new_log(path_ / "events.jsonl")},
      console_{new_log(path_ / "console.log")},
      installer_log_{new_log(path_ / "installer.log")} {}

void BuildFolder::add_event(std::string kind, std::string text) {
    const std::lock_guard guard{mutex_};
    const auto at = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - start_);
    write_all(events_file_.get(), dump({{"at_ms", at.count()}, {"kind", kind}, {"text", text}}, -1),
              "events.jsonl");
    events_.push_back({at, std::move(kind), std::move(text)});
}

void BuildFolder::add_console(std::string_view bytes) {
    write_all(console_.get(), bytes, "console.log");
}

void BuildFolder::add_installer_log(std::string_view bytes) {
    write_all(installer_log_.get(), bytes, "installer.log");
}

void BuildFolder::write(const fs::path& name, std::string_view content) {
    make_folders((path_ / name).parent_path());
    write_file(path_ / name, content);
}

std::string BuildFolder::console_tail(std::size_t lines) const {
    return tail(console_, lines);
}

std::string BuildFolder::installer_log_tail(std::size_t lines) const {
    return tail(installer_log_, lines);
}

void BuildFolder::write_record(const Record& record) {
    write("build.json", dump({{"state", record.state},
                              {"name", record.name},
                              {"description", record.description},
                              {"folder", path_.string()},
                              {"written", timestamp("%Y-%m-%dT%H:%M:%SZ")},
                              {"glinda", GLINDA_VERSION},
                              {"inputs", record.inputs},
                              {"results", record.results},
                              {"verdict", record.verdict},
                              {"notes", record.notes},
                              {"failure", record.failure},
                              {"versions", record.versions}},
                             2));
    if (record.state == "running")
        return;
    const std::string deciding = deciding_line(events_);
    const Evidence evidence{
        .events = events_,
        .deciding = deciding,
        .console = with_context(path_ / "console.log", console_tail(shown_lines), deciding),
        .installer_log =
            with_context(path_ / "installer.log", installer_log_tail(shown_lines), deciding),
        .screens = screens_in(path_ / "screens"),
        .answers = answers_in(path_ / "answers"),
        .plan = fs::exists(path_ / "plan.txt") ? read_file(path_ / "plan.txt") : ""};
    write("report.html", html_page(record, evidence));
}

}  // namespace glinda::report
