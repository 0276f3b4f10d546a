#pragma once

#include <string>
#include <vector>

#include "glinda/report/build_folder.hpp"

namespace glinda::report {

/// What the page shows beside the record.
struct Evidence {
    std::vector<Event> events;
    std::string console_tail;
    std::string installer_log_tail;
    std::vector<std::string> screens;  ///< PNG files, as bytes
};

/// A page that stands alone: readable without a server, scripts or other files.
[[nodiscard]] std::string html_page(const Record& record, const Evidence& evidence);

}  // namespace glinda::report
