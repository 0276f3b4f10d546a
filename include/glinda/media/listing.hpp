#pragma once

#include <string>
#include <vector>

#include "glinda/media/fetch.hpp"

namespace glinda::media {

/// What a folder on a server holds.
struct Listed {
    std::string name;  ///< of one file or folder in it: no slash, and nothing that leads elsewhere
    enum class Kind { file, folder };
    Kind kind = Kind::file;
};

/// The content of the folder at an ftp, http or https URL, sorted: as FTP lists it (links count as
/// files), or as a web server does on a page that is entitled as a list of files.
/// @throws Error (usage) if it is another kind of URL, the web server shows no such page, or the
///         folder has more than 10,000 entries; (environment) if there is no such folder or the
///         server cannot be reached, (timeout), (cancelled).
[[nodiscard]] std::vector<Listed> list_folder(const std::string& url,
                                              const FetchOptions& options = {});

/// The URL of something in a folder at a URL.
[[nodiscard]] std::string url_in(const std::string& folder, const Listed& entry);

}  // namespace glinda::media
