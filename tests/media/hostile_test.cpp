// Images that were made to do harm, out of good ones: each ends in one Error or is read as far as
// it makes sense, within seconds. The readers run in a process of their own, so that one that hangs
// or crashes is seen as that.

#include <gmock/gmock.h>

#include <fstream>

#include "glinda/media/iso.hpp"
#include "glinda/media/remaster.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/text.hpp"
#include "iso_folder.hpp"

namespace glinda::media {
namespace {

namespace fs = std::filesystem;
using testing::AnyOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr std::size_t block_size = 2048;
/// Of a directory record (ECMA-119, 9.1), counted from the name in it.
constexpr std::ptrdiff_t extent_of_record = 2 - 33;
constexpr std::ptrdiff_t size_of_record = 10 - 33;

/// A number as ECMA-119, 7.3.3 writes it.
std::string both_endian(std::uint32_t number) {
    std::string bytes(8, '\0');
    for (std::size_t i = 0; i < 4; ++i)
        bytes[i] = bytes[7 - i] = static_cast<char>(number >> 8 * i & 0xffU);
    return bytes;
}

void read_all(const Iso& iso, const std::string& folder, int depth, std::string& seen) {
    for (const std::string& name : iso.list(folder)) {
        const std::string path = folder + "/" + name;
        seen.append(path).append("\n");
        try {
            std::ignore = iso.read(path, 1 << 20);
        } catch (const Error& error) {
            seen += format("  {}\n", error.what());
        }
        if (depth > 0 && iso.exists(path + "/."))
            try {
                read_all(iso, path, depth - 1, seen);
            } catch (const Error& error) {
                seen += format("  {}\n", error.what());
            }
    }
}

class Hostile : public testing::Test {
protected:
    Hostile() {
        folder_.add("FOLDER/FILE", "content of a file");
        folder_.add("FOLDER/OTHER", std::string(5000, 'o'));
    }

    void make(const std::vector<std::string>& options) {
        image_ = folder_.make("made.iso", options);
        bytes_ = read_file(image_);
    }

    /// Where a text is for the `nth` time.
    [[nodiscard]] std::size_t find(std::string_view text, int nth = 1) const {
        std::size_t at = bytes_.find(text);
        for (; nth > 1 && at != std::string::npos; --nth)
            at = bytes_.find(text, at + 1);
        EXPECT_NE(at, std::string::npos) << text;
        return at;
    }

    void patch(std::size_t at, std::string_view text) {
        std::fstream file{image_, std::ios::in | std::ios::out | std::ios::binary};
        file.seekp(static_cast<std::streamoff>(at));
        file << text;
    }

    /// All that is read of the image, or why nothing is.
    std::string outcome() {
        try {
            return run_apart(
                "reading",
                [&] {
                    std::string seen;
                    read_all(Iso{image_}, "", 3, seen);
                    return seen;
                },
                {}, std::chrono::seconds{30});
        } catch (const Error& error) {
            EXPECT_EQ(error.fault(), Fault::usage) << error.what();
            return error.what();
        }
    }

    IsoFolder folder_;
    fs::path image_;
    std::string bytes_;
};

TEST_F(Hostile, AFolderThatHoldsItselfIsReadNoDeeperThanAsked) {
    make({"--norock", "-V", "X"});
    const std::size_t record = find(
                                   "\x06"
                                   "FOLDER") +
                               1;
    // Its own extent becomes that of the root (ECMA-119, 8.4.18).
    patch(record + extent_of_record, bytes_.substr(16 * block_size + 158, 16));
    const std::string seen = outcome();
    EXPECT_THAT(seen, HasSubstr("/FOLDER/FOLDER/FOLDER/FOLDER\n"));
    EXPECT_FALSE(Iso{image_}.exists("/FOLDER/FOLDER/FOLDER/FOLDER/FILE"));
}

TEST_F(Hostile, AnExtentBehindTheEndIsAnErrorOfThatFileAlone) {
    make({"--norock", "-V", "X"});
    patch(find("FILE.;1") + extent_of_record, both_endian(0x7fffffff));
    const std::string seen = outcome();
    EXPECT_THAT(seen, HasSubstr("/FOLDER/FILE\n  cannot"));
    EXPECT_THAT(seen, HasSubstr("/FOLDER/OTHER\n"));
}

TEST_F(Hostile, ANameThatWouldWriteOnTheTerminalDoesNot) {
    folder_.add("a\n\x1b[2Jb", std::string(100, 'x'));
    make({"-R", "-V", "X"});
    try {
        std::ignore = Iso{image_}.read("a\n\x1b[2Jb", 10);
        FAIL() << "it is too large";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), StartsWith("a?b in "));
    }
}

TEST_F(Hostile, TwoFilesOfOneExtentAreTwoFiles) {
    make({"--norock", "-V", "X"});
    patch(find("FILE.;1") + extent_of_record,
          bytes_.substr(find("OTHER.;1") + extent_of_record, 8));
    EXPECT_EQ((Iso{image_}.read("/FOLDER/FILE", 100)), std::string(17, 'o'));
}

TEST_F(Hostile, AFolderOfAbsurdSizeIsReadAsFarAsItGoes) {
    make({"--norock", "-V", "X"});
    patch(find("\x06"
               "FOLDER") +
              1 + size_of_record,
          both_endian(0xfffff800));
    EXPECT_THAT(outcome(), HasSubstr("/FOLDER/OTHER\n"));
}

TEST_F(Hostile, AVolumeOfAbsurdSizeIsAnError) {
    make({"--norock", "-V", "X"});
    patch(16 * block_size + 80, both_endian(0xffffffff));
    EXPECT_THAT(outcome(),
                HasSubstr("is truncated: its volume descriptor says 8796093020160 bytes"));
}

TEST_F(Hostile, AnEmptyVolumeHoldsNoFile) {
    make({"--norock", "-V", "X"});
    patch(16 * block_size + 80, both_endian(0));
    const std::string seen = outcome();
    EXPECT_THAT(seen, Not(HasSubstr("content")));
    EXPECT_THAT(seen, AnyOf(HasSubstr("is broken"), HasSubstr("cannot")));
}

TEST_F(Hostile, AWrongLengthOfARecordEndsNothingButItsFolder) {
    make({"--norock", "-V", "X"});
    const std::size_t record = find("FILE.;1") - 33;
    for (const char length : {'\x01', '\x21', '\xff'}) {
        patch(record, std::string(1, length));
        EXPECT_THAT(outcome(), StartsWith("/FOLDER\n")) << static_cast<int>(length);
    }
    patch(record, bytes_.substr(record, 1));
    patch(record + 32, "\xff");  // the length of the name
    EXPECT_THAT(outcome(), Not(HasSubstr("/FOLDER/FILE\n")));
}

TEST_F(Hostile, AnEntryWithoutANameIsNone) {
    make({"--norock", "-V", "X"});
    const std::size_t record = find("FILE.;1");
    for (const std::string_view name :
         {std::string_view{"\0\0", 2}, std::string_view{"\1\0", 2}, std::string_view{"\1\1", 2}}) {
        patch(record - 1, name);  // its length, and its first byte
        const std::string seen = outcome();
        EXPECT_THAT(seen, StartsWith("/FOLDER\n"));
        EXPECT_THAT(seen, Not(HasSubstr("\n/FOLDER/\n")));
        EXPECT_THAT(seen, AnyOf(HasSubstr("/FOLDER/OTHER\n"), HasSubstr("cannot open")));
    }
}

TEST_F(Hostile, AWrongLengthOfASystemUseFieldIsNotFollowed) {
    make({"-R", "-V", "X"});
    const std::size_t name =
        find(std::string{"NM\x09\x01\x00"
                         "FILE",
                         9});
    for (const char length : {'\x00', '\x01', '\x04', '\xff'}) {
        patch(name + 2, std::string(1, length));
        const std::string seen = outcome();
        EXPECT_FALSE(seen.empty());
        EXPECT_THAT(seen, Not(HasSubstr("content of a file"))) << static_cast<int>(length);
    }
}

TEST_F(Hostile, AContinuationThatLeadsToItselfEnds) {
    folder_.add("FOLDER/" + std::string(240, 'L'), "x");  // its name needs one (SUSP, 5.1)
    make({"-R", "-V", "X"});
    // SUSP 5.1: CE, its block, the offset in that, the length.
    const std::size_t entry = find(std::string{"CE\x1c\x01", 4}, 2);
    const std::size_t area = entry / block_size;
    patch(entry + 4, both_endian(static_cast<std::uint32_t>(area)) +
                         both_endian(static_cast<std::uint32_t>(entry % block_size)) +
                         both_endian(28));
    EXPECT_THAT(outcome(), HasSubstr("has no end"));
}

// libisofs 1.5.4 would read on behind its buffers in both.
TEST_F(Hostile, ARecordThatEndsBehindItsBlockIsAnError) {
    for (char letter = 'A'; letter <= 'Z'; ++letter)
        for (const char* number : {"1", "2"})
            folder_.add(std::string{"FOLDER/"} + letter + number, "x");
    make({"--norock", "-V", "X"});
    const std::size_t block = find("A1.;1") / block_size * block_size;
    std::size_t last = 0;
    for (std::size_t at = 0; at < block_size && bytes_[block + at] != 0;
         at += static_cast<unsigned char>(bytes_[block + at]))
        last = at;
    ASSERT_GT(last, 1900U);
    patch(block + last, "\xff");
    EXPECT_THAT(outcome(), HasSubstr("a record in one of its folders has no end"));
    EXPECT_THROW(remaster({.iso = image_, .changes = {{"/new", ""}}}, folder_ / "out.qcow2"),
                 Error);
}

TEST_F(Hostile, AnEntryThatEndsBehindItsRecordIsAnError) {
    make({"-R", "-V", "X"});
    const std::size_t entry = find("NM", 2);  // SUSP, 4: the signature, the length, the version
    patch(entry + 2, "\xff");
    EXPECT_THAT(outcome(), HasSubstr("a record in one of its folders has no end"));
    EXPECT_THROW(remaster({.iso = image_, .changes = {{"/new", ""}}}, folder_ / "out.qcow2"),
                 Error);
}

TEST_F(Hostile, AContinuationOfAbsurdLengthIsAnError) {
    folder_.add("FOLDER/" + std::string(240, 'L'), "x");
    make({"-R", "-V", "X"});
    const std::size_t entry = find(std::string{"CE\x1c\x01", 4}, 2);
    patch(entry + 20, both_endian(0xffffffff));
    EXPECT_FALSE(outcome().empty());
}

TEST_F(Hostile, NamesThatClimbAreNotListed) {
    folder_.add("FOLDER/UPWARDS", "x");
    make({"-R", "-V", "X"});
    patch(find("UPWARDS", 2), "../../x");
    const std::string seen = outcome();
    for (const std::string_view line : split(seen, '\n'))
        EXPECT_THAT(line, Not(HasSubstr("..")));
}

TEST_F(Hostile, ALinkOutOfTheImageEndsAtItsRoot) {
    fs::create_symlink("../../../../../../FOLDER/FILE", folder_ / "tree/FOLDER/up");
    fs::create_symlink("/etc/passwd", folder_ / "tree/FOLDER/passwd");
    make({"-R", "-V", "X"});
    const Iso iso{image_};
    EXPECT_EQ(iso.read("/FOLDER/up", 100), "content of a file");
    EXPECT_FALSE(iso.exists("/FOLDER/passwd"));
}

TEST_F(Hostile, AChainOfLinksThatGrowsEnds) {
    fs::create_symlink("GROW/GROW", folder_ / "tree/GROW");
    make({"-R", "-V", "X"});
    EXPECT_THAT(outcome(), HasSubstr("too many links on the way to /GROW"));
}

}  // namespace
}  // namespace glinda::media
