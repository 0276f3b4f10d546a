#pragma once

#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include "glinda/util/process.hpp"

namespace glinda::media {

/// A file that a remastered medium has: a new one, or another content for one that it had. Boot
/// loaders that know no Rock Ridge want a plain name: letters, digits, '_' and one dot.
struct IsoChange {
    std::string path;       ///< in the image; missing folders are made; "…/" is only a folder
    std::string content{};  ///< unless there is a file
    std::filesystem::path file{};  ///< of this host, with the content
};

/// An ISO 9660 image and what is to be different in it.
struct RemasterPlan {
    std::filesystem::path iso;
    std::vector<IsoChange> changes;
};

/// Makes `overlay`, a qcow2 image for a virtual machine's CD-ROM drive: the changed files and the
/// folder records over the untouched ISO, its backing file. Volume label, boot entries and
/// partition tables stay; a list of checksums, md5sum.txt, follows the changes. A checksum that
/// implantisomd5 wrote is gone, as a new one would mean to read all of the medium: checkisomd5 says
/// "NA". It costs milliseconds and no copy; it needs the ISO to stay where it is.
/// @throws Error (usage) if the ISO is none or a path cannot be in it, (environment) among others
///         if libisofs cannot rewrite its folders, (cancelled).
void remaster(const RemasterPlan& plan, const std::filesystem::path& overlay,
              const std::stop_token& stop = {});

/// The same medium as a file that stands alone: a copy of the ISO (a reflink where the file system
/// can) and the changes behind it. Replaces `to` in one step; a killed process leaves nothing where
/// the file system has files without a name (open(2), O_TMPFILE). If the ISO had an implanted
/// checksum, implantisomd5 is run for a new one. Partition tables fit the new size: isohybrid's
/// partition for the whole medium holds it again, the backup of a GPT stands at the end.
/// @throws Error (usage), (environment), (cancelled).
void remaster_to_file(Runner& runner, const RemasterPlan& plan, const std::filesystem::path& to,
                      const std::stop_token& stop = {});

}  // namespace glinda::media
