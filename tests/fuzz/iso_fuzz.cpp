// Reads whatever libFuzzer makes up as an ISO image: its volume, its boot records, every folder and
// file that can be reached; and as one with UDF, of which it looks for some files. A finding is a
// crash, a report of the sanitizers, a slow or large input, or any exception but glinda's own, on
// one line. The first 32 KiB of an image, which are not ISO 9660's, are no part of an input; for
// UDF what is behind its first 24 blocks stands at block 256, where its volume has to begin.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>
#include <string_view>

#include "glinda/media/iso.hpp"
#include "glinda/media/udf.hpp"
#include "glinda/media/wim.hpp"
#include "glinda/util/error.hpp"

namespace {

using namespace glinda;

constexpr std::size_t before = 32768;

/// The input itself, without a file.
class Input : public media::ByteSource {
public:
    explicit Input(std::string_view bytes) : bytes_{bytes} {}
    [[nodiscard]] std::uint64_t size() const override { return before + bytes_.size(); }
    [[nodiscard]] std::string read(std::uint64_t at, std::size_t length) override {
        std::string read(at < before ? std::min<std::size_t>(length, before - at) : 0, '\0');
        at += read.size();
        if (read.size() < length && at < size())
            read += bytes_.substr(at - before, length - read.size());
        return read;
    }

private:
    std::string_view bytes_;
};

/// The input as a UDF image.
std::string udf_image(std::string_view bytes) {
    constexpr std::size_t recognition = 24 * 2048;
    constexpr std::size_t volume = 256 * 2048;
    std::string image(volume, '\0');
    image.replace(before, std::min(recognition, bytes.size()), bytes.substr(0, recognition));
    return image.append(bytes.substr(std::min(recognition, bytes.size())));
}

/// Bytes of an image in memory.
class Image : public media::ByteSource {
public:
    explicit Image(std::string bytes) : bytes_{std::move(bytes)} {}
    [[nodiscard]] std::uint64_t size() const override { return bytes_.size(); }
    [[nodiscard]] std::string read(std::uint64_t at, std::size_t length) override {
        return at < bytes_.size() ? bytes_.substr(at, length) : "";
    }

private:
    std::string bytes_;
};

template <typename Action>
void expect_one_line(Action action) {
    try {
        action();
    } catch (const Error& error) {
        if (std::string_view{error.what()}.find('\n') != std::string_view::npos)
            std::abort();
    }
}

void look_at_udf(std::string_view bytes) {
    const std::string image = udf_image(bytes);
    if (!media::has_udf(std::string_view{image}.substr(0, media::volume_head)))
        return;
    const media::Udf udf{std::make_unique<Image>(image), "input"};
    for (const char* path : {"README.TXT", "sources/file", "sources/none", "a/b/c/d"}) {
        expect_one_line([&] {
            if (const auto size = udf.size_of(path))
                std::ignore = udf.read(path, *size / 2, 1 << 16);
        });
        expect_one_line([&] {
            std::ignore = media::wim_xml(
                [&](std::uint64_t at, std::size_t length) { return udf.read(path, at, length); });
        });
    }
}

/// A folder may hold itself, so neither depth nor number are without limit.
void walk(const media::Iso& iso, const std::string& folder, int depth, int& left) {
    for (const std::string& name : iso.list(folder)) {
        if (name.find('/') != std::string::npos || name == "..")
            std::abort();
        if (--left < 0)
            return;
        const std::string path = folder + "/" + name;
        expect_one_line([&] { std::ignore = iso.read(path, 1 << 16); });
        if (depth > 0)
            expect_one_line([&] { walk(iso, path, depth - 1, left); });
    }
}

}  // namespace

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

/// An image lives by where things are: all but a few mutations change some bytes that are not zero,
/// and leave the others where they stand.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t most, unsigned seed) {
    std::minstd_rand random{seed};
    if (size < 64 || random() % 64 == 0)
        return LLVMFuzzerMutate(data, size, most);
    std::size_t at = random() % (size - 32);
    while (at < size - 32 && data[at] == 0)
        ++at;
    const std::size_t length = 1 + random() % 32;
    LLVMFuzzerMutate(data + at, length, length);
    return size;
}

// libisofs 1.5.4 loses what it has read of a folder that it cannot read to its end: no call of its
// interface frees that.
extern "C" const char* __lsan_default_suppressions() {
    return "leak:libisofs.so";
}

// The names are libFuzzer's.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes{reinterpret_cast<const char*>(data), size};
    std::ignore = media::read_boot_records(bytes, [&](std::uint32_t block) {
        return std::string{bytes.substr(std::min<std::size_t>(block, bytes.size()), 2048)};
    });
    expect_one_line([&] {
        const media::Iso iso{std::make_unique<Input>(bytes), "input"};
        std::ignore = iso.exists("/.disk/info");
        std::ignore = iso.exists("/link/../a/loop");
        int left = 100;
        walk(iso, "", 4, left);
    });
    expect_one_line([&] { look_at_udf(bytes); });
    return 0;
}
