#include "glinda/media/udf.hpp"

#include <gmock/gmock.h>

#include "glinda/media/iso.hpp"
#include "glinda/media/remaster.hpp"
#include "glinda/media/wim.hpp"
#include "glinda/util/error.hpp"
#include "iso_folder.hpp"

namespace glinda::media {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class UdfTest : public testing::Test {
protected:
    UdfTest() {
        folder_.add("README.TXT", "in both");
        folder_.add("sources/file", big_);
        folder_.add("sources/\xc3\x9c name", "wide");
        SystemRunner{}.output_of({.argv = {"genisoimage", "-quiet", "-V", "Some label", "-udf",
                                           "-input-charset", "utf-8", "-hide", "sources", "-o",
                                           path_.string(), (folder_ / "tree").string()}});
    }

    /// The image without its ISO 9660 side.
    void leave_udf_alone() const {
        std::string image = read_file(path_);
        for (std::size_t at = 32768; image.compare(at + 1, 5, "CD001") == 0; at += 2048)
            image.replace(at + 1, 5, "CD000");
        write_file(path_, image);
    }
    [[nodiscard]] Udf open() const { return {open_bytes(path_), "image"}; }

    IsoFolder folder_;
    fs::path path_ = folder_ / "udf.iso";
    std::string big_ = std::string(1'000'000, 'x') + "middle" + std::string(1'000'000, 'y');
};

TEST_F(UdfTest, FilesThatIso9660HidesAreRead) {
    EXPECT_FALSE(Iso{path_}.exists("sources"));
    EXPECT_TRUE(has_udf(read_file(path_).substr(0, volume_head)));
    const Udf udf = open();
    EXPECT_EQ(udf.label(), "Some label");
    EXPECT_EQ(udf.image_size(), fs::file_size(path_));
    EXPECT_EQ(udf.size_of("/sources/file"), big_.size());
    EXPECT_EQ(udf.read("sources/file", 0, 10'000'000), big_);
    EXPECT_EQ(udf.read("sources/file", 1'000'000, 6), "middle");
    EXPECT_EQ(udf.read("sources/file", big_.size(), 6), "");
    EXPECT_EQ(udf.read("sources/\xc3\x9c name", 0, 100), "wide");
    EXPECT_EQ(udf.read("README.TXT", 3, 4), "both");
}

TEST_F(UdfTest, WhatIsNotThereIsNamed) {
    const Udf udf = open();
    EXPECT_EQ(udf.size_of("none"), std::nullopt);
    EXPECT_EQ(udf.size_of("sources"), std::nullopt);
    EXPECT_EQ(udf.size_of("none/file"), std::nullopt);
    try {
        std::ignore = udf.read("none", 0, 1);
        FAIL();
    } catch (const Error& error) {
        EXPECT_STREQ(error.what(), "image has no file none");
    }
}

TEST_F(UdfTest, PartsOfFilesOnTheIso9660SideAreReadToo) {
    const Iso iso{folder_.make("plain.iso", {"-R"})};
    EXPECT_EQ(iso.read("sources/file", 1'000'000, 6), "middle");
    EXPECT_EQ(iso.read("sources/file", big_.size() - 2, 6), "yy");
    EXPECT_EQ(iso.read("sources/file", big_.size(), 6), "");
}

TEST_F(UdfTest, AnImageWithoutIso9660IsReadAsWell) {
    leave_udf_alone();
    EXPECT_THROW(Iso{path_}, Error);
    EXPECT_EQ(open().read("sources/file", 1'000'000, 6), "middle");
}

TEST_F(UdfTest, ItIsNotRemasteredAsItsReadersWouldNotSeeTheChanges) {
    for (const char* why : {"it has a UDF file system", "holds only a UDF file system"}) {
        try {
            remaster({.iso = path_, .changes = {{.path = "/a", .content = "b"}}},
                     folder_ / "overlay.qcow2");
            FAIL();
        } catch (const Error& error) {
            EXPECT_EQ(error.fault(), Fault::usage);
            EXPECT_THAT(error.what(), HasSubstr(why));
        }
        EXPECT_FALSE(fs::exists(folder_ / "overlay.qcow2"));
        leave_udf_alone();
    }
}

/// Every block of the volume's structures, one after the other, as somebody could have changed it.
TEST_F(UdfTest, WhatIsBrokenEndsInOneMessage) {
    const std::string image = read_file(path_);
    std::size_t refused = 0;
    const auto look = [&](const std::string& broken) {
        write_file(path_, broken);
        try {
            const Udf udf = open();
            std::ignore = udf.read("sources/file", 0, 100);
        } catch (const Error& error) {
            EXPECT_EQ(error.fault(), Fault::usage);
            EXPECT_THAT(error.what(), testing::Not(HasSubstr("\n")));
            ++refused;
        }
    };
    constexpr std::size_t block = 2048;
    for (std::size_t at = 256 * block; at < 275 * block; at += block) {
        std::string broken = image;
        for (std::size_t i = 16; i < block; ++i)
            broken[at + i] = '\xff';
        look(broken);
    }
    look(image.substr(0, 256 * block));
    look(image.substr(0, 262 * block));
    EXPECT_GE(refused, 6U);
}

/// An image that says of itself that its descriptors have no end.
TEST_F(UdfTest, NoMoreIsReadThanAMediumNeeds) {
    class Counting : public ByteSource {
    public:
        Counting(std::string bytes, std::uint64_t& reads)
            : bytes_{std::move(bytes)}, reads_{reads} {}
        [[nodiscard]] std::uint64_t size() const override { return bytes_.size(); }
        [[nodiscard]] std::string read(std::uint64_t at, std::size_t length) override {
            ++reads_;
            return at < bytes_.size() ? bytes_.substr(at, length) : "";
        }

    private:
        std::string bytes_;
        std::uint64_t& reads_;
    };
    std::string image = read_file(path_);
    // Both sequences of them: length and place (ECMA-167, 3/10.2.2 and 3/7.1).
    for (const std::size_t extent : {16U, 24U})
        image.replace(256 * 2048 + extent, 8, "\xff\xff\xff\xff\x40\x01\x01\x01");
    std::uint64_t reads = 0;
    try {
        const Udf udf{std::make_unique<Counting>(image, reads), "image"};
        FAIL();
    } catch (const Error& error) {
        EXPECT_STREQ(error.what(), "image is broken: what it holds leads to itself or has no end");
    }
    EXPECT_LE(reads, 32768U);
}

std::string wim(std::uint64_t size, std::uint64_t place, const std::string& xml) {
    std::string file(208, '\0');
    file.replace(0, 5, "MSWIM");
    for (std::size_t i = 0; i < 7; ++i)
        file[72 + i] = static_cast<char>(size >> 8 * i);
    for (std::size_t i = 0; i < 8; ++i)
        file[80 + i] = static_cast<char>(place >> 8 * i);
    return file + xml;
}

TEST(Wim, ItsXmlIsWhereTheHeaderSays) {
    const auto xml_of = [](const std::string& file) {
        return wim_xml([&](std::uint64_t at, std::size_t length) {
            return at < file.size() ? file.substr(at, length) : "";
        });
    };
    EXPECT_EQ(xml_of(wim(4, 210, "..<x/>")), "<x/>");
    EXPECT_EQ(xml_of(wim(5, 210, "..<x/>")), std::nullopt) << "it ends before";
    EXPECT_EQ(xml_of(wim(0, 208, "")), std::nullopt);
    EXPECT_EQ(xml_of(wim(std::uint64_t{1} << 50U, 208, "x")), std::nullopt);
    EXPECT_EQ(xml_of(wim(1, ~std::uint64_t{0}, "x")), std::nullopt);
    EXPECT_EQ(xml_of("the images"), std::nullopt);
    EXPECT_EQ(xml_of(wim(1, 208, "x").substr(0, 207)), std::nullopt);
}

}  // namespace
}  // namespace glinda::media
