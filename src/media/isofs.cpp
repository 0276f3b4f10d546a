#include "isofs.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "glinda/util/error.hpp"
#include "glinda/util/files.hpp"
#include "glinda/util/text.hpp"

namespace glinda::media::isofs {
namespace {

/// The library is one per process and wants to be started before its first use.
void start_library() {
    [[maybe_unused]] static const bool started = [] {
        check(iso_init(), "cannot start libisofs");
        // Unless told otherwise it prints to standard error. It does not write to these strings.
        std::array<char, 6> queued{"FATAL"};
        std::array<char, 6> printed{"NEVER"};
        std::array<char, 6> utf8{"UTF-8"};
        std::array<char, 1> no_prefix{};
        iso_set_msgs_severities(queued.data(), printed.data(), no_prefix.data());
        iso_set_local_charset(utf8.data(), 0);
        return true;
    }();
}

std::string read_head(int file, const std::string& name) {
    std::string head(volume_head, '\0');
    std::size_t done = 0;
    while (done < head.size()) {
        const ssize_t got =
            ::pread(file, head.data() + done, head.size() - done, static_cast<off_t>(done));
        if (got < 0 && errno != EINTR)
            throw system_error("cannot read " + name);
        if (got == 0)
            break;
        done += got > 0 ? static_cast<std::size_t>(got) : 0;
    }
    head.resize(done);
    return head;
}

}  // namespace

void check(int code, std::string_view doing) {
    if (code < 0)
        throw Error{Fault::usage, format("{}: {}", doing, iso_error_to_msg(code))};
}

Image open_image(const std::filesystem::path& path) {
    start_library();
    const std::string name = path.string();
    Image image;
    const FileDescriptor file = open_file(path, O_RDONLY, 0, Fault::usage);
    struct stat status {};
    if (::fstat(file.get(), &status) != 0)
        throw system_error("cannot read " + name);
    if (S_ISDIR(status.st_mode))
        throw Error{Fault::usage, name + " is a folder, not an ISO 9660 image"};
    image.file_size = static_cast<std::uint64_t>(status.st_size);
    image.head = read_head(file.get(), name);
    image.volume = read_volume(image.head, name);
    if (image.volume.size > image.file_size)
        throw Error{Fault::usage,
                    format("{} is truncated: its volume descriptor says {} bytes, the file has {}",
                           name, image.volume.size, image.file_size),
                    {"download it again and compare its checksum"}};
    IsoDataSource* source = nullptr;
    check(iso_data_source_new_from_file(path.c_str(), &source), "cannot read " + name);
    image.source.reset(source);
    return image;
}

std::string take_complaint() {
    std::array<char, 6> least{"FATAL"};
    std::array<char, ISO_MSGS_MESSAGE_LEN> text{};
    std::array<char, 80> severity{};
    std::string first;
    int code = 0;
    int image = 0;
    while (iso_obtain_msgs(least.data(), &code, &image, text.data(), severity.data()) == 1)
        if (first.empty())
            first = text.data();
    return first;
}

ReadOptions read_options() {
    IsoReadOpts* options = nullptr;
    check(iso_read_opts_new(&options, 0), "cannot set up libisofs");
    ReadOptions owned{options};
    iso_read_opts_set_input_charset(options, "UTF-8");
    return owned;
}

void start() {
    start_library();
}

}  // namespace glinda::media::isofs
