#include "glinda/media/iso.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <fstream>

#include "glinda/util/error.hpp"
#include "iso_folder.hpp"

namespace glinda::media {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

class IsoTest : public testing::Test {
protected:
    IsoTest() {
        folder_.add("boot/vmlinuz", "kernel");
        folder_.add("boot/initrd.img", std::string(100'000, 'i'));
        folder_.add("A long name, with Über.txt", "long");
        fs::create_symlink("boot/vmlinuz", folder_ / "tree/link");
        fs::create_symlink("/boot", folder_ / "tree/absolute");
        fs::create_symlink("../../../etc/passwd", folder_ / "tree/outside");
        fs::create_symlink("loop-b", folder_ / "tree/loop-a");
        fs::create_symlink("loop-a", folder_ / "tree/loop-b");
    }

    fs::path make(const std::vector<std::string>& options = {"-R", "-J", "-V", "Some-label-1.0"}) {
        return folder_.make("made.iso", options);
    }

    /// Puts bytes into an image.
    static void patch(const fs::path& iso, std::streamoff at, std::string_view bytes) {
        std::fstream file{iso, std::ios::in | std::ios::out | std::ios::binary};
        file.seekp(at);
        file << bytes;
    }

    IsoFolder folder_;
};

std::string refusal(const fs::path& path, Fault fault = Fault::usage) {
    try {
        const Iso iso{path};
    } catch (const Error& error) {
        EXPECT_EQ(error.fault(), fault);
        return error.what();
    }
    return "nothing was thrown";
}

std::string refusal_to_read(const Iso& iso, std::string_view path, std::size_t limit = 1000) {
    try {
        return "read " + iso.read(path, limit);
    } catch (const Error& error) {
        EXPECT_EQ(error.fault(), Fault::usage);
        return error.what();
    }
}

TEST_F(IsoTest, TellsWhatTheVolumeSaysOfItself) {
    const fs::path path = make({"-R", "-V", "Some-label-1.0", "-sysid", "LINUX", "-publisher",
                                "GOOD WITCH", "-A", "EMERALD 9", "-p", "TIN MAN"});
    const Iso iso{path};
    EXPECT_EQ(iso.volume().label, "Some-label-1.0");
    EXPECT_EQ(iso.volume().system, "LINUX");
    EXPECT_EQ(iso.volume().publisher, "GOOD WITCH");
    EXPECT_EQ(iso.volume().preparer, "TIN MAN");
    EXPECT_EQ(iso.volume().application, "EMERALD 9");
    EXPECT_EQ(iso.volume().size, fs::file_size(path));
}

TEST_F(IsoTest, ReadsFilesByTheirLongNames) {
    const Iso iso{make()};
    EXPECT_EQ(iso.read("/boot/vmlinuz", 100), "kernel");
    EXPECT_EQ(iso.read("boot/vmlinuz", 100), "kernel");
    EXPECT_EQ(iso.read("A long name, with Über.txt", 100), "long");
    EXPECT_TRUE(iso.exists("/boot"));
    EXPECT_TRUE(iso.exists("/"));
    EXPECT_FALSE(iso.exists("/boot/other"));
    EXPECT_FALSE(iso.exists("/boot/vmlinuz/below-a-file"));
}

TEST_F(IsoTest, ReadsJolietNamesWhereThereIsNoRockRidge) {
    const Iso iso{make({"--norock", "-J", "-V", "X"})};
    EXPECT_EQ(iso.read("/boot/initrd.img", 100'000), std::string(100'000, 'i'));
}

TEST_F(IsoTest, ListsAFolder) {
    const Iso iso{make()};
    EXPECT_THAT(iso.list("/boot/"), ElementsAre("initrd.img", "vmlinuz"));
    EXPECT_THROW(std::ignore = iso.list("/boot/vmlinuz"), Error);
    EXPECT_THROW(std::ignore = iso.list("/none"), Error);
}

TEST_F(IsoTest, ExtractsAFileInOneStep) {
    const Iso iso{make()};
    iso.extract("/boot/initrd.img", folder_ / "out");
    EXPECT_EQ(read_file(folder_ / "out"), std::string(100'000, 'i'));
    EXPECT_THROW(iso.extract("/boot/none", folder_ / "out"), Error);
    EXPECT_EQ(read_file(folder_ / "out").size(), 100'000U);
}

TEST_F(IsoTest, LinksAreFollowedWithinTheImage) {
    const Iso iso{make()};
    EXPECT_EQ(iso.read("/link", 100), "kernel");
    EXPECT_EQ(iso.read("/absolute/vmlinuz", 100), "kernel");
    EXPECT_EQ(iso.read("/boot/../../boot/./vmlinuz", 100), "kernel");
    EXPECT_FALSE(iso.exists("/outside"));
}

TEST_F(IsoTest, ALinkThatLeadsToItselfIsAnError) {
    const Iso iso{make()};
    EXPECT_THAT(refusal_to_read(iso, "/loop-a"), HasSubstr("too many links on the way to /loop-a"));
}

TEST_F(IsoTest, SaysWhyAFileIsNotRead) {
    const Iso iso{make()};
    EXPECT_THAT(refusal_to_read(iso, "/none"), HasSubstr("made.iso has no file /none"));
    EXPECT_THAT(refusal_to_read(iso, "/boot"), HasSubstr("/boot in "));
    EXPECT_THAT(refusal_to_read(iso, "/boot/initrd.img", 99'999),
                HasSubstr("has 100000 bytes, more than the 99999 that it may have"));
}

TEST_F(IsoTest, ATruncatedImageIsSaidToBeOne) {
    const fs::path path = make();
    const std::uintmax_t whole = fs::file_size(path);
    fs::resize_file(path, whole - 1);
    EXPECT_THAT(refusal(path),
                AllOf(HasSubstr("made.iso is truncated: its volume descriptor says " +
                                std::to_string(whole) + " bytes, the file has " +
                                std::to_string(whole - 1))));
}

TEST_F(IsoTest, SomethingElseIsNoImage) {
    write_file(folder_ / "text", "no image");
    EXPECT_THAT(refusal(folder_ / "text"), HasSubstr("text is no ISO 9660 image"));
    write_file(folder_ / "zeros", std::string(100'000, '\0'));
    EXPECT_THAT(refusal(folder_ / "zeros"), HasSubstr("zeros is no ISO 9660 image"));
    EXPECT_THAT(refusal(folder_ / "tree"), HasSubstr("is a folder"));
    EXPECT_THAT(refusal(folder_ / "none"), HasSubstr("No such file"));
    // A pipe that nobody writes to is not waited for.
    ASSERT_EQ(::mkfifo((folder_ / "pipe").c_str(), 0600), 0);
    EXPECT_THAT(refusal(folder_ / "pipe"), HasSubstr("pipe is neither a file nor a drive"));
}

TEST_F(IsoTest, AnImageWithUdfAloneIsNamedAsSuch) {
    std::string image(100'000, '\0');
    image.replace(32769, 5, "BEA01");
    image.replace(32769 + 2048, 5, "NSR02");
    image.replace(32769 + 4096, 5, "TEA01");
    write_file(folder_ / "udf", image);
    EXPECT_THAT(refusal(folder_ / "udf"), HasSubstr("udf holds only a UDF file system"));
}

TEST_F(IsoTest, AFileLargerThanTheImageIsNotBelieved) {
    const fs::path path = make({"--norock", "-V", "X"});  // plain: one record tells of the file
    const std::string bytes = read_file(path);
    const std::size_t record = bytes.find("VMLINUZ.;1") - 33;  // ECMA-119, 9.1: the name is at 33
    patch(path, static_cast<std::streamoff>(record + 10),
          std::string("\xff\xff\xff\xf0\xf0\xff\xff\xff", 8));
    const Iso iso{path};
    EXPECT_THAT(refusal_to_read(iso, "/BOOT/VMLINUZ"), HasSubstr("is broken"));
}

TEST_F(IsoTest, ANameThatClimbsIsNoName) {
    folder_.add("EVILNAME", "x");
    const fs::path path = make({"-R", "-V", "X"});
    const std::string bytes = read_file(path);
    // The Rock Ridge name, behind its header "NM" length 1 flags.
    patch(
        path,
        static_cast<std::streamoff>(bytes.find(std::string("NM\x0d\x01\x00", 5) + "EVILNAME") + 5),
        "../../xx");
    const Iso iso{path};
    for (const std::string& name : iso.list("/"))
        EXPECT_THAT(name, testing::Not(HasSubstr("/")));
}

}  // namespace
}  // namespace glinda::media
