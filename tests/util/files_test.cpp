#include "glinda/util/files.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <fstream>

namespace glinda {
namespace {

namespace fs = std::filesystem;

mode_t mode_of(const fs::path& path) {
    struct stat status {};
    EXPECT_EQ(::stat(path.c_str(), &status), 0);
    return status.st_mode & 07777U;
}

class Files : public testing::Test {
protected:
    TemporaryFolder folder_{fs::temp_directory_path() / "glinda-test-"};
    fs::path file_ = folder_.path() / "file";
};

TEST_F(Files, AWrittenFileIsReadableByItsOwnerAlone) {
    write_file(file_, "secret");
    EXPECT_EQ(read_file(file_), "secret");
    EXPECT_EQ(mode_of(file_), 0600U);
}

TEST_F(Files, AFailedReplacementLeavesTheOldFileAndNothingElse) {
    fs::create_directory(file_);  // rename(2) of a file onto a folder fails
    EXPECT_THROW(write_file(file_, "new"), Error);
    EXPECT_TRUE(fs::is_directory(file_));
    EXPECT_EQ(std::distance(fs::directory_iterator{folder_.path()}, {}), 1);
}

TEST_F(Files, AFileBeyondTheLimitIsRefused) {
    write_file(file_, std::string(11, 'x'));
    EXPECT_EQ(read_file(file_, Fault::usage, 11).size(), 11U);
    EXPECT_THROW(read_file(file_, Fault::usage, 10), Error);
}

TEST_F(Files, AMissingFileIsTheFaultThatTheCallerSays) {
    try {
        std::ignore = read_file(file_, Fault::usage);
        FAIL() << "nothing was thrown";
    } catch (const Error& error) {
        EXPECT_EQ(error.fault(), Fault::usage);
        EXPECT_THAT(error.what(), testing::HasSubstr(file_.string() + ": No such file"));
    }
}

TEST_F(Files, ATemporaryFolderGoesWithItsContent) {
    fs::path path;
    {
        const TemporaryFolder inner{folder_.path() / "inner-"};
        path = inner.path();
        write_file(path / "a", "b");
        EXPECT_EQ(mode_of(path), 0700U);
    }
    EXPECT_FALSE(fs::exists(path));
}

TEST_F(Files, ATemporaryFileGoesUnlessItIsKept) {
    std::ofstream{file_} << "x";
    { const TemporaryFile temporary{file_}; }
    EXPECT_FALSE(fs::exists(file_));
    std::ofstream{file_} << "x";
    {
        TemporaryFile temporary{file_};
        temporary.keep_as(folder_.path() / "kept");
    }
    EXPECT_TRUE(fs::exists(folder_.path() / "kept"));
}

TEST_F(Files, ALockIsHeldByOneAtATime) {
    auto first = Lock::try_lock(file_);
    ASSERT_TRUE(first);
    EXPECT_FALSE(Lock::try_lock(file_));
    first.reset();
    EXPECT_TRUE(Lock::try_lock(file_));
}

TEST_F(Files, TheHomeFolderStandsForTheTilde) {
    ::setenv("HOME", "/home/someone", 1);
    EXPECT_EQ(expand_home("~/images"), "/home/someone/images");
    EXPECT_EQ(expand_home("/a/~b"), "/a/~b");
}

}  // namespace
}  // namespace glinda
