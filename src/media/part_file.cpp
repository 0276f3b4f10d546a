#include "part_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <string>

namespace glinda::media {

PartFile make_part_file(const std::filesystem::path& target, mode_t mode) {
    std::string name = target.string() + ".XXXXXX";
    FileDescriptor descriptor{::mkostemp(name.data(), O_CLOEXEC)};
    if (!descriptor)
        throw system_error("cannot write " + target.string());
    TemporaryFile file{name};
    if (::fchmod(descriptor.get(), mode) != 0)
        throw system_error("cannot set the mode of " + target.string());
    return {std::move(file), std::move(descriptor)};
}

void empty_file(int file, std::string_view name) {
    // ext4 writes a file out when it is closed once it was cut to nothing, be it empty already.
    const bool has_content = ::lseek(file, 0, SEEK_END) != 0;
    if ((has_content && ::ftruncate(file, 0) != 0) || ::lseek(file, 0, SEEK_SET) != 0)
        throw system_error("cannot write " + std::string{name});
}

namespace {

void copy_by_hand(int from, int to, std::string_view name) {
    std::array<char, 65536> buffer{};
    while (true) {
        const ssize_t got = ::read(from, buffer.data(), buffer.size());
        if (got == 0)
            return;
        if (got > 0)
            write_all(to, {buffer.data(), static_cast<std::size_t>(got)}, name);
        else if (errno != EINTR)
            throw system_error("cannot read what is to be copied to " + std::string{name});
    }
}

}  // namespace

void copy_content(const std::filesystem::path& from, int to, std::string_view name) {
    const FileDescriptor source = open_file(from, O_RDONLY);
    while (true) {
        const ssize_t copied =
            ::copy_file_range(source.get(), nullptr, to, nullptr, std::size_t{1} << 30U, 0);
        if (copied == 0)
            return;
        // Some pairs of file systems cannot do it; those say so before the first byte.
        if (copied < 0 && (errno == EXDEV || errno == EINVAL || errno == EOPNOTSUPP))
            return copy_by_hand(source.get(), to, name);
        if (copied < 0 && errno != EINTR)
            throw system_error("cannot write " + std::string{name});
    }
}

}  // namespace glinda::media
