#include "glinda/media/iso.hpp"

#include <algorithm>
#include <array>
#include <climits>
#include <cstdlib>
#include <functional>
#include <optional>
#include <utility>

#include "block.hpp"
#include "glinda/media/udf.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/text.hpp"
#include "isofs.hpp"
#include "little_endian.hpp"
#include "part_file.hpp"

namespace glinda::media {
namespace {

constexpr std::size_t first_descriptor =
    16 * block_size;  // ECMA-119, 6.2.1: 32 KiB are the system's

std::string field(std::string_view descriptor, std::size_t at, std::size_t length) {
    const std::string text = printable(descriptor.substr(at, length));
    return std::string{trim(text)};
}

Volume read_primary(std::string_view descriptor, std::string_view name) {
    if (const std::uint64_t size = little_endian(descriptor, 128, 2); size != block_size)
        throw Error{Fault::usage, format("{} has blocks of {} bytes; an ISO image has blocks of {}",
                                         name, size, block_size)};
    return {.label = field(descriptor, 40, 32),
            .system = field(descriptor, 8, 32),
            .publisher = field(descriptor, 318, 128),
            .preparer = field(descriptor, 446, 128),
            .application = field(descriptor, 574, 128),
            .size = little_endian(descriptor, 80, 4) * block_size};
}

/// The primary volume descriptor; empty if there is none.
std::string_view primary_of(std::string_view head) {
    constexpr std::string_view iso = "CD001";  // ECMA-119, 8.1.2
    constexpr char primary = 1;
    for (std::size_t at = first_descriptor; at + block_size <= head.size(); at += block_size) {
        const std::string_view descriptor = head.substr(at, block_size);
        if (descriptor.substr(1, iso.size()) == iso && descriptor[0] == primary)
            return descriptor;
    }
    return {};
}

/// What finding or listing something in an image may read at most: 64 MiB, of which the largest
/// media need less than one.
constexpr std::uint64_t blocks_to_find = 32768;

void copy(IsoFileSource* source, IsoDataSource* image, std::uint64_t size, const std::string& what,
          const std::function<void(std::string_view)>& to) {
    isofs::limit_reads(image, size / block_size + blocks_to_find);
    isofs::check(iso_file_source_open(source), "cannot open " + what, image);
    std::string buffer(32 * block_size, '\0');
    while (true) {
        const int got = iso_file_source_read(source, buffer.data(), buffer.size());
        isofs::check(got, "cannot read " + what, image);
        if (got == 0)
            return;
        to({buffer.data(), static_cast<std::size_t>(got)});
    }
}

bool is_name(std::string_view name) {
    return !name.empty() && name != "." && name != ".." && name.find('/') == std::string_view::npos;
}

/// A path as messages have it: what is on a medium may be called anything.
std::string shown(std::string_view path) {
    std::string text = printable(path);
    std::ranges::replace(text, '\n', '?');
    return text;
}

/// The parts of `path` on top of `parts`, the first one uppermost.
void push_reversed(std::vector<std::string>& parts, std::string_view path) {
    const std::vector<std::string_view> all = split(path, '/');
    parts.insert(parts.end(), all.rbegin(), all.rend());
}

struct stat status_of(IsoFileSource* source, const std::string& what) {
    struct stat status {};
    isofs::check(iso_file_source_lstat(source, &status), "cannot read " + what);
    return status;
}

/// Where a link points to; nothing if it is none.
std::optional<std::string> target_of(IsoFileSource* source, const std::string& what) {
    if (!S_ISLNK(status_of(source, what).st_mode))
        return std::nullopt;
    std::array<char, PATH_MAX> target{};
    isofs::check(iso_file_source_readlink(source, target.data(), target.size()),
                 "cannot read the link " + what);
    return target.data();
}

}  // namespace

bool has_iso9660(std::string_view head) {
    return !primary_of(head).empty();
}

Volume read_volume(std::string_view head, std::string_view name) {
    const std::string_view primary = primary_of(head);
    if (!primary.empty())
        return read_primary(primary, name);
    if (has_udf(head))
        throw Error{Fault::usage, format("{} holds only a UDF file system, no ISO 9660", name)};
    throw Error{Fault::usage, format("{} is no ISO 9660 image", name)};
}

void Iso::Release::operator()(iso_filesystem* filesystem) const noexcept {
    iso_filesystem_unref(filesystem);
}

void Iso::Release::operator()(iso_file_source* source) const noexcept {
    iso_file_source_unref(source);
}

void Iso::Release::operator()(iso_data_source* source) const noexcept {
    iso_data_source_unref(source);
}

Iso::Iso(std::string name, isofs::Image image)
    : name_{std::move(name)},
      volume_{std::move(image.volume)},
      file_size_{image.file_size},
      source_{image.source.release()} {
    const isofs::ReadOptions options = isofs::read_options();
    isofs::limit_reads(source_.get(), blocks_to_find);
    IsoImageFilesystem* filesystem = nullptr;
    isofs::check(iso_image_filesystem_new(source_.get(), options.get(), 0, &filesystem),
                 "cannot read " + name_, source_.get());
    filesystem_.reset(filesystem);
    isofs::check(filesystem->open(filesystem), "cannot read " + name_, source_.get());
    boot_records_ = read_boot_records(image.head, [this](std::uint32_t block) {
        std::string bytes(block_size, '\0');
        const int code = source_->read_block(source_.get(), block,
                                             reinterpret_cast<std::uint8_t*>(bytes.data()));
        return code == ISO_SUCCESS ? bytes : "";
    });
}

Iso::Iso(const std::filesystem::path& path) : Iso{path.string(), isofs::open_image(path)} {}

Iso::Iso(std::unique_ptr<ByteSource> bytes, const std::string& name)
    : Iso{name, isofs::open_image(std::move(bytes), name)} {}

/// The next one in an open folder; nothing after the last. It may have no name.
Iso::Source Iso::next_in(iso_file_source* folder, const std::string& what) const {
    IsoFileSource* next = nullptr;
    const int got = iso_file_source_readdir(folder, &next);
    isofs::check(got, "cannot read " + what, source_.get());
    return Source{got == 0 ? nullptr : next};
}

/// What a folder holds by that name; nothing if it holds no such thing or is no folder.
Iso::Source Iso::child(iso_file_source* folder, const std::string& name) const {
    const std::string what = format("a folder in {}", name_);
    if (!S_ISDIR(status_of(folder, what).st_mode))
        return nullptr;
    isofs::open_folder(folder, "cannot open " + what, source_.get());
    while (Source next = next_in(folder, what)) {
        const Handle<char, &std::free> its_name{iso_file_source_get_name(next.get())};
        if (its_name && its_name.get() == name) {
            iso_file_source_close(folder);
            return next;
        }
    }
    iso_file_source_close(folder);
    return nullptr;
}

/// libisofs follows no links, so they are resolved here; ".." ends at the root. Its own
/// get_by_path() would compare with the name of an entry that has none.
Iso::Source Iso::find(std::string_view path) const {
    constexpr int most_links = 40;  // as in Linux
    int links = 0;
    isofs::limit_reads(source_.get(), blocks_to_find);
    IsoFileSource* root = nullptr;
    isofs::check(filesystem_->get_root(filesystem_.get(), &root), "cannot read " + name_,
                 source_.get());
    std::vector<Source> here;  // from the root on
    here.emplace_back(root);
    std::vector<std::string> rest;  // the next part is the last one
    push_reversed(rest, path);
    while (!rest.empty()) {
        const std::string part = std::move(rest.back());
        rest.pop_back();
        if (part.empty() || part == ".")
            continue;
        if (part == "..") {
            here.resize(std::max<std::size_t>(here.size() - 1, 1));
            continue;
        }
        Source source = child(here.back().get(), part);
        if (!source)
            return nullptr;
        const auto target = target_of(source.get(), format("{} in {}", shown(part), name_));
        if (!target) {
            here.push_back(std::move(source));
            continue;
        }
        if (++links > most_links)
            throw Error{Fault::usage,
                        format("too many links on the way to {} in {}", shown(path), name_)};
        if (target->starts_with('/'))
            here.resize(1);
        push_reversed(rest, *target);
    }
    return std::move(here.back());
}

bool Iso::exists(std::string_view path) const {
    return find(path) != nullptr;
}

/// A regular file whose size can be true.
std::pair<Iso::Source, std::uint64_t> Iso::file(std::string_view path) const {
    Source source = find(path);
    if (!source)
        throw Error{Fault::usage, format("{} has no file {}", name_, shown(path))};
    const struct stat status = status_of(source.get(), format("{} in {}", shown(path), name_));
    if (!S_ISREG(status.st_mode))
        throw Error{Fault::usage, format("{} in {} is no regular file", shown(path), name_)};
    const auto size = static_cast<std::uint64_t>(status.st_size);
    if (size > volume_.size)
        throw Error{Fault::usage,
                    format("{} is broken: {} in it would have {} bytes", name_, shown(path), size)};
    return {std::move(source), size};
}

std::string Iso::read(std::string_view path, std::size_t limit) const {
    const auto [source, size] = file(path);
    if (size > limit)
        throw Error{Fault::usage, format("{} in {} has {} bytes, more than the {} that it may have",
                                         shown(path), name_, size, limit)};
    std::string content;
    content.reserve(size);
    copy(source.get(), source_.get(), size, format("{} in {}", shown(path), name_),
         [&](std::string_view bytes) { content += bytes; });
    return content;
}

std::string Iso::read(std::string_view path, std::uint64_t at, std::size_t length) const {
    const std::string what = format("{} in {}", shown(path), name_);
    const auto [source, size] = file(path);
    if (at >= size)
        return {};
    std::string content(std::min<std::uint64_t>(length, size - at), '\0');
    isofs::limit_reads(source_.get(), content.size() / block_size + blocks_to_find);
    isofs::check(iso_file_source_open(source.get()), "cannot open " + what, source_.get());
    if (iso_file_source_lseek(source.get(), static_cast<off_t>(at), 0) != static_cast<off_t>(at))
        throw Error{Fault::usage, "cannot read " + what};
    const int got = iso_file_source_read(source.get(), content.data(), content.size());
    isofs::check(got, "cannot read " + what, source_.get());
    content.resize(static_cast<std::size_t>(got));
    return content;
}

void Iso::extract(std::string_view path, const std::filesystem::path& to) const {
    const auto [source, size] = file(path);
    PartFile part = make_part_file(to);
    copy(source.get(), source_.get(), size, format("{} in {}", shown(path), name_),
         [&, name = to.string()](auto bytes) { write_all(part.descriptor.get(), bytes, name); });
    part.file.keep_as(to);
}

/// An image of folders that hold one another has no end; media have eight levels, or some more.
void Iso::check_below(iso_file_source* folder, int levels) const {
    const std::string what = "a folder in " + name_;
    if (levels == 0)
        throw Error{Fault::usage, name_ + " is broken: its folders hold one another"};
    isofs::open_folder(folder, "cannot open " + what, source_.get());
    while (const Source next = next_in(folder, what))
        if (S_ISDIR(status_of(next.get(), what).st_mode))
            check_below(next.get(), levels - 1);
    iso_file_source_close(folder);
}

void Iso::check_folders() const {
    constexpr int most_levels = 128;
    const Source root = find("");
    isofs::limit_reads(source_.get(), blocks_to_find + file_size_ / block_size);
    check_below(root.get(), most_levels);
}

std::vector<std::string> Iso::list(std::string_view folder) const {
    const std::string what = format("the folder {} in {}", shown(folder), name_);
    const Source source = find(folder);
    if (!source || !S_ISDIR(status_of(source.get(), what).st_mode))
        throw Error{Fault::usage, format("{} has no folder {}", name_, shown(folder))};
    isofs::limit_reads(source_.get(), blocks_to_find);
    isofs::open_folder(source.get(), "cannot open " + what, source_.get());
    std::vector<std::string> names;
    while (const Source next = next_in(source.get(), what)) {
        const Handle<char, &std::free> name{iso_file_source_get_name(next.get())};
        // What cannot be a name in a folder comes of an image made to harm.
        if (name && is_name(name.get()))
            names.emplace_back(name.get());
    }
    std::ranges::sort(names);
    return names;
}

}  // namespace glinda::media
