#include "glinda/media/remaster.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <tuple>
#include <unordered_map>

#include "glinda/util/error.hpp"
#include "glinda/util/files.hpp"
#include "glinda/util/text.hpp"
#include "isofs.hpp"
#include "part_file.hpp"

namespace glinda::media {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t block_size = 2048;
constexpr std::size_t system_area = 32768;  // ECMA-119, 6.2.1: partition tables, boot code

using ImageHandle = Handle<IsoImage, &iso_image_unref>;
using WriteOptions = Handle<IsoWriteOpts, &iso_write_opts_free>;
using Stream = Handle<IsoStream, &iso_stream_unref>;
using Features = Handle<IsoReadImageFeatures, &iso_read_image_features_destroy>;

/// What a remaster writes: the image's new beginning and what comes behind its end.
struct Session {
    std::string head;
    std::string bytes{};
    std::uint64_t start = 0;  ///< where in the image `bytes` belong
};

/// libisofs follows folder records wherever they point, and so for ever if folders hold one
/// another. Here it is refused a block that it reads over and over: an honest one is read a few
/// times, or once for each long name that is continued in it, of which some hundred fit at most.
class Guard {
public:
    explicit Guard(IsoDataSource* blocks) : blocks_{blocks} {
        source_.refcount = 1;
        source_.data = this;
        source_.open = [](IsoDataSource* self) {
            IsoDataSource* const inner = of(self).blocks_;
            return inner->open(inner);
        };
        source_.close = [](IsoDataSource* self) {
            IsoDataSource* const inner = of(self).blocks_;
            return inner->close(inner);
        };
        source_.read_block = [](IsoDataSource* self, std::uint32_t number, std::uint8_t* to) {
            constexpr int most_readings = 512;
            Guard& guard = of(self);
            guard.refused_ = guard.refused_ || ++guard.readings_[number] > most_readings;
            if (guard.refused_)
                return static_cast<int>(ISO_DATA_SOURCE_FATAL);
            IsoDataSource* const inner = guard.blocks_;
            return inner->read_block(inner, number, to);
        };
        source_.free_data = [](IsoDataSource*) {};
    }
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;
    ~Guard() = default;

    /// Lent: the guard has to outlive the library's use of it.
    [[nodiscard]] IsoDataSource* get() noexcept { return &source_; }
    [[nodiscard]] bool refused() const noexcept { return refused_; }

private:
    static Guard& of(IsoDataSource* source) { return *static_cast<Guard*>(source->data); }

    IsoDataSource source_{};
    IsoDataSource* blocks_;
    std::unordered_map<std::uint32_t, int> readings_;
    bool refused_ = false;
};

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

std::vector<std::string> parts_of(const std::string& path) {
    std::vector<std::string> parts;
    for (const std::string_view part : split(path, '/')) {
        if (part == "." || part == ".." || part.find('\0') != std::string_view::npos)
            throw Error{Fault::usage, "'" + path + "' is no path for a file in an image"};
        if (!part.empty())
            parts.emplace_back(part);
    }
    if (parts.empty())
        throw Error{Fault::usage, "'" + path + "' is no path for a file in an image"};
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

void apply(IsoImage* image, const IsoChange& change) {
    std::vector<std::string> parts = parts_of(change.path);
    const std::string name = std::move(parts.back());
    parts.pop_back();
    IsoDir* folder = iso_image_get_root(image);
    for (const std::string& part : parts)
        folder = folder_in(image, folder, part);
    make_room(image, folder, name);

    // The stream frees its memory with free(3), and wants some even if it is empty.
    const std::size_t size = change.content.size();
    Handle<unsigned char, &std::free> memory{
        static_cast<unsigned char*>(std::malloc(std::max<std::size_t>(size, 1)))};
    if (!memory)
        throw Error{Fault::environment, "there is not enough memory"};
    std::copy_n(change.content.begin(), size, memory.get());
    IsoStream* stream = nullptr;
    isofs::check(iso_memory_stream_new(memory.get(), size, &stream), "cannot hold the content");
    std::ignore = memory.release();
    Stream owned{stream};  // NOLINT(clang-analyzer-unix.Malloc): it owns the memory now
    IsoFile* file = nullptr;
    isofs::check(iso_image_add_new_file(image, folder, name.c_str(), stream, &file),
                 "cannot add it");
    std::ignore = owned.release();
    iso_node_set_permissions(as<IsoNode>(file), 0444);
}

struct Imported {
    ImageHandle image;
    bool joliet = false;
};

Imported import(Guard& guard, const std::string& name) {
    IsoImage* image = nullptr;
    isofs::check(iso_image_new("", &image), "cannot set up libisofs");
    Imported imported{.image = ImageHandle{image}};
    const isofs::ReadOptions options = isofs::read_options();
    IsoReadImageFeatures* features = nullptr;
    const int code = iso_image_import(image, guard.get(), options.get(), &features);
    const Features owned{features};
    if (guard.refused())
        throw Error{Fault::usage, name + " is broken: its folders hold one another"};
    isofs::check(code, "cannot read the folders of " + name);
    imported.joliet = iso_read_image_features_has_joliet(features) == 1;
    return imported;
}

WriteOptions write_options(const Imported& imported, std::uint64_t start, std::string& head) {
    IsoWriteOpts* options = nullptr;
    isofs::check(iso_write_opts_new(&options, 0), "cannot set up libisofs");
    WriteOptions owned{options};
    iso_write_opts_set_appendable(options, 1);
    iso_write_opts_set_ms_block(options, static_cast<std::uint32_t>(start / block_size));
    iso_write_opts_set_overwrite_buf(options, reinterpret_cast<std::uint8_t*>(head.data()));
    iso_write_opts_set_iso_level(options, 3);
    iso_write_opts_set_rockridge(options, 1);
    iso_write_opts_set_joliet(options, imported.joliet ? 1 : 0);
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

/// Ends the library's writing thread, however it went.
struct EndBurn {
    void operator()(burn_source* source) const noexcept {
        source->cancel(source);
        source->free_data(source);
        std::free(source);
    }
};

std::string write(const Imported& imported, IsoWriteOpts* options, const std::string& name) {
    burn_source* started = nullptr;
    isofs::check(iso_image_create_burn_source(imported.image.get(), options, &started),
                 "cannot write the folders of " + name);
    const std::unique_ptr<burn_source, EndBurn> source{started};
    std::string bytes{};
    // Blocks one by one: of a larger piece that the end cuts short, libisofs gives back nothing.
    std::array<unsigned char, block_size> buffer{};
    while (true) {
        const int got = source->read_xt(source.get(), buffer.data(), buffer.size());
        if (got < 0)
            throw Error{Fault::usage, "cannot write the folders of " + name};
        if (got == 0)
            return bytes;
        bytes.append(reinterpret_cast<const char*>(buffer.data()), static_cast<std::size_t>(got));
    }
}

/// libisofs 1.5.4 miscounts the blocks of folders with dozens of names of more than about 110
/// characters. It then says that the image is damaged, and that it was written.
void check_whole(const Session& session, const std::string& name) {
    const std::string complaint = isofs::take_complaint();
    const std::uint64_t announced = read_volume(session.head, name).size;
    if (complaint.empty() && announced == session.start + session.bytes.size())
        return;
    throw Error{Fault::environment,
                format("cannot write the folders of {}: {}", name, complaint),
                {"libisofs is known to fail on folders with many very long file names; hand the "
                 "answer file over in another way than on this medium"}};
}

Session make_session(const RemasterPlan& plan) {
    const std::string name = plan.iso.string();
    const isofs::Image original = isofs::open_image(plan.iso);
    Guard guard{original.source.get()};
    const Imported imported = import(guard, name);
    for (const IsoChange& change : plan.changes)
        in_context(format("cannot put {} into {}", change.path, name),
                   [&] { apply(imported.image.get(), change); });

    // libisofs wants sessions to begin at multiples of 32 blocks. Something that no descriptor
    // speaks of may lie behind the volume, such as a partition for UEFI.
    constexpr std::uint64_t step = 32 * block_size;
    Session session{.head = original.head, .start = (original.file_size + step - 1) / step * step};
    session.head.resize(volume_head);
    const WriteOptions options = write_options(imported, session.start, session.head);
    std::ignore = isofs::take_complaint();
    session.bytes = write(imported, options.get(), name);
    check_whole(session, name);
    // libisofs would have its own partition table there.
    session.head.replace(0, system_area, original.head, 0, system_area);
    return session;
}

void write_at(int file, std::string_view bytes, std::uint64_t at, const std::string& name) {
    if (::lseek(file, static_cast<off_t>(at), SEEK_SET) < 0)
        throw system_error("cannot write " + name);
    write_all(file, bytes, name);
}

}  // namespace

void remaster(Runner& runner, const RemasterPlan& plan, const fs::path& overlay) {
    const Session session = make_session(plan);
    // qemu-io takes no quotes: its words are names without white space in a folder of ours.
    const TemporaryFolder folder{overlay.string() + "."};
    write_file(folder.path() / "head", session.head);
    write_file(folder.path() / "session", session.bytes);
    const fs::path made = folder.path() / "overlay";
    runner.output_of(
        {.argv = {"qemu-img", "create", "-q", "-f", "qcow2", "-b", fs::absolute(plan.iso).string(),
                  "-F", "raw", "overlay", std::to_string(session.start + session.bytes.size())},
         .directory = folder.path()});
    runner.output_of(
        {.argv = {"qemu-io", "-f", "qcow2", "-c",
                  format("write -q -s head 0 {}", session.head.size()), "-c",
                  format("write -q -s session {} {}", session.start, session.bytes.size()),
                  "overlay"},
         .directory = folder.path()});
    fs::permissions(made, fs::perms::owner_read | fs::perms::owner_write);
    TemporaryFile{made}.keep_as(overlay);
}

void remaster_to_file(const RemasterPlan& plan, const fs::path& to) {
    std::error_code none;
    if (fs::equivalent(plan.iso, to, none))
        throw Error{Fault::usage,
                    format("{} would replace the medium that it is made of", to.string())};
    const Session session = make_session(plan);
    PartFile part = make_part_file(to);
    copy_content(plan.iso, part.descriptor.get(), to.string());
    write_at(part.descriptor.get(), session.bytes, session.start, to.string());
    write_at(part.descriptor.get(), session.head, 0, to.string());
    part.file.keep_as(to);
}

}  // namespace glinda::media
