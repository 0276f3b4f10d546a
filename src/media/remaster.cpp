#include "glinda/media/remaster.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "byte_range.hpp"
#include "digest.hpp"
#include "glinda/media/byte_source.hpp"
#include "glinda/media/iso.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/files.hpp"
#include "glinda/util/text.hpp"
#include "part_file.hpp"
#include "partitions.hpp"
#include "qcow2.hpp"
#include "session.hpp"

namespace glinda::media {
namespace {

namespace fs = std::filesystem;

/// The list of all files' checksums that some media have in their root, as md5sum(1) writes it.
constexpr std::string_view list_of_sums = "md5sum.txt";

std::string md5_of(const IsoChange& change, const std::stop_token& stop) {
    Digester sum{"md5"};
    sum.add(change.content);
    if (!change.file.empty())
        read_pieces(
            change.file, [&](std::string_view bytes) { sum.add(bytes); }, stop);
    return sum.take();
}

/// The list with other sums for some paths; those that it does not have are added.
std::string with_sums(std::string_view list, std::map<std::string, std::string> sums) {
    constexpr std::size_t digits = 32;
    std::string text;
    for (std::string_view line : split(list, '\n')) {
        // The sum, a space, a space or an asterisk, the path.
        std::string_view path = line.substr(std::min(line.size(), digits + 2));
        if (path.starts_with("./"))
            path.remove_prefix(2);
        const auto changed = sums.extract(std::string{path});
        if (changed)
            text += changed.mapped() + std::string{line.substr(digits)} + "\n";
        else if (!line.empty())
            text += std::string{line} + "\n";
    }
    for (const auto& [path, sum] : sums)
        text += format("{}  ./{}\n", sum, path);
    return text;
}

/// The plan, and what follows from it for the medium's list of checksums.
RemasterPlan complete(RemasterPlan plan, const std::stop_token& stop) {
    constexpr std::size_t largest_list = std::size_t{64} << 20U;
    const Iso iso{plan.iso};
    if (!iso.exists(list_of_sums))
        return plan;
    std::map<std::string, std::string> sums;
    for (const IsoChange& change : plan.changes) {
        const std::string path = path_in_image(change.path);
        if (path == list_of_sums)
            return plan;  // whoever changes the list itself knows what is to be in it
        if (!change.path.ends_with('/'))
            sums.insert_or_assign(path, md5_of(change, stop));
    }
    plan.changes.push_back({.path = std::string{list_of_sums},
                            .content = with_sums(iso.read(list_of_sums, largest_list), sums)});
    return plan;
}

/// A file that gets its name when it is finished. Until then the file system forgets it with the
/// process that writes it, if it can.
class NewFile {
public:
    explicit NewFile(fs::path to) : to_{std::move(to)} {
        const fs::path folder = fs::absolute(to_).parent_path();
        descriptor_ = FileDescriptor{::open(folder.c_str(), O_RDWR | O_TMPFILE | O_CLOEXEC, 0600)};
        if (descriptor_)
            return;
        if (errno != EOPNOTSUPP && errno != EISDIR)
            throw system_error("cannot write " + to_.string());
        PartFile part = make_part_file(to_);
        part_.emplace(std::move(part.file));
        descriptor_ = std::move(part.descriptor);
    }

    [[nodiscard]] int descriptor() const noexcept { return descriptor_.get(); }
    /// How other processes can open it.
    [[nodiscard]] std::string path() const {
        return format("/proc/{}/fd/{}", ::getpid(), descriptor_.get());
    }

    void keep() {
        if (!part_) {
            // A name can only be given to it where there is none, so it takes two steps. What a
            // process leaves that is killed between them goes with the next one.
            const fs::path name = to_.parent_path() / ("." + to_.filename().string() + ".glinda");
            ::unlink(name.c_str());
            if (::linkat(AT_FDCWD, path().c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) != 0)
                throw system_error("cannot write " + to_.string());
            part_.emplace(name);
        }
        part_->keep_as(to_);
    }

private:
    fs::path to_;
    FileDescriptor descriptor_;
    std::optional<TemporaryFile> part_;
};

/// The size up to the end of the last of isohybrid's cylinders, for old BIOSes.
std::uint64_t whole_cylinders(std::uint64_t size) {
    constexpr std::uint64_t cylinder = std::uint64_t{1} << 20U;
    return (size + cylinder - 1) / cylinder * cylinder;
}

/// Hands a part of an image on, which belongs to another place there; returns its size.
std::uint64_t append(const fs::path& iso, const ByteRange& part, std::uint64_t at,
                     const WriteSession& to) {
    constexpr std::uint64_t piece = std::uint64_t{1} << 20U;
    const std::unique_ptr<ByteSource> source = open_bytes(iso);
    for (std::uint64_t done = 0; done < part.length; done += piece)
        to(at + done, source->read(part.first + done, std::min(piece, part.length - done)));
    return part.length;
}

void implant(Runner& runner, const NewFile& file, Implanted before) {
    std::vector<std::string> argv{"implantisomd5"};
    if (before == Implanted::of_supported_medium)
        argv.emplace_back("--supported-iso");
    argv.push_back(file.path());
    try {
        runner.output_of({.argv = argv, .timeout = std::chrono::hours{1}});
    } catch (Error& error) {
        error.prepend("the ISO has an embedded checksum, and its copy cannot be given a new one");
        error.add_note("is the package isomd5sum installed?");
        throw;
    }
}

}  // namespace

void remaster(const RemasterPlan& plan, const fs::path& overlay, const std::stop_token& stop) {
    PartFile part = make_part_file(overlay);
    OverlayWriter writer{part.descriptor.get(), overlay.string()};
    const auto write = [&](std::uint64_t at, std::string_view bytes) { writer.write(at, bytes); };
    const Session session = write_session(complete(plan, stop), write, stop);
    writer.write(0, session.head);
    writer.finish(fs::absolute(plan.iso), session.start + session.size);
    part.file.keep_as(overlay);
}

void remaster_to_file(Runner& runner, const RemasterPlan& plan, const fs::path& to,
                      const std::stop_token& stop) {
    std::error_code none;
    if (fs::equivalent(plan.iso, to, none))
        throw Error{Fault::usage,
                    format("{} would replace the medium that it is made of", to.string())};
    NewFile file{to};
    const InnerVolume inner = find_inner_volume(*open_bytes(plan.iso));
    // By the first piece of the session it is known that the plan can be carried out. The copy
    // comes before it, as the kernel takes longer to fill a hole than to let a file grow.
    bool copied = false;
    const auto write = [&](std::uint64_t at, std::string_view bytes) {
        if (!std::exchange(copied, true))
            copy_content(plan.iso, file.descriptor(), to.string(), stop);
        write_at(file.descriptor(), bytes, at, to.string());
    };
    Session session = write_session(complete(plan, stop), write, stop, inner.start);
    const std::uint64_t inner_end = whole_cylinders(session.start + session.size);
    const std::uint64_t end =
        inner.all_end == inner.end
            ? session.start + session.size
            : inner_end +
                  append(plan.iso, {inner.end, inner.all_end - inner.end}, inner_end, write);
    const std::uint64_t backup = gpt_backup_size(session.head);
    const std::uint64_t size = whole_cylinders(end + backup);
    if (::ftruncate(file.descriptor(), static_cast<off_t>(size)) != 0)
        throw system_error("cannot write " + to.string());
    // On a stick, Linux sees the medium through isohybrid's partition.
    write(size - backup, grow_partitions(session.head, size, inner, inner_end));
    write(0, session.head);
    if (session.implanted != Implanted::none)
        implant(runner, file, session.implanted);
    file.keep();
}

}  // namespace glinda::media
