#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "glinda/answer/lint.hpp"

namespace glinda::answer {

/// One answer of a preseed file: "OWNER QUESTION TYPE VALUE", or "OWNER QUESTION FLAG VALUE".
struct PreseedEntry {
    std::size_t first_line;  ///< from 1
    std::size_t last_line;   ///< another one if the answer is continued
    std::string owner;
    std::string question;
    std::string type;
    std::string value;  ///< on one line; may be empty
};

/// A preseed file as the installer takes it.
struct Preseed {
    std::vector<PreseedEntry> entries;  ///< in the file's order
    std::vector<Finding> faults;        ///< the lines that are none, or not what they look like
};

/// Reads a preseed file by the rules of debconf-set-selections(1) and, where the two differ, of the
/// installer's own reader (preseed-common, bin/debconf-set-selections): a comment starts in the
/// first column; a backslash at the very end continues a line, whose parts a single space joins;
/// empty lines and comments end no continued line.
[[nodiscard]] Preseed read_preseed(std::string_view text);

}  // namespace glinda::answer
