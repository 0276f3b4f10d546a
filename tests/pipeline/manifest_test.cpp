#include "glinda/pipeline/manifest.hpp"

#include <gmock/gmock.h>

#include "glinda/settings/settings.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/files.hpp"
#include "glinda/util/text.hpp"
#include "silence.hpp"

namespace glinda::pipeline {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Makes images of small roots, and lists what they have installed.
class Manifests : public testing::Test {
protected:
    [[nodiscard]] fs::path operator/(const std::string& name) const {
        return folder_.path() / name;
    }
    void add(const std::string& name, std::string_view content) {
        const fs::path file = *this / ("root/" + name);
        make_folders(file.parent_path(), 0755);
        write_file(file, content, 0644);
    }
    void run(std::vector<std::string> argv, const std::string& input = "") {
        runner_.output_of({.argv = std::move(argv), .input = input, .directory = folder_.path()});
    }
    /// The root becomes the second partition of a disk.
    void make_disk(const std::string& file_system = "ext4") {
        std::string disk = *this / "disk";
        run({"truncate", "-s", "40M", disk});
        run({"sfdisk", "-q", disk}, "label: gpt\n2048,2048\n8192,65536\n");
        run({"mke2fs", "-q", "-F", "-t", file_system, "-d", *this / "root", "-E",
             format("offset={}", 8192 * 512), disk, "32M"});
    }
    void write_xml(const std::string& format = "raw") {
        write_file(*this / "vm.xml",
                   glinda::format("<domain><memory unit='MiB'>256</memory><devices>"
                                  "<disk type='file' device='disk'><driver type='{}'/>"
                                  "<source file='{}/disk'/></disk></devices></domain>",
                                  format, folder_.path().string()));
    }
    inventory::Manifest list(const std::string& extra = "") {
        write_file(*this / "vm.tdl",
                   "<template><name>vm</name><os><name>Debian</name><version>13</version>"
                   "<arch>x86_64</arch><install type='url'><url>tree</url></install>" +
                       extra + "</os><description>One</description></template>");
        return manifest({*this / "vm.tdl", *this / "vm.xml", {}}, context_);
    }

    TemporaryFolder folder_{fs::temp_directory_path() / "glinda-pipeline-"};
    SystemRunner runner_;
    Silence silent_;
    settings::Settings settings_;
    Context context_{.settings = settings_,
                     .families = SOURCE_FOLDER "/auto",
                     .schemas = SOURCE_FOLDER "/config",
                     .runner = runner_,
                     .progress = silent_,
                     .stop = {}};
};

constexpr const char* dpkg_status =
    "Package: dpkg\nStatus: install ok installed\nMaintainer: M\nArchitecture: amd64\n"
    "Version: 1.21.22\nDescription: x\n\n"
    "Package: gone\nStatus: deinstall ok config-files\nMaintainer: M\nArchitecture: all\n"
    "Version: 1\nDescription: x\n\n"
    "Package: libc6\nStatus: install ok installed\nMaintainer: M\nArchitecture: amd64\n"
    "Multi-Arch: same\nSource: glibc (2.36-9)\nVersion: 2.36-9+b1\nDescription: x\n\n"
    "Package: zlib1g\nStatus: install ok installed\nMaintainer: M\nArchitecture: amd64\n"
    "Multi-Arch: same\nSource: zlib\nVersion: 1:1.2.13\nDescription: x\n";

TEST_F(Manifests, OfADpkgImageAgreeWithDpkgQueryLineByLine) {
    add("var/lib/dpkg/status", dpkg_status);
    add("etc/os-release", "ID=system\nVERSION_ID=13\n");
    make_disk();
    write_xml();
    std::string lines;
    const inventory::Manifest found = list();
    for (const inventory::Package& package : found.packages)
        lines += format("{}\t{}\t{}\t{}\t{}\n", package.listed, package.version, package.arch,
                        package.source, package.source_version);
    make_folders(*this / "root/var/lib/dpkg/info");
    make_folders(*this / "root/var/lib/dpkg/updates");
    std::string expected = runner_.output_of(
        {.argv = {"dpkg-query", "--admindir", *this / "root/var/lib/dpkg", "-W", "-f",
                  "${binary:Package}\t${Version}\t${Architecture}\t${source:Package}\t"
                  "${source:Version}\n",
                  "dpkg", "libc6", "zlib1g"}});
    EXPECT_EQ(lines, expected);
    EXPECT_EQ(found.name, "vm");
    EXPECT_EQ(found.description, "One");
    EXPECT_EQ(found.system.id, "system");
}

TEST_F(Manifests, OfAnRpmImageAgreeWithRpm) {
    for (const char* name : {"first", "second-part"}) {
        write_file(*this / "it.spec",
                   format("Name: {}\nVersion: 1.5\nRelease: 2\nEpoch: 3\nSummary: s\nLicense: MIT\n"
                          "BuildArch: noarch\n%description\nd\n%files\n",
                          name));
        run({"rpmbuild", "-bb", "--quiet", "--define", "_topdir " + (*this / "rpm").string(),
             "it.spec"});
    }
    const std::string database = *this / "root/usr/lib/sysimage/rpm";
    make_folders(database, 0755);
    run({"rpm", "--dbpath", database, "-i", "--justdb", "--nodeps",
         *this / "rpm/RPMS/noarch/first-1.5-2.noarch.rpm",
         *this / "rpm/RPMS/noarch/second-part-1.5-2.noarch.rpm"});
    make_disk();
    write_xml();
    std::vector<std::string> names;
    for (const inventory::Package& package : list().packages) {
        names.push_back(package.listed);
        EXPECT_EQ(package.version, "3:1.5-2");
        EXPECT_EQ(package.license, "MIT");
        EXPECT_EQ(package.arch, "noarch");
        EXPECT_EQ(package.source, package.name);
    }
    EXPECT_THAT(names, ElementsAre("first-1.5-2.noarch", "second-part-1.5-2.noarch"));
    std::string expected = runner_.output_of({.argv = {"rpm", "--dbpath", database, "-qa"}});
    EXPECT_EQ(split(trim(expected), '\n').size(), names.size());
    for (const std::string_view line : split(trim(expected), '\n'))
        EXPECT_THAT(names, testing::Contains(line));
}

TEST_F(Manifests, AreReadOfAVarThatIsAFileSystemOfItsOwnInAQcow2) {
    add("lib/apk/db/installed", "");  // an empty root beside it must not win
    fs::remove_all(*this / "root");
    add("lib/pacman/local/ALPM_DB_VERSION", "9\n");
    add("lib/pacman/local/acl-2.3.1-3/desc", "");
    make_disk("ext2");
    run({"mv", "disk", "raw"});
    run({"qemu-img", "convert", "-q", "-O", "qcow2", "raw", "disk"});
    write_xml("qcow2");
    const inventory::Manifest found = list();
    ASSERT_EQ(found.packages.size(), 1U);
    EXPECT_EQ(found.packages[0].name, "acl");
    EXPECT_EQ(found.kind, "alpm");
}

TEST_F(Manifests, OfPkgComeFromItsDatabase) {
    make_folders(*this / "root/var/db/pkg", 0755);
    run({"sqlite3", *this / "root/var/db/pkg/local.sqlite",
         "CREATE TABLE packages(name, version, arch, origin);"
         "INSERT INTO packages VALUES('curl', '8.4.0', 'x:14:amd64', 'ftp/curl');"});
    make_disk();
    write_xml();
    const inventory::Manifest found = list();
    ASSERT_EQ(found.packages.size(), 1U);
    EXPECT_EQ(found.packages[0].listed, "curl-8.4.0");
    EXPECT_EQ(found.packages[0].source, "ftp/curl");
}

TEST_F(Manifests, ADiskWithoutADatabaseIsSaidToHaveNone) {
    add("etc/passwd", "root:x:0:0::/root:/bin/sh\n");
    make_disk();
    write_xml();
    try {
        static_cast<void>(list());
        ADD_FAILURE();
    } catch (const Error& error) {
        EXPECT_EQ(error.fault(), Fault::environment);
        EXPECT_THAT(error.what(), HasSubstr("disk has no package database"));
    }
}

TEST_F(Manifests, WhatChangedBetweenAKeptOneAndAnImageIsSaid) {
    add("var/lib/dpkg/status", dpkg_status);
    make_disk();
    write_xml();
    write_file(*this / "kept", inventory::to_spdx(list(), "2026-01-31T12:00:00Z"));
    EXPECT_EQ(inventory::difference(packages_of(*this / "kept", context_),
                                    packages_of(*this / "vm.xml", context_)),
              "");
    write_file(*this / "kept", "<icicle><packages><package name='zlib1g'/></packages></icicle>");
    EXPECT_EQ(inventory::difference(packages_of(*this / "vm.xml", context_),
                                    packages_of(*this / "kept", context_)),
              "- dpkg 1.21.22\n- libc6 2.36-9+b1\n");
}

}  // namespace
}  // namespace glinda::pipeline
