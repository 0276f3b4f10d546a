#pragma once

#include <sys/types.h>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "glinda/util/error.hpp"

namespace glinda {

/// Owner of a file descriptor.
class FileDescriptor {
public:
    FileDescriptor() = default;
    explicit FileDescriptor(int number) noexcept : number_{number} {}
    FileDescriptor(FileDescriptor&& other) noexcept : number_{other.release()} {}
    FileDescriptor& operator=(FileDescriptor&& other) noexcept;
    FileDescriptor(const FileDescriptor&) = delete;
    FileDescriptor& operator=(const FileDescriptor&) = delete;
    ~FileDescriptor() { reset(); }

    [[nodiscard]] int get() const noexcept { return number_; }
    [[nodiscard]] explicit operator bool() const noexcept { return number_ >= 0; }
    int release() noexcept { return std::exchange(number_, -1); }
    void reset() noexcept;

private:
    int number_ = -1;
};

/// Opens a file as open(2) does, never across exec.
/// @throws Error (`fault`) that names the file.
[[nodiscard]] FileDescriptor open_file(const std::filesystem::path& path, int flags,
                                       mode_t mode = 0600, Fault fault = Fault::environment);

/// The whole content of a file of at most `limit` bytes.
/// @throws Error (`fault`) if it cannot be read or is larger.
[[nodiscard]] std::string read_file(const std::filesystem::path& path,
                                    Fault fault = Fault::environment,
                                    std::size_t limit = std::size_t{64} << 20U);

/// Writes all bytes to a descriptor.
/// @throws Error (environment) with `name` in its message.
void write_all(int descriptor, std::string_view bytes, std::string_view name);

/// Replaces a file in one step: a reader sees the old content or the new one, and a failure leaves
/// the old one. The file is readable by its owner alone unless `mode` says otherwise.
/// @throws Error (environment).
void write_file(const std::filesystem::path& path, std::string_view content, mode_t mode = 0600);

/// Makes a folder and its missing parents; the new ones get `mode`.
/// @throws Error (environment).
void make_folders(const std::filesystem::path& path, mode_t mode = 0700);

/// A new folder with a name of its own, removed with its content at the end of its life.
class TemporaryFolder {
public:
    /// @throws Error (environment). The name is `prefix` and six random characters.
    explicit TemporaryFolder(const std::filesystem::path& prefix, mode_t mode = 0700);
    TemporaryFolder(TemporaryFolder&& other) noexcept : path_{std::exchange(other.path_, {})} {}
    TemporaryFolder& operator=(TemporaryFolder&&) = delete;
    ~TemporaryFolder();

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

private:
    std::filesystem::path path_;
};

/// A file that is removed at the end of its owner's life, unless kept.
class TemporaryFile {
public:
    explicit TemporaryFile(std::filesystem::path path) : path_{std::move(path)} {}
    TemporaryFile(TemporaryFile&& other) noexcept : path_{std::exchange(other.path_, {})} {}
    TemporaryFile& operator=(TemporaryFile&&) = delete;
    ~TemporaryFile();

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
    void keep() noexcept { path_.clear(); }
    /// Gives the file its final name, replacing what stood there, and keeps it.
    /// @throws Error (environment).
    void keep_as(const std::filesystem::path& name);

private:
    std::filesystem::path path_;
};

/// An exclusive lock that other processes respect (flock(2)); a dead process holds none. The lock
/// file stays, as removing it would let two processes lock two files of one name.
class Lock {
public:
    /// The lock, or nothing if another process holds it. @throws Error (environment).
    [[nodiscard]] static std::optional<Lock> try_lock(const std::filesystem::path& path);

private:
    explicit Lock(FileDescriptor file) : file_{std::move(file)} {}
    FileDescriptor file_;
};

/// The file `name` below `$XDG_CACHE_HOME/glinda` (by default `~/.cache/glinda`).
[[nodiscard]] std::filesystem::path user_cache(std::string_view name);

/// `~` and `~/…` with the home folder of the user in its place.
[[nodiscard]] std::filesystem::path expand_home(std::string_view path);

}  // namespace glinda
