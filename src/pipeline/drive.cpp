#include "drive.hpp"

#include <set>

#include "glinda/media/drive.hpp"
#include "glinda/util/files.hpp"

namespace glinda::pipeline {
namespace {

namespace fs = std::filesystem;

/// The files in a tar archive, packed by gzip. It names no folder above theirs, as unpacking would
/// set the mode of the folder that it is unpacked into.
std::string packed(const std::vector<media::CpioEntry>& files, const Context& context) {
    const TemporaryFolder folder{fs::temp_directory_path() / "glinda-archive-"};
    const fs::path root = folder.path() / "root";
    const fs::path archive = folder.path() / "archive";
    std::set<std::string> tops;
    for (const media::CpioEntry& file : files) {
        tops.insert(*fs::path{file.name}.begin());
        make_folders((root / file.name).parent_path());
        write_file(root / file.name, file.content, file.mode);
    }
    std::vector<std::string> argv{
        "tar",        "--create",         "--gzip", "--numeric-owner", "--owner=0",
        "--group=0",  "--mode=go=u,go-w", "--file", archive.string(),  "--directory",
        root.string()};
    argv.insert(argv.end(), tops.begin(), tops.end());
    context.runner.output_of({.argv = argv});
    return read_file(archive);
}

}  // namespace

void make_answer_drive(const Plan& plan, const std::vector<media::IsoChange>& extras,
                       const fs::path& to, const Context& context) {
    media::Drive drive{.label = plan.drive_label, .files = {}};
    if (plan.archive.empty())
        for (const media::CpioEntry& file : plan.files)
            drive.files.push_back({file.name, file.content});
    else
        drive.files.push_back({plan.archive, packed(plan.files, context)});
    for (const media::IsoChange& extra : extras)
        if (!extra.path.ends_with('/'))  // folders are made with what is in them
            drive.files.push_back({.path = extra.path, .file = extra.file});
    media::make_iso_drive(drive, to);
}

}  // namespace glinda::pipeline
