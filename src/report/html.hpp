#pragma once

#include <string>
#include <vector>

#include "glinda/report/build_folder.hpp"

namespace glinda::report {

/// A picture of the guest's screen.
struct Screen {
    std::string name;  ///< of its file
    std::string png;   ///< its bytes
    std::string text;  ///< what is written on it; may be empty
};
/// A file that the installer was given.
struct AnswerFile {
    std::string name;
    std::string text;  ///< without secrets
};

/// What the page shows beside the record.
struct Evidence {
    std::vector<Event> events;
    std::string deciding;         ///< the line that the verdict rests on; may be empty
    std::string console;          ///< its end, and what stands around that line
    std::string installer_log;    ///< the same
    std::vector<Screen> screens;  ///< oldest first
    std::vector<AnswerFile> answers;
    std::string plan;
};

/// A page that stands alone: readable without a server, scripts or other files.
[[nodiscard]] std::string html_page(const Record& record, const Evidence& evidence);

}  // namespace glinda::report
