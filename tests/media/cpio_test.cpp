#include "glinda/media/cpio.hpp"

#include <gmock/gmock.h>

#include "glinda/util/error.hpp"
#include "glinda/util/files.hpp"
#include "glinda/util/process.hpp"

namespace glinda::media {
namespace {

namespace fs = std::filesystem;

TEST(Cpio, TheRealProgramListsFoldersAndFiles) {
    const std::string archive =
        cpio({{"/ks.cfg", "text\n"}, {"etc/a/b.conf", "x"}, {"etc/a/c.conf", ""}});
    EXPECT_EQ(SystemRunner{}.output_of({.argv = {"cpio", "-t", "--quiet"}, .input = archive}),
              "ks.cfg\netc\netc/a\netc/a/b.conf\netc/a/c.conf\n");
}

TEST(Cpio, TheRealProgramExtractsContentAndModes) {
    const TemporaryFolder folder{fs::temp_directory_path() / "glinda-cpio-"};
    const std::string content(70'001, 'c');
    SystemRunner{}.output_of({.argv = {"cpio", "-i", "-d", "--quiet"},
                              .input = cpio({{"bin/run", content, 0755}, {"secret", "s", 0600}}),
                              .directory = folder.path()});
    EXPECT_EQ(read_file(folder.path() / "bin/run"), content);
    EXPECT_EQ(fs::status(folder.path() / "bin/run").permissions(), fs::perms{0755});
    EXPECT_EQ(fs::status(folder.path() / "secret").permissions(), fs::perms{0600});
}

TEST(Cpio, IsPaddedToFourBytes) {
    EXPECT_EQ(cpio({{"a", "x"}}).size() % 4, 0U);
    EXPECT_EQ(cpio({{"abc", "xyz"}}).size() % 4, 0U);
}

TEST(Cpio, RefusesNamesThatClimbOrSayNothing) {
    const std::vector<std::string> names{"",     "/",   "../x", "a/../x",
                                         "a//b", "./a", "a/",   std::string("a\0b", 3)};
    for (const std::string& name : names)
        EXPECT_THROW(std::ignore = cpio({{name, "x"}}), Error) << name;
}

TEST(Cpio, ASegmentBeginsBehindTheInitrdAtAMultipleOfFour) {
    const TemporaryFolder folder{fs::temp_directory_path() / "glinda-cpio-"};
    for (const std::size_t size : {0U, 4U, 5U, 100'002U, 100'003U}) {
        const fs::path initrd = folder.path() / "initrd";
        write_file(initrd, std::string(size, 'i'));
        append_to_initrd(initrd, "segment");
        EXPECT_EQ(read_file(initrd),
                  std::string(size, 'i') + std::string((4 - size % 4) % 4, '\0') + "segment");
    }
}

TEST(Cpio, WithoutAnInitrdNothingIsMade) {
    const TemporaryFolder folder{fs::temp_directory_path() / "glinda-cpio-"};
    EXPECT_THROW(append_to_initrd(folder.path() / "none", "s"), Error);
    EXPECT_TRUE(fs::is_empty(folder.path()));
}

}  // namespace
}  // namespace glinda::media
