#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "glinda/media/byte_source.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/files.hpp"

namespace glinda::media {
namespace {

class FileSource : public ByteSource {
public:
    explicit FileSource(const std::filesystem::path& path)
        // Whoever opens a named pipe waits for its writer, whatever signal comes.
        : name_{path.string()}, file_{open_file(path, O_RDONLY | O_NONBLOCK, 0, Fault::usage)} {
        struct stat status {};
        if (::fstat(file_.get(), &status) != 0)
            throw system_error("cannot read " + name_);
        if (S_ISDIR(status.st_mode))
            throw Error{Fault::usage, name_ + " is a folder, not an ISO 9660 image"};
        if (!S_ISREG(status.st_mode) && !S_ISBLK(status.st_mode))
            throw Error{Fault::usage, name_ + " is neither a file nor a drive"};
        const off_t end = ::lseek(file_.get(), 0, SEEK_END);
        if (end < 0)
            throw system_error("cannot read " + name_);
        size_ = static_cast<std::uint64_t>(end);
    }

    [[nodiscard]] std::uint64_t size() const override { return size_; }

    [[nodiscard]] std::string read(std::uint64_t at, std::size_t length) override {
        std::string bytes(length, '\0');
        std::size_t done = 0;
        while (done < length) {
            const ssize_t got = ::pread(file_.get(), bytes.data() + done, length - done,
                                        static_cast<off_t>(at + done));
            if (got < 0 && errno != EINTR)
                throw system_error("cannot read " + name_);
            if (got == 0)
                break;
            done += got > 0 ? static_cast<std::size_t>(got) : 0;
        }
        bytes.resize(done);
        return bytes;
    }

private:
    std::string name_;
    FileDescriptor file_;
    std::uint64_t size_ = 0;
};

}  // namespace

std::unique_ptr<ByteSource> open_bytes(const std::filesystem::path& path) {
    return std::make_unique<FileSource>(path);
}

}  // namespace glinda::media
