#pragma once

#include <string>
#include <string_view>

#include "glinda/util/files.hpp"
#include "glinda/util/process.hpp"
#include "glinda/util/text.hpp"

namespace glinda {

/// What debconf-set-selections -c says of a preseed file. Its database is one of its own: the
/// host's is locked by whoever reads it.
inline Result debconf_check(std::string_view preseed) {
    const TemporaryFolder folder{std::filesystem::temp_directory_path() / "glinda-debconf-"};
    const std::string here = folder.path().string();
    write_file(folder.path() / "preseed.cfg", preseed);
    write_file(folder.path() / "debconf.conf",
               format("Config: config\nTemplates: templates\n\n"
                      "Name: config\nDriver: File\nFilename: {0}/config.dat\n\n"
                      "Name: templates\nDriver: File\nFilename: {0}/templates.dat\n",
                      here));
    return SystemRunner{}.run({.argv = {"debconf-set-selections", "-c", here + "/preseed.cfg"},
                               .variables = {"DEBCONF_SYSTEMRC=" + here + "/debconf.conf"}});
}

}  // namespace glinda
