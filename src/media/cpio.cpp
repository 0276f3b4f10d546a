#include "glinda/media/cpio.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdint>
#include <limits>
#include <set>

#include "glinda/util/error.hpp"
#include "glinda/util/files.hpp"
#include "glinda/util/text.hpp"

namespace glinda::media {
namespace {

constexpr unsigned folder_type = 0040000;
constexpr unsigned file_type = 0100000;

void pad(std::string& bytes) {
    bytes.resize((bytes.size() + 3) / 4 * 4);
}

/// Header, name and content of one member, each padded to a multiple of four.
void append(std::string& archive, const std::string& name, std::string_view content, unsigned mode,
            unsigned number) {
    const unsigned links = (mode & folder_type) != 0 ? 2 : 1;
    // Inode, mode, owner, group, links, time, size, 4 device numbers, size of the name, checksum.
    archive += format("070701{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:032x}{:08x}{:08x}", number,
                      mode, 0, 0, links, 0, content.size(), 0, name.size() + 1, 0);
    archive += name;
    archive += '\0';
    pad(archive);
    archive += content;
    pad(archive);
}

void check(const CpioEntry& entry, std::string_view name) {
    bool bad = name.find('\0') != std::string_view::npos;
    for (const std::string_view part : split(name, '/'))
        bad = bad || part.empty() || part == "." || part == "..";
    if (bad)
        throw Error{Fault::usage, "'" + entry.name + "' is no name for a file in an initrd"};
    if (entry.content.size() > std::numeric_limits<std::uint32_t>::max())
        throw Error{Fault::usage, entry.name + " is too large for a cpio archive"};
}

}  // namespace

std::string cpio(const std::vector<CpioEntry>& entries) {
    std::string archive;
    unsigned number = 0;
    std::set<std::string_view> folders;
    for (const CpioEntry& entry : entries) {
        const std::string_view name =
            std::string_view{entry.name}.substr(entry.name.starts_with('/') ? 1 : 0);
        check(entry, name);
        for (std::size_t end = name.find('/'); end != std::string_view::npos;
             end = name.find('/', end + 1)) {
            const std::string_view folder = name.substr(0, end);
            if (folders.insert(folder).second)
                append(archive, std::string{folder}, "", folder_type | 0755U, ++number);
        }
        append(archive, std::string{name}, entry.content, file_type | (entry.mode & 07777U),
               ++number);
    }
    append(archive, "TRAILER!!!", "", 0, 0);
    return archive;
}

void append_to_initrd(const std::filesystem::path& initrd, std::string_view segment) {
    const FileDescriptor file = open_file(initrd, O_WRONLY);
    const off_t size = ::lseek(file.get(), 0, SEEK_END);
    if (size < 0)
        throw system_error("cannot write " + initrd.string());
    // The kernel looks for the next archive at multiples of four and skips zeros before it.
    std::string bytes((4 - static_cast<std::size_t>(size) % 4) % 4, '\0');
    bytes += segment;
    write_all(file.get(), bytes, initrd.string());
}

}  // namespace glinda::media
