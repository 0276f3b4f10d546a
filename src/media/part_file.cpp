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

void go_on_unless(const std::stop_token& stop) {
    if (stop.stop_requested())
        throw Error{Fault::cancelled, "interrupted"};
}

}  // namespace

void write_at(int file, std::string_view bytes, std::uint64_t at, std::string_view name) {
    if (::lseek(file, static_cast<off_t>(at), SEEK_SET) < 0)
        throw system_error("cannot write " + std::string{name});
    write_all(file, bytes, name);
}

void read_pieces(const std::filesystem::path& from, const std::function<void(std::string_view)>& to,
                 const std::stop_token& stop) {
    const FileDescriptor source = open_file(from, O_RDONLY, 0, Fault::usage);
    std::array<char, 65536> buffer{};
    while (true) {
        go_on_unless(stop);
        const ssize_t got = ::read(source.get(), buffer.data(), buffer.size());
        if (got == 0)
            return;
        if (got > 0)
            to({buffer.data(), static_cast<std::size_t>(got)});
        else if (errno != EINTR)
            throw system_error("cannot read " + from.string());
    }
}

void copy_content(const std::filesystem::path& from, int to, std::string_view name,
                  const std::stop_token& stop) {
    // As cp(1) does: of so much the kernel copies 2 GiB, for which a stop waits. In smaller pieces
    // it took longer once there was so much to write that it slowed its writers down.
    constexpr std::size_t piece = std::size_t{1} << 40U;
    const FileDescriptor source = open_file(from, O_RDONLY);
    while (true) {
        go_on_unless(stop);
        const ssize_t copied = ::copy_file_range(source.get(), nullptr, to, nullptr, piece, 0);
        if (copied == 0)
            return;
        // Some pairs of file systems cannot do it; those say so before the first byte.
        if (copied < 0 && (errno == EXDEV || errno == EINVAL || errno == EOPNOTSUPP))
            return read_pieces(
                from, [&](std::string_view bytes) { write_all(to, bytes, name); }, stop);
        if (copied < 0 && errno != EINTR)
            throw system_error("cannot write " + std::string{name});
    }
}

}  // namespace glinda::media
