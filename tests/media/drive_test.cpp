#include "glinda/media/drive.hpp"

#include <gmock/gmock.h>

#include "glinda/util/error.hpp"
#include "glinda/util/files.hpp"

namespace glinda::media {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class DriveTest : public testing::Test {
protected:
    /// What blkid sees on an image: its label and its type.
    std::string seen() {
        return runner_.output_of(
            {.argv = {"blkid", "-p", "-o", "export", "-s", "LABEL", "-s", "TYPE", file_.string()}});
    }
    std::string output_of(const std::vector<std::string>& argv) {
        return runner_.output_of({.argv = argv});
    }
    std::string refusal(const std::string& label, const std::string& path, bool fat) {
        try {
            const Drive drive{.label = label, .files = {{path, "x"}}};
            fat ? make_fat_drive(runner_, drive, file_) : make_iso_drive(drive, file_);
        } catch (const Error& error) {
            EXPECT_EQ(error.fault(), Fault::usage);
            EXPECT_FALSE(fs::exists(file_));
            return error.what();
        }
        return "nothing was thrown";
    }

    SystemRunner runner_;
    TemporaryFolder folder_{fs::temp_directory_path() / "glinda-media-"};
    const fs::path file_ = folder_.path() / "drive";
    const std::string binary_{"\0\r\n\xff", 4};
};

TEST_F(DriveTest, AnIsoHasItsLabelAndBothKindsOfNames) {
    make_iso_drive({.label = "cidata",
                    .files = {{"user-data", "#cloud-config\n"}, {"/a/b/Meta Data", binary_}}},
                   file_);
    EXPECT_THAT(seen(), HasSubstr("LABEL=cidata\nTYPE=iso9660\n"));
    EXPECT_EQ(fs::status(file_).permissions(), fs::perms{0600});
    const std::string iso = file_.string();
    for (const char* names : {"-R", "-J"}) {
        EXPECT_EQ(output_of({"isoinfo", names, "-i", iso, "-x", "/user-data"}), "#cloud-config\n");
        EXPECT_EQ(output_of({"isoinfo", names, "-i", iso, "-x", "/a/b/Meta Data"}), binary_);
    }
}

TEST_F(DriveTest, AFatDriveHasItsLabelAndContent) {
    const std::string large(3'000'000, 'l');
    make_fat_drive(runner_,
                   {.label = "OEMDRV",
                    .files = {{"ks.cfg", binary_}, {"a/b/long name.txt", large}, {"a/c", ""}}},
                   file_);
    EXPECT_THAT(seen(), HasSubstr("LABEL=OEMDRV\n"));
    EXPECT_THAT(seen(), HasSubstr("TYPE=vfat\n"));
    EXPECT_EQ(fs::status(file_).permissions(), fs::perms{0600});
    const std::string image = file_.string();
    EXPECT_EQ(output_of({"mtype", "-i", image, "::/ks.cfg"}), binary_);
    EXPECT_EQ(output_of({"mtype", "-i", image, "::/a/b/long name.txt"}), large);
    EXPECT_EQ(output_of({"mtype", "-i", image, "::/a/c"}), "");
}

TEST_F(DriveTest, LabelsOfEitherCaseAndOfFullLengthAreKept) {
    const std::string longest(longest_iso_label, 'x');
    make_iso_drive({.label = longest, .files = {}}, file_);
    EXPECT_THAT(seen(), HasSubstr("LABEL=" + longest + "\n"));
    make_fat_drive(runner_, {.label = "cidata_1-23", .files = {}}, file_);
    EXPECT_THAT(seen(), HasSubstr("LABEL=cidata_1-23\n"));
}

TEST_F(DriveTest, RefusesWhatCannotBe) {
    EXPECT_THAT(refusal(std::string(33, 'x'), "a", false), HasSubstr("more than the 32"));
    EXPECT_THAT(refusal("TWELVE_CHARS", "a", true), HasSubstr("more than the 11"));
    for (const bool fat : {false, true}) {
        EXPECT_THAT(refusal("", "a", fat), HasSubstr("cannot have the label ''"));
        EXPECT_THAT(refusal("a b", "a", fat), HasSubstr("cannot have the label 'a b'"));
        EXPECT_THAT(refusal("A", "../a", fat), HasSubstr("is no path"));
    }
}

}  // namespace
}  // namespace glinda::media
