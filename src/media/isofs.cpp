#include "isofs.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <limits>
#include <new>
#include <optional>
#include <utility>

#include "block.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/text.hpp"
#include "little_endian.hpp"
#include "records.hpp"

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

void require_whole(const Image& image, const std::string& name) {
    if (image.volume.size > image.file_size)
        throw Error{Fault::usage,
                    format("{} is truncated: its volume descriptor says {} bytes, the file has {}",
                           name, image.volume.size, image.file_size),
                    {"download it again and compare its checksum"}};
}

/// What a data source of ours reads, and what went wrong.
struct Reader {
    std::unique_ptr<ByteSource> bytes;
    std::string name;
    std::uint64_t blocks_left = std::numeric_limits<std::uint64_t>::max();
    std::exception_ptr failure{};
    std::optional<Records> records{};
    enum class Folder { none, begins, known } folder = Folder::none;  ///< that is being read …
    std::uint64_t folder_first = 0;  ///< … and where it is, in blocks
    std::uint64_t folder_end = 0;

    [[nodiscard]] std::string read(std::uint64_t block) {
        if (blocks_left-- == 0)
            throw Error{Fault::usage,
                        name + " is broken: what it holds leads to itself or has no end"};
        return bytes->read(block * block_size, block_size);
    }
    void check_folder(std::uint64_t block, std::string_view content);
};

/// Only a folder's own blocks hold records: those that its first record says (ECMA-119, 6.8.2.2).
void Reader::check_folder(std::uint64_t block, std::string_view content) {
    constexpr std::size_t size_field = 10;
    if (folder == Folder::begins) {
        folder = Folder::known;
        folder_first = block;
        folder_end = block + (little_endian(content, size_field, 4) + block_size - 1) / block_size;
    }
    const bool is_records = folder == Folder::known && folder_first <= block && block < folder_end;
    if (is_records && !records->fit(content))
        throw Error{Fault::usage, name + " is broken: a record in one of its folders has no end"};
}

int always_ready(IsoDataSource*) {
    return ISO_SUCCESS;
}

int read_block(IsoDataSource* source, std::uint32_t number, std::uint8_t* to) {
    auto& reader = *static_cast<Reader*>(source->data);
    try {
        const std::string block = reader.read(number);
        if (block.size() < block_size)
            return static_cast<int>(ISO_FILE_READ_ERROR);
        reader.check_folder(number, block);
        block.copy(reinterpret_cast<char*>(to), block_size);
        return ISO_SUCCESS;
    } catch (...) {
        reader.failure = std::current_exception();
        return static_cast<int>(ISO_FILE_READ_ERROR);
    }
}

void free_reader(IsoDataSource* source) {
    const std::unique_ptr<Reader> reader{static_cast<Reader*>(source->data)};
}

DataSource source_of(std::unique_ptr<ByteSource> bytes, const std::string& name) {
    // The library frees it by free(3).
    Handle<IsoDataSource, &std::free> source{
        static_cast<IsoDataSource*>(std::calloc(1, sizeof(IsoDataSource)))};
    if (!source)
        throw std::bad_alloc{};
    source->refcount = 1;
    source->open = &always_ready;
    source->close = &always_ready;
    source->read_block = &read_block;
    source->free_data = &free_reader;
    source->data =
        std::make_unique<Reader>(Reader{.bytes = std::move(bytes), .name = name}).release();
    return DataSource{source.release()};
}

}  // namespace

void check(int code, std::string_view doing, const IsoDataSource* source) {
    if (code >= 0)
        return;
    if (source != nullptr)
        if (const auto failure =
                std::exchange(static_cast<Reader*>(source->data)->failure, nullptr))
            std::rethrow_exception(failure);
    throw Error{Fault::usage, format("{}: {}", doing, iso_error_to_msg(code))};
}

void limit_reads(IsoDataSource* source, std::uint64_t blocks) {
    static_cast<Reader*>(source->data)->blocks_left = blocks;
}

void open_folder(IsoFileSource* folder, std::string_view doing, IsoDataSource* source) {
    auto& reader = *static_cast<Reader*>(source->data);
    reader.folder = Reader::Folder::begins;
    const int code = iso_file_source_open(folder);
    reader.folder = Reader::Folder::none;
    check(code, doing, source);
}

Image open_image(const std::filesystem::path& path) {
    return open_image(open_bytes(path), path.string());
}

Image open_image(std::unique_ptr<ByteSource> bytes, const std::string& name) {
    start_library();
    Image image;
    image.file_size = bytes->size();
    image.head = bytes->read(0, volume_head);
    image.volume = read_volume(image.head, name);
    require_whole(image, name);
    image.source = source_of(std::move(bytes), name);
    auto& reader = *static_cast<Reader*>(image.source->data);
    reader.records.emplace(image.head, [&reader](std::uint32_t block) {
        std::string content = reader.read(block);
        return content.size() < block_size ? std::string{} : content;
    });
    if (!reader.records->root_fits())
        throw Error{Fault::usage, name + " is broken: the first record of its root has no end"};
    return image;
}

Memory copy_of(std::string_view content) {
    Memory copy{static_cast<unsigned char*>(std::malloc(std::max<std::size_t>(content.size(), 1)))};
    if (!copy)
        throw Error{Fault::environment, "there is not enough memory"};
    std::ranges::copy(content, copy.get());
    return copy;
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
