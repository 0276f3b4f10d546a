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
    std::string console_tail;
    std::string installer_log_tail;
    std::vector<Screen> screens;  ///< oldest first
    std::vector<AnswerFile> answers;
};

/// A page that stands alone: readable without a server, scripts or other files.
[[nodiscard]] std::string html_page(const Record& record, const Evidence& evidence);

}  // namespace glinda::report
