#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "glinda/util/process.hpp"

namespace glinda::media {

/// A file that a remastered medium has: a new one, or another content for one that it had. Boot
/// loaders that know no Rock Ridge want a plain name: letters, digits, '_' and one dot.
struct IsoChange {
    std::string path;  ///< in the image; missing folders are made
    std::string content;
};

/// An ISO 9660 image and what is to be different in it.
struct RemasterPlan {
    std::filesystem::path iso;
    std::vector<IsoChange> changes;
};

/// Makes `overlay`, a qcow2 image for a virtual machine's CD-ROM drive: the changed files and the
/// folder records over the untouched ISO, its backing file. Volume label, boot entries and
/// partition tables stay. It costs milliseconds and no copy; it needs the ISO to stay where it is.
/// @throws Error (usage) if the ISO is none or a path cannot be in it, (environment) among others
///         if libisofs cannot rewrite its folders.
void remaster(Runner& runner, const RemasterPlan& plan, const std::filesystem::path& overlay);

/// The same medium as a file that stands alone: a copy of the ISO (a reflink where the file system
/// can) and the changes behind it. Replaces `to` in one step. Right for a CD-ROM drive; on a USB
/// stick the partition table still ends where the original did.
/// @throws Error (usage), (environment).
void remaster_to_file(const RemasterPlan& plan, const std::filesystem::path& to);

}  // namespace glinda::media
