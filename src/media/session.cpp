#include "session.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <tuple>

#include "block.hpp"
#include "glinda/media/iso.hpp"
#include "glinda/media/udf.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/files.hpp"
#include "glinda/util/text.hpp"
#include "isofs.hpp"

namespace glinda::media {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t system_area = 32768;  // ECMA-119, 6.2.1: partition tables, boot code

using ImageHandle = Handle<IsoImage, &iso_image_unref>;
using WriteOptions = Handle<IsoWriteOpts, &iso_write_opts_free>;
using Stream = Handle<IsoStream, &iso_stream_unref>;
using Features = Handle<IsoReadImageFeatures, &iso_read_image_features_destroy>;

/// libisofs derives its nodes by layout: a file and a folder begin as a node.
template <typename To, typename From>
To* as(From* node) {
    return reinterpret_cast<To*>(node);
}

bool is_boot_image(IsoImage* image, const IsoNode* node) {
    int count = 0;
    ElToritoBootImage** images = nullptr;
    IsoFile** files = nullptr;
    isofs::check(iso_image_get_all_boot_imgs(image, &count, &images, &files, 0),
                 "cannot read the boot catalog");
    const Handle<ElToritoBootImage*, &std::free> free_images{images};
    const Handle<IsoFile*, &std::free> free_files{files};
    return std::any_of(files, files + count,
                       [&](IsoFile* file) { return as<IsoNode>(file) == node; });
}

IsoNode* child(IsoImage* image, IsoDir* folder, const std::string& name) {
    IsoNode* node = nullptr;
    isofs::check(iso_image_dir_get_node(image, folder, name.c_str(), &node, 0),
                 "cannot look for " + name);
    return node;
}

IsoDir* folder_in(IsoImage* image, IsoDir* parent, const std::string& name) {
    if (IsoNode* node = child(image, parent, name); node != nullptr) {
        if (iso_node_get_type(node) != LIBISO_DIR)
            throw Error{Fault::usage, name + " is no folder in the image"};
        return as<IsoDir>(node);
    }
    IsoDir* made = nullptr;
    isofs::check(iso_image_add_new_dir(image, parent, name.c_str(), &made),
                 "cannot make the folder " + name);
    return made;
}

/// The names on the way to a file or folder of an image. A slash at the beginning says nothing, one
/// at the end that it is a folder.
std::vector<std::string> parts_of(std::string_view path) {
    constexpr std::size_t longest_name = 255;  // of Rock Ridge as libisofs writes it
    constexpr std::size_t longest_path = 1024;
    std::string_view inner = path;
    if (inner.starts_with('/'))
        inner.remove_prefix(1);
    if (inner.ends_with('/'))
        inner.remove_suffix(1);
    if (inner.size() > longest_path)
        throw Error{Fault::usage, format("its path has {} bytes, more than the {} that it may have",
                                         inner.size(), longest_path)};
    std::vector<std::string> parts;
    for (const std::string_view part : split(inner, '/')) {
        if (part.empty() || part == "." || part == ".." ||
            part.find('\0') != std::string_view::npos)
            throw Error{Fault::usage, format("'{}' is no path for a file in an image", path)};
        if (part.size() > longest_name)
            throw Error{Fault::usage,
                        format("a name in its path has {} bytes, more than the {} that it may have",
                               part.size(), longest_name)};
        parts.emplace_back(part);
    }
    return parts;
}

void make_room(IsoImage* image, IsoDir* folder, const std::string& name) {
    IsoNode* const node = child(image, folder, name);
    if (node == nullptr)
        return;
    const IsoNodeType type = iso_node_get_type(node);
    if (type == LIBISO_DIR || type == LIBISO_BOOT)
        throw Error{Fault::usage, "it is no file in the image"};
    // The boot catalog would go on to name the old one.
    if (is_boot_image(image, node))
        throw Error{Fault::usage, "it is what the firmware boots"};
    isofs::check(iso_node_remove(node), "cannot remove the old one");
}

IsoNode* add_bytes(IsoImage* image, IsoDir* folder, const std::string& name,
                   std::string_view content) {
    IsoStream* stream = nullptr;
    // It fails only where there is no memory left.
    isofs::check(iso_memory_stream_new(isofs::copy_of(content).release(), content.size(), &stream),
                 "cannot hold the content");
    Stream owned{stream};
    IsoFile* file = nullptr;
    isofs::check(iso_image_add_new_file(image, folder, name.c_str(), stream, &file),
                 "cannot add it");
    std::ignore = owned.release();
    return as<IsoNode>(file);
}

IsoNode* add_file(IsoImage* image, IsoDir* folder, const std::string& name,
                  const fs::path& source) {
    std::error_code failure;
    const fs::path file = fs::canonical(source, failure);
    if (failure || !fs::is_regular_file(file, failure))
        throw Error{Fault::usage, format("{} {}", source.string(),
                                         failure ? "cannot be read: " + failure.message()
                                                 : "is no regular file")};
    IsoNode* node = nullptr;
    isofs::check(iso_tree_add_new_node(image, folder, name.c_str(), file.c_str(), &node),
                 "cannot read " + source.string());
    // Whose it is on this host is nobody's business.
    iso_node_set_uid(node, 0);
    iso_node_set_gid(node, 0);
    return node;
}

void apply(IsoImage* image, const IsoChange& change) {
    std::vector<std::string> parts = parts_of(change.path);
    IsoDir* folder = iso_image_get_root(image);
    if (change.path.ends_with('/')) {
        for (const std::string& part : parts)
            folder = folder_in(image, folder, part);
        return;
    }
    const std::string name = std::move(parts.back());
    parts.pop_back();
    for (const std::string& part : parts)
        folder = folder_in(image, folder, part);
    make_room(image, folder, name);
    IsoNode* const node = change.file.empty() ? add_bytes(image, folder, name, change.content)
                                              : add_file(image, folder, name, change.file);
    iso_node_set_permissions(node, 0444);
}

struct Imported {
    ImageHandle image;
    bool joliet = false;
};

Imported import(IsoDataSource* source, const std::string& name) {
    IsoImage* image = nullptr;
    isofs::check(iso_image_new("", &image), "cannot set up libisofs");
    Imported imported{.image = ImageHandle{image}};
    const isofs::ReadOptions options = isofs::read_options();
    IsoReadImageFeatures* features = nullptr;
    const int code = iso_image_import(image, source, options.get(), &features);
    const Features owned{features};
    isofs::check(code, "cannot read the folders of " + name, source);
    imported.joliet = iso_read_image_features_has_joliet(features) == 1;
    return imported;
}

WriteOptions write_options(bool joliet) {
    IsoWriteOpts* options = nullptr;
    isofs::check(iso_write_opts_new(&options, 0), "cannot set up libisofs");
    WriteOptions owned{options};
    iso_write_opts_set_iso_level(options, 3);
    iso_write_opts_set_rockridge(options, 1);
    iso_write_opts_set_joliet(options, joliet ? 1 : 0);
    constexpr int in_joliet = 2;  // no ";1" and no dot where there is none, as the usual tools
    iso_write_opts_set_omit_version_numbers(options, in_joliet);
    iso_write_opts_set_no_force_dots(options, in_joliet);
    iso_write_opts_set_joliet_longer_paths(options, 1);
    iso_write_opts_set_joliet_long_names(options, 1);
    iso_write_opts_set_output_charset(options, "UTF-8");
    // Or the label changes: "Some-9" becomes SOME_9, and installers look for the old one.
    iso_write_opts_set_relaxed_vol_atts(options, 1);
    // Boot loaders that read plain ISO 9660 names are to find theirs: as the usual tools name them.
    iso_write_opts_set_allow_dir_id_ext(options, 1);
    iso_write_opts_set_allow_deep_paths(options, 1);
    iso_write_opts_set_allow_longer_paths(options, 1);
    return owned;
}

/// Boot loaders and initramfs know the medium by a date of its volume, which they call its UUID:
/// that of its last change, or of its making.
void keep_uuid(IsoWriteOpts* options, std::string_view head) {
    constexpr std::size_t descriptor = system_area;
    constexpr std::size_t digits = 16;  // ECMA-119, 8.4.26.1
    for (const std::size_t field : {830U, 813U}) {
        std::string date{head.substr(descriptor + field, digits)};
        if (date.find_first_not_of("0123456789") == std::string::npos &&
            date.find_first_not_of('0') != std::string::npos) {
            iso_write_opts_set_pvd_times(options, 0, 0, 0, 0, date.data());
            return;
        }
    }
}

/// As a session that begins at `start`; what changes of the image's first bytes goes into `head`.
void append_at(IsoWriteOpts* options, std::uint64_t start, std::string& head) {
    iso_write_opts_set_appendable(options, 1);
    iso_write_opts_set_ms_block(options, static_cast<std::uint32_t>(start / block_size));
    iso_write_opts_set_overwrite_buf(options, reinterpret_cast<std::uint8_t*>(head.data()));
}

/// Ends the library's writing thread, however it went.
struct EndBurn {
    void operator()(burn_source* source) const noexcept {
        source->cancel(source);
        source->free_data(source);
        std::free(source);
    }
};

/// Gives the session to `write` piece by piece; returns its size.
std::uint64_t write(IsoImage* image, IsoWriteOpts* options, const WriteSession& write,
                    std::uint64_t start, const std::string& name, const std::stop_token& stop) {
    burn_source* started = nullptr;
    isofs::check(iso_image_create_burn_source(image, options, &started),
                 "cannot write the folders of " + name);
    const std::unique_ptr<burn_source, EndBurn> source{started};
    std::string piece;
    std::uint64_t done = 0;
    // Blocks one by one: of a larger piece that the end cuts short, libisofs gives back nothing.
    std::array<unsigned char, block_size> buffer{};
    while (true) {
        const int got = source->read_xt(source.get(), buffer.data(), buffer.size());
        if (got < 0)
            throw Error{Fault::usage, "cannot write the folders of " + name};
        piece.append(reinterpret_cast<const char*>(buffer.data()), static_cast<std::size_t>(got));
        if (got > 0 && piece.size() < session_piece)
            continue;
        if (stop.stop_requested())
            throw Error{Fault::cancelled, "interrupted"};
        write(start + done, piece);
        done += piece.size();
        piece.clear();
        if (got == 0)
            return done;
    }
}

/// libisofs 1.5.4 miscounts the blocks of folders with dozens of names of more than about 110
/// characters. It then says that the image is damaged, and that it was written.
void check_whole(const Session& session, const std::string& name) {
    const std::string complaint = isofs::take_complaint();
    const std::uint64_t announced = read_volume(session.head, name).size;
    if (complaint.empty() && announced == session.start + session.size)
        return;
    throw Error{Fault::environment,
                format("cannot write the folders of {}: {}", name, complaint),
                {"libisofs is known to fail on folders with many very long file names; hand the "
                 "answer file over in another way than on this medium"}};
}

/// What implantisomd5(1) wrote into the descriptors' application use field (ECMA-119, 8.4.32) is
/// true of no other content; its reader, checkisomd5(1), calls a field of blanks "NA".
Implanted take_implanted(IsoImage* image, std::string_view head) {
    const std::size_t found = head.find("ISO MD5SUM = ", system_area);
    if (found == std::string_view::npos)
        return Implanted::none;
    constexpr std::size_t field_size = 512;
    const std::string blanks(field_size, ' ');
    iso_image_set_app_use(image, blanks.data(), static_cast<int>(blanks.size()));
    return head.substr(found, field_size).find("RHLISOSTATUS=1") == std::string_view::npos
               ? Implanted::plain
               : Implanted::of_supported_medium;
}

}  // namespace

std::string path_in_image(std::string_view path) {
    return join(parts_of(std::string{path}), "/");
}

Session write_session(const RemasterPlan& plan, const WriteSession& to, const std::stop_token& stop,
                      std::uint64_t partition) {
    const std::string name = plan.iso.string();
    Iso{plan.iso}.check_folders();  // libisofs would follow them wherever they lead
    const isofs::Image original = isofs::open_image(plan.iso);
    if (has_udf(original.head))
        throw Error{Fault::usage,
                    format("{} cannot be changed: it has a UDF file system, which is what systems "
                           "read of it, and glinda can only write ISO 9660",
                           name),
                    {"leave <extras> out, and let the installer be handed its answer file on a "
                     "drive of its own"}};
    const Imported imported = import(original.source.get(), name);
    for (const IsoChange& change : plan.changes)
        in_context(format("cannot put {} into {}", change.path, name),
                   [&] { apply(imported.image.get(), change); });

    // libisofs wants sessions to begin at multiples of 32 blocks. Something that no descriptor
    // speaks of may lie behind the volume, such as a partition for UEFI.
    constexpr std::uint64_t step = std::uint64_t{32} * block_size;
    Session session{.head = original.head,
                    .start = (original.file_size + step - 1) / step * step,
                    .implanted = take_implanted(imported.image.get(), original.head)};
    session.head.resize(volume_head + partition);
    const WriteOptions options = write_options(imported.joliet);
    iso_write_opts_set_part_offset(options.get(),
                                   static_cast<std::uint32_t>(partition / block_size), 0, 0);
    keep_uuid(options.get(), original.head);
    append_at(options.get(), session.start, session.head);
    std::ignore = isofs::take_complaint();
    session.size = write(imported.image.get(), options.get(), to, session.start, name, stop);
    check_whole(session, name);
    // libisofs would have its own partition table there.
    session.head.replace(0, system_area, original.head, 0, system_area);
    return session;
}

void write_image(const std::string& label, const std::vector<IsoChange>& files,
                 const WriteSession& to) {
    isofs::start();
    IsoImage* image = nullptr;
    isofs::check(iso_image_new(label.c_str(), &image), "cannot set up libisofs");
    const ImageHandle owned{image};
    for (const IsoChange& file : files)
        apply(image, file);
    const WriteOptions options = write_options(true);
    std::ignore = isofs::take_complaint();
    std::ignore = write(image, options.get(), to, 0, label, {});
    if (const std::string complaint = isofs::take_complaint(); !complaint.empty())
        throw Error{Fault::environment, format("cannot write the drive {}: {}", label, complaint)};
}

}  // namespace glinda::media
