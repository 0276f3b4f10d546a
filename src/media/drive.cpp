#include "glinda/media/drive.hpp"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <set>

#include "glinda/util/error.hpp"
#include "glinda/util/text.hpp"
#include "part_file.hpp"
#include "session.hpp"

namespace glinda::media {
namespace {

void check_label(const std::string& label, std::size_t longest) {
    const bool allowed = std::ranges::all_of(label, [](unsigned char letter) {
        return letter < 0x80 && (std::isalnum(letter) != 0 || letter == '_' || letter == '-');
    });
    if (label.empty() || !allowed)
        throw Error{Fault::usage, format("a drive cannot have the label '{}': letters, digits, '_' "
                                         "and '-' can be in one",
                                         label)};
    if (label.size() > longest)
        throw Error{Fault::usage,
                    format("the label {} has {} characters, more than the {} that it may have",
                           label, label.size(), longest)};
}

/// Room for all files, each in clusters of its own, and for the tables; in bytes.
std::uint64_t size_for(const Drive& drive) {
    constexpr std::uint64_t mib = std::uint64_t{1} << 20U;
    constexpr std::uint64_t largest_cluster =
        32768;  // mkfs.fat takes smaller ones for small drives
    std::uint64_t size = 2 * mib;
    for (const DriveFile& file : drive.files)
        size += file.content.size() + 2 * largest_cluster;
    return (size + mib - 1) / mib * mib;
}

}  // namespace

void make_iso_drive(const Drive& drive, const std::filesystem::path& to) {
    check_label(drive.label, longest_iso_label);
    std::vector<IsoChange> files;
    for (const DriveFile& file : drive.files)
        files.push_back(
            {.path = path_in_image(file.path), .content = file.content, .file = file.file});
    PartFile part = make_part_file(to);
    write_image(drive.label, files, [&](std::uint64_t at, std::string_view bytes) {
        write_at(part.descriptor.get(), bytes, at, to.string());
    });
    part.file.keep_as(to);
}

void make_fat_drive(Runner& runner, const Drive& drive, const std::filesystem::path& to) {
    check_label(drive.label, longest_fat_label);
    PartFile part = make_part_file(to);
    if (::ftruncate(part.descriptor.get(), static_cast<off_t>(size_for(drive))) != 0)
        throw system_error("cannot write " + to.string());
    const std::string image = part.file.path().string();
    // Both would have a look at floppies' geometry.
    const std::vector<std::string> as_it_is{"MTOOLS_SKIP_CHECK=1"};
    runner.output_of({.argv = {"mkfs.fat", "-n", drive.label, image}});
    std::set<std::string> folders;
    for (const DriveFile& file : drive.files) {
        const std::string path = "::/" + path_in_image(file.path);
        for (std::size_t end = path.find('/', 3); end != std::string::npos;
             end = path.find('/', end + 1))
            if (folders.insert(path.substr(0, end)).second)
                runner.output_of(
                    {.argv = {"mmd", "-i", image, path.substr(0, end)}, .variables = as_it_is});
        // By standard input: there is no other copy of a secret then.
        runner.output_of({.argv = {"mcopy", "-o", "-i", image, "-", path},
                          .input = file.content,
                          .variables = as_it_is});
    }
    part.file.keep_as(to);
}

}  // namespace glinda::media
