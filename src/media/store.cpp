#include "glinda/media/store.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <tuple>
#include <vector>

#include "digest.hpp"
#include "download.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/hold.hpp"
#include "glinda/util/text.hpp"
#include "part_file.hpp"

// What is in a store:
//   sha256-HEX     a whole file; its time of change is that of its last use
//   ALGORITHM-HEX  the SHA-256 of the file that has this other digest
//   url-HEX        what a server said of the file at a URL, and its SHA-256; HEX is the URL's
//   url-HEX.part   what has come of it so far; seized by who fetches it
//   url-HEX.from   what the server said of that, and in which run of this machine it came

namespace glinda::media {
namespace {

namespace fs = std::filesystem;

/// What a server said of a file, and what we know of what came of it.
struct Record {
    Origin origin;
    std::string tag;  ///< a SHA-256, or the run of this machine
};

void write_record(const fs::path& path, const Record& record) {
    const Origin& origin = record.origin;
    write_file(path, format("{}\n{}\n{}\n{}\n", record.tag, origin.etag, origin.modified,
                            origin.size ? std::to_string(*origin.size) : ""));
}

/// The record, or an empty one if there is none that can be read.
Record read_record(const fs::path& path) {
    std::error_code none;
    if (!fs::is_regular_file(path, none))
        return {};
    constexpr std::size_t limit = std::size_t{1} << 20U;
    const std::string text = read_file(path, Fault::environment, limit);
    const std::vector<std::string_view> lines = split(text, '\n');
    if (lines.size() != 5)
        return {};
    return {.origin = {.etag = std::string{lines[1]},
                       .modified = std::string{lines[2]},
                       .size = to_number(lines[3])},
            .tag = std::string{lines[0]}};
}

/// What was written before a crash of the machine may not have reached the disk.
std::string this_run() {
    return std::string{trim(read_file("/proc/sys/kernel/random/boot_id"))};
}

std::string sha256(std::string_view text) {
    Digester digester{"sha256"};
    digester.add(text);
    return digester.take();
}

std::uint64_t size_of(const FileDescriptor& file) {
    struct stat status {};
    if (::fstat(file.get(), &status) != 0)
        throw system_error("cannot read a file of the cache");
    return static_cast<std::uint64_t>(status.st_size);
}

/// The file with that SHA-256, marked as used just now.
std::optional<Stored> stored(const Store& store, const std::string& hex) {
    const fs::path path = store.folder / ("sha256-" + hex);
    auto file = hex.empty() ? std::nullopt : hold(path);
    if (!file)
        return std::nullopt;
    ::futimens(file->get(), nullptr);
    return Stored{.path = path, .hold = std::move(*file)};
}

fs::path alias_of(const Store& store, const Digest& digest) {
    return store.folder / format("{}-{}", digest.algorithm, lower(digest.hex));
}

std::optional<Stored> stored_with(const Store& store, const Digest& digest) {
    if (digest.algorithm == "sha256")
        return stored(store, lower(digest.hex));
    return stored(store, read_record(alias_of(store, digest)).tag);
}

/// The download of one URL into a store.
class Filling {
public:
    Filling(const Store& store, const Address& from, const FetchOptions& options)
        : store_{store},
          from_{from},
          options_{options},
          record_{store.folder / ("url-" + sha256(from.url))},
          part_{record_.string() + ".part"},
          origin_{record_.string() + ".from"},
          file_{seize(part_, options.stop)} {
        if (options.expected)
            expected_.emplace(options.expected->algorithm);
    }

    Filling(const Filling&) = delete;
    Filling& operator=(const Filling&) = delete;
    /// Leaves what a later run can go on with, and nothing else.
    ~Filling() {
        std::error_code none;
        const bool useless = now_.proof().empty() || fs::file_size(part_, none) == 0;
        if (useless && is_at(file_, part_))
            discard();
    }

    /// The file, or nothing if it vanished just then: somebody clears the store.
    std::optional<Stored> run(Reuse reuse);

private:
    Present take_up();
    void add(std::string_view bytes);
    void begin(const Origin& origin);
    std::optional<Stored> finish(Reuse reuse);
    void discard() noexcept;

    const Store& store_;
    const Address& from_;
    const FetchOptions& options_;
    fs::path record_;
    fs::path part_;
    fs::path origin_;
    FileDescriptor file_;
    Origin now_;
    Digester sum_{"sha256"};
    std::optional<Digester> expected_;
};

void Filling::begin(const Origin& origin) {
    now_ = origin;
    empty_file(file_.get(), part_.string());
    write_record(origin_, {origin, this_run()});
    std::ignore = sum_.take();
    if (expected_)
        std::ignore = expected_->take();
}

void Filling::add(std::string_view bytes) {
    write_all(file_.get(), bytes, part_.string());
    sum_.add(bytes);
    if (expected_)
        expected_->add(bytes);
}

/// What an earlier run left of the same file. It has to be read once, for its digest.
Present Filling::take_up() {
    const Record left = read_record(origin_);
    std::uint64_t bytes = size_of(file_);
    if (bytes == 0 || left.tag != this_run() || left.origin.proof().empty())
        return {};
    // Of a part that is all of it, the last byte is asked for: no part is no valid request.
    bytes = std::min(bytes, *left.origin.size - std::min<std::uint64_t>(*left.origin.size, 1));
    if (::ftruncate(file_.get(), static_cast<off_t>(bytes)) != 0)
        throw system_error("cannot write " + part_.string());
    std::string buffer(std::size_t{1} << 20U, '\0');
    ssize_t got = 0;
    while ((got = ::read(file_.get(), buffer.data(), buffer.size())) > 0) {
        const std::string_view read{buffer.data(), static_cast<std::size_t>(got)};
        sum_.add(read);
        if (expected_)
            expected_->add(read);
    }
    if (got < 0)
        throw system_error("cannot read " + part_.string());
    now_ = left.origin;
    return {.part = left.origin, .bytes = bytes};
}

void Filling::discard() noexcept {
    ::unlink(origin_.c_str());
    ::unlink(part_.c_str());
}

std::optional<Stored> Filling::run(Reuse reuse) {
    const Record last = read_record(record_);
    std::optional<Stored> kept;
    Present present;
    if (reuse == Reuse::allowed) {
        present = take_up();
        if (!options_.expected && present.bytes == 0)
            kept = stored(store_, last.tag);
        if (kept && last.origin.size == size_of(kept->hold))
            present.whole = last.origin;
    }
    const Receiver to{[this](const Origin& origin) { begin(origin); },
                      [this](std::string_view bytes) { add(bytes); }};
    switch (download(from_, options_, to, present)) {
        case Outcome::whole:
            return finish(reuse);
        case Outcome::unchanged:
            discard();
            return kept;
        case Outcome::missing:
            break;
    }
    discard();
    throw Error{Fault::environment, format("cannot fetch {}: there is no such file", from_.shown)};
}

/// False if there is a file of the new name already.
bool rename_unless_there(const fs::path& from, const fs::path& to) {
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0)
        return true;
    if (errno == EEXIST)
        return false;
    // NFS and some others cannot do it; what a plain one may replace there has the same content.
    if (errno != EINVAL || ::rename(from.c_str(), to.c_str()) != 0)
        throw system_error("cannot rename " + from.string());
    return true;
}

/// Gives what came its name in the store.
std::optional<Stored> Filling::finish(Reuse reuse) {
    const std::string hex = sum_.take();
    if (expected_) {
        const std::string got = expected_->take();
        if (got != lower(options_.expected->hex))
            discard();
        compare(*options_.expected, got, from_.shown);
    }
    // Not a secret, and a hypervisor's own user may have to read it.
    if (::fchmod(file_.get(), 0644) != 0 || ::fdatasync(file_.get()) != 0)
        throw system_error("cannot write " + part_.string());
    const fs::path path = store_.folder / ("sha256-" + hex);
    if (reuse == Reuse::refused)
        remove_unless_held(path);  // somebody may not trust it any longer
    // The records come first: those of a file that is not there are worth nothing, and who waits
    // for the file finds them with it.
    write_record(record_, {now_, hex});
    if (options_.expected && options_.expected->algorithm != "sha256")
        write_record(alias_of(store_, *options_.expected), {{}, hex});
    ::unlink(origin_.c_str());
    if (!rename_unless_there(part_, path)) {
        discard();  // the store has it from another URL
        auto other = stored(store_, hex);
        if (other)
            other->source = Stored::Source::fetched;
        return other;
    }
    share(file_);
    if (!is_at(file_, path))
        return std::nullopt;
    return Stored{.path = path, .hold = std::move(file_), .source = Stored::Source::fetched};
}

/// Removes what was not used for longest until the rest is within the limit.
void trim_store(const Store& store) {
    struct Entry {
        timespec used;
        std::uint64_t bytes;
        fs::path path;
    };
    std::vector<Entry> entries;
    std::uint64_t sum = 0;
    for (const auto& entry : fs::directory_iterator{store.folder}) {
        constexpr std::uint64_t block = 512;  // stat(2): whatever the file system's own are
        struct stat status {};
        if (::lstat(entry.path().c_str(), &status) != 0 || !S_ISREG(status.st_mode))
            continue;
        const auto bytes = static_cast<std::uint64_t>(status.st_blocks) * block;
        entries.push_back({status.st_mtim, bytes, entry.path()});
        sum += bytes;
    }
    std::ranges::sort(entries, {}, [](const Entry& entry) {
        return std::pair{entry.used.tv_sec, entry.used.tv_nsec};
    });
    for (const Entry& entry : entries) {
        if (sum <= store.limit)
            return;
        if (remove_unless_held(entry.path))
            sum -= entry.bytes;
    }
}

}  // namespace

Stored fetch_stored(const Store& store, const std::string& url, Reuse reuse,
                    const FetchOptions& options) {
    const Address from = read_address(url);
    if (options.expected)
        require_digest(*options.expected);
    make_folders(store.folder);
    std::optional<Stored> found;
    while (!found) {
        const auto known = [&] {
            return options.expected && reuse == Reuse::allowed
                       ? stored_with(store, *options.expected)
                       : std::nullopt;
        };
        found = known();
        if (found)
            return std::move(*found);
        Filling filling{store, from, options};
        found = known();  // while we waited for our turn
        if (!found)
            found = filling.run(reuse);
    }
    if (store.limit > 0)
        trim_store(store);
    return std::move(*found);
}

}  // namespace glinda::media
