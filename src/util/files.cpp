#include "glinda/util/files.hpp"

#include <fcntl.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <vector>

namespace glinda {
namespace fs = std::filesystem;

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
    if (this != &other) {
        reset();
        number_ = other.release();
    }
    return *this;
}

void FileDescriptor::reset() noexcept {
    if (number_ >= 0)
        ::close(std::exchange(number_, -1));
}

FileDescriptor open_file(const fs::path& path, int flags, mode_t mode, Fault fault) {
    FileDescriptor file{::open(path.c_str(), flags | O_CLOEXEC, mode)};
    if (!file)
        throw Error{fault, system_error("cannot open " + path.string()).what()};
    return file;
}

std::string read_file(const fs::path& path, Fault fault, std::size_t limit) {
    const FileDescriptor file = open_file(path, O_RDONLY, 0, fault);
    std::string content;
    std::array<char, 65536> buffer{};
    while (true) {
        const ssize_t got = ::read(file.get(), buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            throw Error{fault, system_error("cannot read " + path.string()).what()};
        if (got == 0)
            return content;
        content.append(buffer.data(), static_cast<std::size_t>(got));
        if (content.size() > limit)
            throw Error{fault, path.string() + " is larger than " + std::to_string(limit) +
                                   " bytes, the most that such a file may have"};
    }
}

void write_all(int descriptor, std::string_view bytes, std::string_view name) {
    while (!bytes.empty()) {
        const ssize_t put = ::write(descriptor, bytes.data(), bytes.size());
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            throw system_error("cannot write " + std::string{name});
        bytes.remove_prefix(static_cast<std::size_t>(put));
    }
}

void write_file(const fs::path& path, std::string_view content, mode_t mode) {
    std::string name = path.string() + ".XXXXXX";
    const FileDescriptor file{::mkostemp(name.data(), O_CLOEXEC)};
    if (!file)
        throw system_error("cannot write " + path.string());
    TemporaryFile temporary{name};
    write_all(file.get(), content, path.string());
    if (::fchmod(file.get(), mode) != 0)
        throw system_error("cannot set the mode of " + path.string());
    temporary.keep_as(path);
}

void make_folders(const fs::path& path, mode_t mode) {
    if (path.empty() || fs::is_directory(path))
        return;
    make_folders(path.parent_path(), mode);
    if (::mkdir(path.c_str(), mode) != 0 && !(errno == EEXIST && fs::is_directory(path)))
        throw system_error("cannot make the folder " + path.string());
}

TemporaryFolder::TemporaryFolder(const fs::path& prefix, mode_t mode) {
    std::string name = prefix.string() + "XXXXXX";
    if (::mkdtemp(name.data()) == nullptr)
        throw system_error("cannot make a folder " + name);
    path_ = name;
    if (::chmod(name.c_str(), mode) != 0)
        throw system_error("cannot set the mode of " + name);
}

TemporaryFolder::~TemporaryFolder() {
    std::error_code ignored;
    if (!path_.empty())
        fs::remove_all(path_, ignored);
}

TemporaryFile::~TemporaryFile() {
    if (!path_.empty())
        ::unlink(path_.c_str());
}

void TemporaryFile::keep_as(const fs::path& name) {
    if (::rename(path_.c_str(), name.c_str()) != 0)
        throw system_error("cannot rename " + path_.string() + " to " + name.string());
    path_.clear();
}

std::optional<Lock> Lock::try_lock(const fs::path& path) {
    FileDescriptor file = open_file(path, O_RDWR | O_CREAT);
    while (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK)
            return std::nullopt;
        if (errno != EINTR)
            throw system_error("cannot lock " + path.string());
    }
    return Lock{std::move(file)};
}

namespace {

fs::path home() {
    if (const char* set = std::getenv("HOME"); set != nullptr && *set == '/')
        return set;
    std::vector<char> buffer(16384);
    passwd entry{};
    passwd* found = nullptr;
    if (::getpwuid_r(::getuid(), &entry, buffer.data(), buffer.size(), &found) != 0 ||
        found == nullptr)
        throw Error{Fault::environment, "HOME is not set and the user has no home folder"};
    return found->pw_dir;
}

}  // namespace

fs::path user_cache(std::string_view name) {
    const char* set = std::getenv("XDG_CACHE_HOME");
    // XDG Base Directory Specification: a relative path is to be ignored.
    const fs::path base = set != nullptr && *set == '/' ? fs::path{set} : home() / ".cache";
    return base / "glinda" / name;
}

fs::path expand_home(std::string_view path) {
    if (path == "~" || path.starts_with("~/"))
        return home() / path.substr(path.size() > 1 ? 2 : 1);
    return path;
}

}  // namespace glinda
