#include "glinda/osdb/database.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <string>

#include "glinda/util/error.hpp"
#include "glinda/util/files.hpp"
#include "glinda/util/process.hpp"

namespace glinda::osdb {
namespace {

constexpr const char* own_entries = SOURCE_FOLDER "/auto/osinfo";
constexpr std::uint64_t mebibyte = 1 << 20;

/// The host's database is a folder of the test: by default it knows next to nothing.
class Osdb : public testing::Test {
protected:
    Osdb() {
        ::setenv("OSINFO_SYSTEM_DIR", (folder_.path() / "host").c_str(), 1);
        ::setenv("OSINFO_LOCAL_DIR", (folder_.path() / "none").c_str(), 1);
        ::setenv("OSINFO_USER_DIR", (folder_.path() / "none").c_str(), 1);
        know("debian.org/debian-11", "<os id='http://debian.org/debian/11'/>");
    }
    ~Osdb() override { ::unsetenv("OSINFO_SYSTEM_DIR"); }

    /// Puts an entry into the host's database.
    void know(const std::string& name, const std::string& xml) {
        write_file_in("host/os/" + name + ".xml",
                      "<libosinfo version='0.0.1'>" + xml + "</libosinfo>");
    }

    std::filesystem::path write_file_in(const std::string& name, const std::string& content) {
        auto path = folder_.path() / name;
        make_folders(path.parent_path());
        write_file(path, content);
        return path;
    }

    TemporaryFolder folder_{std::filesystem::temp_directory_path() / "glinda-osdb-"};
};

TEST_F(Osdb, AMediumIsKnownByItsLabel) {
    const Database database{own_entries};
    const auto release = database.identify_volume({.label = "Debian 13.1.0 amd64 n"});
    ASSERT_TRUE(release);
    EXPECT_EQ(release->id, "debian13");
    EXPECT_EQ(release->name, "Debian 13");
    EXPECT_EQ(release->version, "13");
    EXPECT_EQ(release->family, "linux");
    EXPECT_EQ(release->distro, "debian");
    EXPECT_EQ(release->codename, "trixie");
    EXPECT_EQ(release->arch, "x86_64");
    EXPECT_EQ(release->kernel, "install.amd/vmlinuz");
    EXPECT_EQ(release->initrd, "install.amd/initrd.gz");
    EXPECT_EQ(release->volume_label, "Debian 13.1.0 amd64 n");
    EXPECT_FALSE(release->is_live);
}

TEST_F(Osdb, AMediumOfAnotherArchitectureHasItsOwnKernel) {
    const Database database{own_entries};
    const auto release = database.identify_volume({.label = "Debian 12.11.0 arm64 1"});
    ASSERT_TRUE(release);
    EXPECT_EQ(release->id, "debian12");
    EXPECT_EQ(release->arch, "aarch64");
    EXPECT_EQ(release->kernel, "install.a64/vmlinuz");
}

TEST_F(Osdb, AMediumWithAForeignLabelIsUnknown) {
    EXPECT_FALSE(Database{own_entries}.identify_volume({.label = "Custom"}));
    EXPECT_FALSE(Database{own_entries}.identify_volume({.label = "Debian 130.1.0 amd64 n"}));
}

TEST_F(Osdb, AMediumIsKnownByAllThatItsVolumeSays) {
    know("example.org/example-1",
         "<os id='http://example.org/example/1'><short-id>example1</short-id>"
         "<media arch='x86_64'><iso><volume-id>^SHARED$</volume-id><system-id>^OZ$</system-id>"
         "<publisher-id>GLINDA</publisher-id><application-id>BALLOON</application-id>"
         "<volume-size>4096</volume-size></iso></media></os>");
    const Database database{own_entries};
    const Volume whole{.label = "SHARED",
                       .system = "OZ",
                       .publisher = "GLINDA",
                       .application = "BALLOON",
                       .size = 4096};
    ASSERT_TRUE(database.identify_volume(whole));
    EXPECT_EQ(database.identify_volume(whole)->id, "example1");
    Volume other = whole;
    other.system = "KANSAS";
    EXPECT_FALSE(database.identify_volume(other));
    other = whole;
    other.size = 2048;
    EXPECT_FALSE(database.identify_volume(other));
}

TEST_F(Osdb, ASystemIsFoundByItsIdWithTheResourcesItNeeds) {
    const Database database{own_entries};
    const auto release = database.find("debian13");
    ASSERT_TRUE(release);
    EXPECT_EQ(release->minimum_memory, 780 * mebibyte);
    EXPECT_EQ(release->recommended_memory, 2048 * mebibyte);
    EXPECT_EQ(release->minimum_disk, 4096 * mebibyte);
    EXPECT_EQ(release->recommended_disk, 10240 * mebibyte);
    EXPECT_EQ(release->minimum_cpus, 1U);
    EXPECT_EQ(release->kernel, "current/images/netboot/debian-installer/amd64/linux");
    EXPECT_EQ(database.find("debian13", "s390x")->initrd, "current/images/generic/initrd.debian");
    EXPECT_FALSE(database.find("debian99"));
}

TEST_F(Osdb, TheHostsEntryIsTakenBeforeOurs) {
    know("debian.org/debian-13",
         "<os id='http://debian.org/debian/13'><short-id>debian13</short-id>"
         "<name>Debian as the host says</name></os>");
    const Database database{own_entries};
    const auto release = database.find("debian13");
    ASSERT_TRUE(release);
    EXPECT_EQ(release->name, "Debian as the host says");
    EXPECT_EQ(release->version, "");  // nothing of our entry got mixed in
    EXPECT_TRUE(database.find("debian12"));
}

TEST_F(Osdb, ASystemThatTheHostOnlyMentionsGetsOurEntry) {
    know("example.org/child-1",
         "<os id='http://example.org/child/1'><short-id>child1</short-id>"
         "<derives-from id='http://debian.org/debian/13'/></os>");
    const auto release = Database{own_entries}.find("debian13");
    ASSERT_TRUE(release);
    EXPECT_EQ(release->version, "13");
}

TEST_F(Osdb, DriversAreInheritedFromTheAncestors) {
    ::unsetenv("OSINFO_SYSTEM_DIR");
    const Database database{own_entries};
    const auto release = database.find("debian13");
    ASSERT_TRUE(release);
    EXPECT_TRUE(release->virtio_block);
    EXPECT_TRUE(release->virtio_net);
    EXPECT_FALSE(database.find("winxp")->virtio_block);
}

TEST_F(Osdb, ATreeIsKnownByItsTreeinfo) {
    know("example.org/example-1",
         "<os id='http://example.org/example/1'><short-id>example1</short-id>"
         "<tree arch='x86_64'><treeinfo><family>Example</family><version>^1$</version>"
         "<arch>x86_64</arch></treeinfo></tree></os>");
    const auto release = Database{own_entries}.identify_treeinfo(
        "[general]\nfamily=Example\nversion=1\narch=x86_64\n"
        "[images-x86_64]\nkernel=images/vmlinuz\ninitrd=images/initrd.img\n");
    ASSERT_TRUE(release);
    EXPECT_EQ(release->id, "example1");
    EXPECT_EQ(release->kernel, "images/vmlinuz");
    EXPECT_EQ(release->initrd, "images/initrd.img");
}

TEST_F(Osdb, ATreeinfoThatIsNoneTellsNothing) {
    for (const char* text : {"", "Codename: trixie\n", "[general]\nfamily=Unheard\nversion=1\n"})
        EXPECT_FALSE(Database{own_entries}.identify_treeinfo(text)) << text;
}

TEST_F(Osdb, NoFolderOfEntriesMeansNoEntries) {
    EXPECT_FALSE(Database{"/none/such"}.find("debian13"));
}

TEST_F(Osdb, OurEntriesFollowTheSchemaOfTheFormat) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator{own_entries}) {
        if (entry.path().extension() != ".xml")
            continue;
        const Result result = SystemRunner{}.run(
            {.argv = {"xmllint", "--noout", "--relaxng", "/usr/share/osinfo/schema/osinfo.rng",
                      entry.path().string()}});
        EXPECT_EQ(result.status, 0) << result.errors;
    }
}

}  // namespace
}  // namespace glinda::osdb
