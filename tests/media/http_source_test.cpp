#include <gmock/gmock.h>

#include <fstream>

#include "glinda/media/byte_source.hpp"
#include "glinda/media/iso.hpp"
#include "glinda/media/server.hpp"
#include "glinda/util/error.hpp"
#include "iso_folder.hpp"
#include "range_server.hpp"

namespace glinda::media {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class HttpSourceTest : public testing::Test {
protected:
    HttpSourceTest() { folder_.add("boot/vmlinuz", "kernel"); }

    /// An image of `size` bytes, of which most are a hole.
    fs::path large_image(std::uint64_t size) {
        folder_.add("filler", "");
        fs::resize_file(folder_ / "tree/filler", size);
        fs::path iso = folder_.make("small.iso", {"-R", "-V", "LARGE", "-m", "filler"});
        // The volume says that it is as large as the file: both halves of ECMA-119, 7.3.3.
        fs::resize_file(iso, size);
        std::string bytes(8, '\0');
        for (std::size_t i = 0; i < 4; ++i)
            bytes[i] = bytes[7 - i] = static_cast<char>(size / 2048 >> 8 * i);
        std::fstream file{iso, std::ios::in | std::ios::out | std::ios::binary};
        file.seekp(32768 + 80);
        file << bytes;
        return iso;
    }

    template <typename Action>
    static Error refusal(Action action) {
        try {
            action();
        } catch (const Error& error) {
            return error;
        }
        return {Fault::guest, "nothing was thrown"};
    }

    IsoFolder folder_;
};

constexpr std::uint64_t ten_gigabytes = 10'000'000'000 / 2048 * 2048;

TEST_F(HttpSourceTest, LittleOfALargeImageIsFetched) {
    for (int i = 0; i < 100; ++i)
        make_folders(folder_ / format("tree/pool/package-{}/source", i));
    const RangeServer server{large_image(ten_gigabytes)};
    const Iso iso{open_url(server.url()), server.url()};
    EXPECT_EQ(iso.volume().label, "LARGE");
    EXPECT_EQ(iso.file_size(), ten_gigabytes);
    EXPECT_EQ(iso.read("/boot/vmlinuz", 100), "kernel");
    EXPECT_TRUE(iso.exists("/pool/package-99/source"));
    EXPECT_FALSE(iso.exists("/pool/package-100"));
    EXPECT_LT(server.bytes_sent(), 1U << 19U);
}

TEST_F(HttpSourceTest, WhatWasFetchedIsNotFetchedAgain) {
    const RangeServer server{folder_.make("a.iso", {"-R", "-V", "X"})};
    const auto bytes = open_url(server.url());
    const std::string first = bytes->read(30'000, 10'000);
    const std::uint64_t sent = server.bytes_sent();
    EXPECT_EQ(bytes->read(30'000, 10'000), first);
    EXPECT_EQ(first, read_file(folder_ / "a.iso").substr(30'000, 10'000));
    EXPECT_EQ(server.bytes_sent(), sent);
    EXPECT_EQ(bytes->read(bytes->size() - 3, 10).size(), 3U);
    EXPECT_EQ(bytes->read(bytes->size(), 10), "");
}

TEST_F(HttpSourceTest, AServerWithoutRangesIsLeftAtOnceWithOneMessage) {
    const RangeServer server{large_image(ten_gigabytes), RangeServer::Ranges::unknown};
    const Error error = refusal([&] { std::ignore = open_url(server.url()); });
    EXPECT_EQ(error.fault(), Fault::usage);
    EXPECT_EQ(error.what(), "cannot read " + server.url() +
                                " from afar: its server sends files only as a whole (it knows no "
                                "range requests)");
    EXPECT_LT(server.bytes_sent(), ten_gigabytes / 100);
}

TEST_F(HttpSourceTest, AnotherPartThanTheOneAskedForIsNotTaken) {
    const RangeServer server{large_image(1 << 20), RangeServer::Ranges::wrong};
    const Error error = refusal([&] { std::ignore = open_url(server.url()); });
    EXPECT_EQ(error.fault(), Fault::environment);
    EXPECT_THAT(error.what(), HasSubstr("another part of it than the one it was asked for"));
}

TEST_F(HttpSourceTest, WhatFailsLaterIsSaidAsItIs) {
    const fs::path file = folder_.make("a.iso", {"-R", "-V", "X"});
    const RangeServer server{file};
    const auto bytes = open_url(server.url());
    fs::resize_file(file, fs::file_size(file) - 2048);
    const Error error = refusal([&] { std::ignore = bytes->read(bytes->size() - 2048, 2048); });
    EXPECT_THAT(error.what(), HasSubstr("or the file has changed"));
}

TEST_F(HttpSourceTest, AnErrorOfTheSourceLeavesTheReaderAsItIs) {
    class Failing : public ByteSource {
    public:
        explicit Failing(std::string bytes) : bytes_{std::move(bytes)} {}
        [[nodiscard]] std::uint64_t size() const override { return bytes_.size(); }
        [[nodiscard]] std::string read(std::uint64_t at, std::size_t length) override {
            if (at > volume_head)
                throw Error{Fault::timeout, "the witch has the cable"};
            return bytes_.substr(at, length);
        }

    private:
        std::string bytes_;
    };
    folder_.add("a", std::string(500'000, 'a'));
    const fs::path file = folder_.make("a.iso", {"-R", "-V", "X"});
    const Error error = refusal([&] {
        const Iso iso{std::make_unique<Failing>(read_file(file)), "a.iso"};
        std::ignore = iso.read("/a", 1'000'000);
    });
    EXPECT_EQ(error.fault(), Fault::timeout);
    EXPECT_STREQ(error.what(), "the witch has the cable");
}

TEST_F(HttpSourceTest, AFileIsAskedForWithoutFetchingIt) {
    const TreeServer server{folder_ / "tree"};
    const auto url = [&](const char* path) {
        return format("http://127.0.0.1:{}/{}", server.port(), path);
    };
    EXPECT_TRUE(exists_at(url("boot/vmlinuz")));
    EXPECT_FALSE(exists_at(url("boot/none")));
    EXPECT_EQ(refusal([] { std::ignore = exists_at("http://127.0.0.1:1/a"); }).fault(),
              Fault::environment);
}

TEST_F(HttpSourceTest, AStopEndsIt) {
    const RangeServer server{folder_.make("a.iso", {"-R", "-V", "X"})};
    std::stop_source stop;
    stop.request_stop();
    const Error error =
        refusal([&] { std::ignore = open_url(server.url(), {.stop = stop.get_token()}); });
    EXPECT_EQ(error.fault(), Fault::cancelled);
}

TEST_F(HttpSourceTest, OtherKindsOfUrlAreRefused) {
    const Error error = refusal([] { std::ignore = open_url("ftp://toto:bone@127.0.0.1/a.iso"); });
    EXPECT_EQ(error.fault(), Fault::usage);
    EXPECT_STREQ(error.what(),
                 "ftp://127.0.0.1/a.iso cannot be read from afar: only http and https URLs can");
}

TEST_F(HttpSourceTest, BootRecordsAreThoseOfTheDiscAndOfTheDisk) {
    folder_.add("boot/bios.img", std::string(2048, 'b'));
    folder_.add("boot/uefi.img", std::string(65536, 'u'));
    const auto records = [&](const std::vector<std::string>& options) {
        return Iso{folder_.make("boot.iso", options)}.boot_records();
    };
    const BootRecords none = records({"-R", "-V", "X"});
    EXPECT_FALSE(none.optical_bios || none.optical_uefi || none.disk_bios || none.disk_uefi);

    const BootRecords bios = records({"-R", "-V", "X", "-b", "boot/bios.img", "-no-emul-boot"});
    EXPECT_TRUE(bios.optical_bios);
    EXPECT_FALSE(bios.optical_uefi || bios.disk_bios || bios.disk_uefi);

    const BootRecords uefi = records({"-R", "-V", "X", "-e", "boot/uefi.img", "-no-emul-boot"});
    EXPECT_TRUE(uefi.optical_uefi);
    EXPECT_FALSE(uefi.optical_bios || uefi.disk_bios || uefi.disk_uefi);

    const BootRecords all = records({"-R", "-V", "X", "-b", "boot/bios.img", "-no-emul-boot",
                                     "-boot-load-size", "4", "-boot-info-table", "-isohybrid-mbr",
                                     "/usr/lib/ISOLINUX/isohdpfx.bin", "-eltorito-alt-boot", "-e",
                                     "boot/uefi.img", "-no-emul-boot", "-isohybrid-gpt-basdat"});
    EXPECT_TRUE(all.optical_bios && all.optical_uefi && all.disk_bios && all.disk_uefi);
}

TEST_F(HttpSourceTest, ABootCatalogueThatMakesNoSenseIsNone) {
    folder_.add("boot/bios.img", std::string(2048, 'b'));
    const fs::path iso =
        folder_.make("boot.iso", {"-R", "-V", "X", "-b", "boot/bios.img", "-no-emul-boot"});
    const auto patch = [&](std::streamoff at, std::string_view bytes) {
        std::fstream file{iso, std::ios::in | std::ios::out | std::ios::binary};
        file.seekp(at);
        file << bytes;
    };
    const std::string whole = read_file(iso);
    const std::size_t catalogue = whole.find(std::string{"\x55\xaa\x88", 3}) - 30;
    patch(static_cast<std::streamoff>(catalogue) + 5, "x");  // its checksum is wrong now
    EXPECT_FALSE(Iso{iso}.boot_records().optical_bios);
    patch(17 * 2048 + 71, "\xff\xff\xff\xff");  // far behind the end
    EXPECT_THROW(Iso{iso}, Error);
}

}  // namespace
}  // namespace glinda::media
