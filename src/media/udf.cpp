#include "glinda/media/udf.hpp"

#include <udfread/blockinput.h>
#include <udfread/udfread.h>

#include <algorithm>
#include <exception>
#include <limits>
#include <utility>

#include "block.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/handle.hpp"
#include "glinda/util/text.hpp"

namespace glinda::media {
namespace {

using File = Handle<UDFFILE, &udfread_file_close>;
using UdfVolume = Handle<udfread, &udfread_close>;

static_assert(block_size == UDF_BLOCK_SIZE);
/// What a look at something may read at most: 64 MiB. An image may be made so that libudfread would
/// read for ever, such as by descriptors that lead to each other.
constexpr std::uint64_t blocks_to_find = 32768;

}  // namespace

/// libudfread's view of the image: it begins with what the library knows of it.
struct Udf::State : udfread_block_input {
    State(std::unique_ptr<ByteSource> from, std::string called)
        : udfread_block_input{.close = nullptr, .read = &read_blocks, .size = &block_count},
          bytes{std::move(from)},
          name{std::move(called)} {}

    static int read_blocks(udfread_block_input* input, std::uint32_t first, void* to,
                           std::uint32_t count, int) noexcept {
        auto& state = *static_cast<State*>(input);
        if (state.failure)
            return -1;  // the library may try millions of blocks one after the other
        try {
            if (count > state.blocks_left)
                throw Error{Fault::usage,
                            state.name + " is broken: what it holds leads to itself or has no end"};
            state.blocks_left -= count;
            const std::string read = state.bytes->read(first * std::uint64_t{block_size},
                                                       count * std::size_t{block_size});
            read.copy(static_cast<char*>(to), read.size());
            return static_cast<int>(read.size() / block_size);
        } catch (...) {
            state.failure = std::current_exception();
            return -1;
        }
    }
    static std::uint32_t block_count(udfread_block_input* input) noexcept {
        return static_cast<std::uint32_t>(
            std::min<std::uint64_t>(static_cast<State*>(input)->bytes->size() / block_size,
                                    std::numeric_limits<std::uint32_t>::max()));
    }
    /// Throws what the image did.
    void rethrow() {
        if (failure)
            std::rethrow_exception(std::exchange(failure, nullptr));
    }
    /// Nothing if there is no such file.
    [[nodiscard]] File open(std::string_view path) {
        blocks_left = blocks_to_find;
        const std::string rooted = path.starts_with('/') ? std::string{path} : format("/{}", path);
        File file{udfread_file_open(volume.get(), rooted.c_str())};
        rethrow();
        return file;
    }

    std::unique_ptr<ByteSource> bytes;
    std::string name;
    std::string label{};
    std::uint64_t blocks_left = blocks_to_find;
    std::exception_ptr failure{};
    UdfVolume volume{udfread_init()};  ///< last, as it uses the others
};

bool has_udf(std::string_view head) {
    constexpr std::size_t descriptor_size = 2048;
    constexpr std::size_t first_descriptor = 16 * descriptor_size;
    for (std::size_t at = first_descriptor; at + descriptor_size <= head.size();
         at += descriptor_size) {
        const std::string_view id = head.substr(at + 1, 5);
        if (id == "NSR02" || id == "NSR03")
            return true;
    }
    return false;
}

Udf::Udf(std::unique_ptr<ByteSource> bytes, std::string name)
    : state_{std::make_unique<State>(std::move(bytes), std::move(name))} {
    if (!state_->volume)
        throw Error{Fault::environment, "there is not enough memory"};
    const int code = udfread_open_input(state_->volume.get(), state_.get());
    state_->rethrow();
    if (code < 0)
        throw Error{Fault::usage, state_->name + " is broken: its UDF file system cannot be read"};
    const char* const label = udfread_get_volume_id(state_->volume.get());
    const std::string plain = printable(label == nullptr ? "" : label);
    state_->label = trim(plain);
}

Udf::Udf(Udf&&) noexcept = default;
Udf::~Udf() = default;

const std::string& Udf::label() const noexcept {
    return state_->label;
}

std::uint64_t Udf::image_size() const noexcept {
    return state_->bytes->size();
}

std::optional<std::uint64_t> Udf::size_of(std::string_view path) const {
    const File file = state_->open(path);
    if (!file)
        return std::nullopt;
    return static_cast<std::uint64_t>(std::max<std::int64_t>(udfread_file_size(file.get()), 0));
}

std::string Udf::read(std::string_view path, std::uint64_t at, std::size_t length) const {
    const File file = state_->open(path);
    if (!file)
        throw Error{Fault::usage, format("{} has no file {}", state_->name, path)};
    const auto size =
        static_cast<std::uint64_t>(std::max<std::int64_t>(udfread_file_size(file.get()), 0));
    if (at >= size)
        return {};
    std::string content(std::min<std::uint64_t>(length, size - at), '\0');
    const bool there =
        udfread_file_seek(file.get(), static_cast<std::int64_t>(at), UDF_SEEK_SET) >= 0;
    const ssize_t got = there ? udfread_file_read(file.get(), content.data(), content.size()) : -1;
    state_->rethrow();
    if (got != static_cast<ssize_t>(content.size()))
        throw Error{Fault::usage, format("cannot read {} in {}", path, state_->name)};
    return content;
}

}  // namespace glinda::media
