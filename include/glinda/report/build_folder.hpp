#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "glinda/util/files.hpp"

namespace glinda::report {

/// Something that happened in a build.
struct Event {
    std::chrono::milliseconds at{};  ///< since the build began
    std::string kind;                ///< "phase", "warning", "verdict", "domain" …
    std::string text;
};

/// What is known of a build: build.json.
struct Record {
    std::string state = "running";  ///< then "finished", "failed" or "interrupted"
    std::string name{};
    std::string description{};
    std::map<std::string, std::string> inputs{};   ///< what went in: "template" → path …
    std::map<std::string, std::string> results{};  ///< what came out: "image" → path …
    std::string verdict{};                         ///< in plain words
    std::vector<std::string> notes{};              ///< what to do, where to look
    /// What is known of a failure: "outcome", "phase", "cause", "remedy", "evidence", "screen" …
    std::map<std::string, std::string> failure{};
    std::map<std::string, std::string> versions{};  ///< of what took part: "QEMU" → "7.2.0" …
};

/// The folder that tells how one build went. It is readable by its owner alone and grows while the
/// build runs, so that a crash leaves all that was known. Files: build.json, events.jsonl,
/// console.log, installer.log, screens/, answers/, plan.txt, domain.xml, report.html.
class BuildFolder {
public:
    /// Makes a new folder in `builds`, named after the build and the time.
    /// @throws Error (environment).
    BuildFolder(const std::filesystem::path& builds, const std::string& name);

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
    /// Not to be called while other threads add events.
    [[nodiscard]] const std::vector<Event>& events() const noexcept { return events_; }

    /// Adds an event, with the present time; from any thread.
    void add_event(std::string kind, std::string text);
    void add_console(std::string_view bytes);
    void add_installer_log(std::string_view bytes);
    /// Writes a file into the folder; missing folders on the way are made.
    void write(const std::filesystem::path& name, std::string_view content);
    /// The last `lines` lines of the console, as a person reads them.
    [[nodiscard]] std::string console_tail(std::size_t lines) const;
    [[nodiscard]] std::string installer_log_tail(std::size_t lines) const;

    /// Writes build.json anew, and report.html unless the build still runs.
    void write_record(const Record& record);

private:
    std::filesystem::path path_;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    FileDescriptor events_file_;
    FileDescriptor console_;
    FileDescriptor installer_log_;
    std::mutex mutex_;
    std::vector<Event> events_;  ///< with the mutex
};

}  // namespace glinda::report
