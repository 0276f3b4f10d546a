#include <gmock/gmock.h>

#include <set>

#include "glinda/catalog/family.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/files.hpp"
#include "glinda/util/text.hpp"

namespace glinda::catalog {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

const fs::path shipped = SOURCE_FOLDER "/auto";

Fault fault_of(const Catalog& catalog, const char* os, const char* version, const char* arch) {
    try {
        std::ignore = catalog.find(os, version, arch);
    } catch (const Error& error) {
        return error.fault();
    }
    ADD_FAILURE() << "it was found";
    return Fault::environment;
}

TEST(Catalog, FindsAReleaseByTheNameAndVersionOfATemplate) {
    const Catalog catalog{shipped};
    const Match match = catalog.find("Debian", "13", "x86_64");
    EXPECT_EQ(match.release->codename, "trixie");
    EXPECT_TRUE(match.exact);
    EXPECT_EQ(catalog.find("debian", "13.2", "x86_64").release, match.release);
}

TEST(Catalog, FindsAReleaseByItsCodeName) {
    const Catalog catalog{shipped};
    EXPECT_EQ(catalog.find("Debian", "Trixie", "x86_64").release->version, "13");
    EXPECT_EQ(catalog.find("Ubuntu", "bionic", "x86_64").release->version, "18.04");
}

/// Names and versions of templates, and what they are.
struct Names {
    const char* os;
    const char* versions;
    const char* family;
    const char* releases;  ///< one for all versions, or one for each
};

/// All that Oz's guest factory takes, and the versions that came after.
const Names names_of_oz[] = {
    {"Fedora", "7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 rawhide",
     "anaconda", "7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 rawhide"},
    {"FedoraCore", "1 2 3 4 5 6", "anaconda", "1 2 3 4 5 6"},
    {"FC", "1 2 3 4 5 6", "anaconda", "1 2 3 4 5 6"},
    {"RedHatEnterpriseLinux-2.1", "GOLD U2 U3 U4 U5 U6", "anaconda", "2.1"},
    {"RHEL-2.1", "GOLD U2 U3 U4 U5 U6", "anaconda", "2.1"},
    {"RedHatEnterpriseLinux-3", "GOLD U1 U2 U3 U4 U5 U6 U7 U8 U9", "anaconda", "3"},
    {"RHEL-3", "GOLD U1 U2 U3 U4 U5 U6 U7 U8 U9", "anaconda", "3"},
    {"CentOS-3", "GOLD U1 U2 U3 U4 U5 U6 U7 U8 U9", "anaconda", "3"},
    {"RedHatEnterpriseLinux-4", "GOLD U1 U2 U3 U4 U5 U6 U7 U8 U9", "anaconda", "4"},
    {"RHEL-4", "GOLD U1 U2 U3 U4 U5 U6 U7 U8 U9", "anaconda", "4"},
    {"CentOS-4", "GOLD U1 U2 U3 U4 U5 U6 U7 U8 U9", "anaconda", "4"},
    {"ScientificLinux-4", "GOLD U1 U2 U3 U4 U5 U6 U7 U8 U9", "anaconda", "4"},
    {"SL-4", "GOLD U1 U2 U3 U4 U5 U6 U7 U8 U9", "anaconda", "4"},
    {"RedHatEnterpriseLinux-5", "GOLD U1 U2 U3 U4 U5 U6 U7 U8 U9 U10 U11", "anaconda", "5"},
    {"RHEL-5", "GOLD U1 U2 U3 U4 U5 U6 U7 U8 U9 U10 U11", "anaconda", "5"},
    {"CentOS-5", "GOLD U1 U2 U3 U4 U5 U6 U7 U8 U9 U10 U11", "anaconda", "5"},
    {"OL-5", "GOLD U1 U2 U3 U4 U5 U6 U7 U8 U9 U10 U11", "anaconda", "5"},
    {"ScientificLinux-5", "GOLD U1 U2 U3 U4 U5 U6 U7 U8 U9 U10 U11", "anaconda", "5"},
    {"SL-5", "GOLD U1 U2 U3 U4 U5 U6 U7 U8 U9 U10 U11", "anaconda", "5"},
    {"ScientificLinuxCern-5", "GOLD U1 U2 U3 U4 U5 U6 U7 U8 U9 U10 U11", "anaconda", "5"},
    {"SLC-5", "GOLD U1 U2 U3 U4 U5 U6 U7 U8 U9 U10 U11", "anaconda", "5"},
    {"RedHatEnterpriseLinux-6", "0 1 5 10", "anaconda", "6"},
    {"RHEL-6", "0 1 5 10", "anaconda", "6"},
    {"CentOS-6", "0 1 5 10", "anaconda", "6"},
    {"ScientificLinux-6", "0 1 5 10", "anaconda", "6"},
    {"SL-6", "0 1 5 10", "anaconda", "6"},
    {"ScientificLinuxCern-6", "0 1 5 10", "anaconda", "6"},
    {"SLC-6", "0 1 5 10", "anaconda", "6"},
    {"OracleEnterpriseLinux-6", "0 1 5 10", "anaconda", "6"},
    {"OEL-6", "0 1 5 10", "anaconda", "6"},
    {"OL-6", "0 1 5 10", "anaconda", "6"},
    {"RHEL-7", "0 4 9", "anaconda", "7"},
    {"CentOS-7", "0 4 9", "anaconda", "7"},
    {"RHEL-8", "0 4 10", "anaconda", "8"},
    {"CentOS-8", "0 4 5", "anaconda", "8"},
    {"RHEL-9", "0 4 6", "anaconda", "9"},
    {"CentOS-9", "0", "anaconda", "9"},
    {"RHEL", "9.4", "anaconda", "9"},
    {"RedHatLinux", "7.0 7.1 7.2 7.3 8 9", "anaconda", "7.0 7.1 7.2 7.3 8 9"},
    {"RHL", "7.0 7.1 7.2 7.3 8 9", "anaconda", "7.0 7.1 7.2 7.3 8 9"},
    {"Debian", "5 6 7 8 9 10 11 12 13", "debian-installer", "5 6 7 8 9 10 11 12 13"},
    {"Ubuntu", "5.04 5.10 6.06 6.06.1 6.06.2 6.10 7.04 7.10", "debian-installer",
     "5.04 5.10 6.06 6.06 6.06 6.10 7.04 7.10"},
    {"Ubuntu", "8.04 8.04.1 8.04.2 8.04.3 8.04.4 8.10 9.04 9.10", "debian-installer",
     "8.04 8.04 8.04 8.04 8.04 8.10 9.04 9.10"},
    {"Ubuntu", "10.04 10.04.1 10.04.2 10.04.3 10.10 11.04 11.10", "debian-installer",
     "10.04 10.04 10.04 10.04 10.10 11.04 11.10"},
    {"Ubuntu", "12.04 12.04.1 12.04.2 12.04.3 12.04.4 12.04.5", "debian-installer", "12.04"},
    {"Ubuntu", "12.10 13.04 13.10 14.10 15.04 15.10", "debian-installer",
     "12.10 13.04 13.10 14.10 15.04 15.10"},
    {"Ubuntu", "14.04 14.04.1 14.04.2 14.04.3 14.04.4 14.04.5", "debian-installer", "14.04"},
    {"Ubuntu", "16.04 16.04.1 16.04.2 16.04.3 16.04.4 16.04.5 16.04.6", "debian-installer",
     "16.04"},
    {"Ubuntu", "16.10 17.04 17.10 18.10", "debian-installer", "16.10 17.04 17.10 18.10"},
    {"Ubuntu", "18.04 18.04.1 18.04.2", "debian-installer", "18.04"},
    {"Ubuntu", "20.04.6 24.04 noble", "subiquity", "20.04 24.04 24.04"},
    {"OpenSUSE", "10.3 11.0 11.1 11.2 11.3 11.4 12.1 12.2 12.3 13.1 13.2 42.1 42.2 15.6",
     "autoyast", "10.3 11.0 11.1 11.2 11.3 11.4 12.1 12.2 12.3 13.1 13.2 42.1 42.2 15.6"},
    {"OpenSUSE", "16.0", "agama", "16.0"},
    {"Mandrake", "8.2 9.0 9.1 9.2 10.0 10.1", "drakx", "8.2 9.0 9.1 9.2 10.0 10.1"},
    {"Mandriva", "2005 2006.0 2007.0 2008.0", "drakx", "2005 2006.0 2007.0 2008.0"},
    {"Mageia", "2 3 4 4.1 5", "drakx", "2 3 4 4.1 5"},
    {"FreeBSD", "10.0 10.1 10.2 10.3 11.0", "bsdinstall", "10.0 10.1 10.2 10.3 11.0"},
    {"Windows", "2000 XP 2003 2008 7 2012 8 8.1 2016 10", "windows-setup",
     "2000 XP 2003 2008 7 2012 8 8.1 2016 10"},
};

TEST(Catalog, ACodeNameIsTheReleaseWithThePlainNumber) {
    const Catalog catalog{shipped};
    EXPECT_EQ(catalog.find("Ubuntu", "focal", "x86_64").family->id, "subiquity");
    EXPECT_EQ(catalog.find("Ubuntu", "20.04.6", "x86_64").family->id, "subiquity");
    EXPECT_EQ(catalog.find("Ubuntu", "20.04-legacy", "x86_64").family->id, "debian-installer");
}

TEST(Catalog, EveryNameAndVersionOfOzIsKnown) {
    const Catalog catalog{shipped};
    for (const Names& names : names_of_oz) {
        const auto versions = words(names.versions);
        const auto releases = words(names.releases);
        for (std::size_t i = 0; i < versions.size(); ++i) {
            const std::string name = format("{} {}", names.os, versions[i]);
            const Match match = catalog.find(names.os, versions[i], "x86_64");
            EXPECT_EQ(match.family->id, names.family) << name;
            EXPECT_EQ(match.release->version, releases.size() == 1 ? releases[0] : releases[i])
                << name;
            EXPECT_TRUE(match.exact) << name;
        }
    }
}

TEST(Catalog, OnlyWhatGlindaDrivesMayBeInstalled) {
    const Catalog catalog{shipped};
    EXPECT_NO_THROW(require_supported(catalog.find("Debian", "13", "x86_64"), "Debian", "13"));
    EXPECT_NO_THROW(require_supported(catalog.find("Debian", "14", "x86_64"), "Debian", "14"));
    const auto complaint = [&](const char* os, const char* version) -> std::string {
        try {
            require_supported(catalog.find(os, version, "x86_64"), os, version);
        } catch (const Error& error) {
            EXPECT_EQ(error.fault(), Fault::usage);
            return error.what();
        }
        return "none";
    };
    EXPECT_EQ(complaint("RHEL-7", "4"), "none");
    EXPECT_EQ(complaint("RHEL-5", "4"),
              "RHEL-5 4 cannot be installed: older than the kickstart files that glinda writes (6 "
              "and later)");
    EXPECT_THAT(complaint("Debian", "7"), HasSubstr("older than the preseeds"));
    EXPECT_THAT(complaint("NixOS", "25.11"), HasSubstr("not installed"));
}

/// No release behind one that is driven is left out.
TEST(Catalog, EveryFamilyIsDrivenUpToItsNewestRelease) {
    const Catalog catalog{shipped};
    for (const Family& family : catalog.families())
        for (const System& system : family.systems) {
            const bool driven = std::ranges::any_of(system.releases, &Release::supported);
            EXPECT_TRUE(!driven || system.releases.back().supported) << system.name;
        }
}

TEST(Catalog, ANewerReleaseOfASystemThatChangedItsInstallerGoesToTheNewOne) {
    const Catalog catalog{shipped};
    EXPECT_EQ(catalog.find("Ubuntu", "99.04", "x86_64").family->id, "subiquity");
    EXPECT_EQ(catalog.find("OpenSUSE", "17.0", "x86_64").family->id, "agama");
    const Match match = catalog.find("RHEL-99", "1", "x86_64");
    EXPECT_EQ(match.family->id, "anaconda");
    EXPECT_FALSE(match.exact);
}

TEST(Catalog, ANewerReleaseIsTakenForTheNewestKnown) {
    const Catalog catalog{shipped};
    const Match match = catalog.find("Debian", "99", "x86_64");
    EXPECT_FALSE(match.exact);
    EXPECT_EQ(match.release, &match.family->systems.front().releases.back());
}

TEST(Catalog, WhatItDoesNotKnowIsTheTemplatesFault) {
    const Catalog catalog{shipped};
    EXPECT_EQ(fault_of(catalog, "TempleOS", "5", "x86_64"), Fault::usage);
    EXPECT_EQ(fault_of(catalog, "Debian", "2", "x86_64"), Fault::usage);
    EXPECT_EQ(fault_of(catalog, "Debian", "slink", "x86_64"), Fault::usage);
    EXPECT_EQ(fault_of(catalog, "Debian", "", "x86_64"), Fault::usage);
    EXPECT_EQ(fault_of(catalog, "Debian", "13", "vax"), Fault::usage);
    EXPECT_EQ(fault_of(catalog, "RHEL-1", "0", "x86_64"), Fault::usage);
    EXPECT_EQ(fault_of(catalog, "TempleOS-5", "0", "x86_64"), Fault::usage);
    EXPECT_EQ(fault_of(catalog, "Ubuntu", "18.06", "x86_64"), Fault::usage);
}

TEST(Catalog, AnEmptyFolderIsAnError) {
    const TemporaryFolder folder{fs::temp_directory_path() / "glinda-test-"};
    EXPECT_THROW(Catalog{folder.path()}, Error);
}

TEST(Catalog, TellsTheDialectOfAnswerFiles) {
    const Catalog catalog{shipped};
    const Family& driven = *catalog.find("Debian", "13", "x86_64").family;
    EXPECT_EQ(driven.dialect, "preseed");
    EXPECT_EQ(driven.rules, "preseed.xml");
    const Family& other = *catalog.find("Alpine", "3.22", "x86_64").family;
    EXPECT_EQ(other.dialect, "shell");
    EXPECT_EQ(other.rules, "");
    for (const Family& family : catalog.families())
        EXPECT_EQ(family.dialect.empty(), family.id == "none") << family.id;
}

/// Every file of a family's folder is used, and every file that it names is there.
TEST(Catalog, TheFilesOfAFamilyAreThoseThatItNames) {
    const Catalog catalog{shipped};
    for (const Family& family : catalog.families()) {
        std::set<fs::path> named{"family.xml"};
        if (!family.answer_source.empty())
            named.insert({"errors.xml", family.answer_source});
        for (const Hook& hook : family.hooks)
            named.insert(hook.source);
        if (fs::exists(family.folder / "adopt.xml"))  // answer::adopt() looks for it
            named.insert("adopt.xml");
        std::set<fs::path> there;
        for (const auto& entry : fs::recursive_directory_iterator{family.folder})
            if (entry.is_regular_file())
                there.insert(fs::relative(entry.path(), family.folder));
        if (!family.rules.empty()) {
            const std::string rules = read_file(family.folder / family.rules);
            std::erase_if(there, [&](const fs::path& file) {
                const std::string further = format("file=\"{}\"", file.string());
                return file == family.rules || rules.find(further) != std::string::npos;
            });
        }
        EXPECT_EQ(named, there) << family.id;
    }
}

TEST(Catalog, AValueIsTheLastOneWhoseConditionsHold) {
    System stone{.name = "Stone", .releases = {{.version = "2"}}};
    System rebuilt{.name = "Pebble", .like = "Stone", .releases = {{.version = "10.1"}}};
    System rolling{.name = "Sand", .releases = {{.version = "rolling"}}};
    Family family;
    family.values = {{.name = "a", .value = "all"},
                     {.name = "a", .value = "new", .from = "3"},
                     {.name = "a", .value = "old", .until = "2.9"},
                     {.name = "like", .value = "yes", .systems = "Rock Stone"},
                     {.name = "efi", .value = "yes", .firmware = "efi"},
                     {.name = "disc", .value = "yes", .source = "iso", .label = "DISC"}};
    const auto value = [&](const System& system, const char* name, const Circumstances& now) {
        return values_of({&family, &system.releases.front(), true, &system}, now).at(name);
    };
    EXPECT_EQ(value(stone, "a", {}), "old");
    EXPECT_EQ(value(rebuilt, "a", {}), "new");
    EXPECT_EQ(value(rolling, "a", {}), "new");
    EXPECT_EQ(value(stone, "like", {}), "yes");
    EXPECT_EQ(value(rebuilt, "like", {}), "yes");
    EXPECT_EQ(value(rolling, "like", {}), "");
    EXPECT_EQ(value(stone, "efi", {.firmware = "bios"}), "");
    EXPECT_EQ(value(stone, "efi", {.firmware = "efi"}), "yes");
    EXPECT_EQ(value(stone, "disc", {.source = "iso", .label = "DISC 1"}), "yes");
    EXPECT_EQ(value(stone, "disc", {.source = "iso", .label = "DISK"}), "");
}

/// Whether a short id of libosinfo's is that of a release: named by it, or made of one of the
/// system's beginnings and the version, with or without an update behind it.
bool is_release(const std::string& id, const System& system, const Release& release) {
    if (id == release.osinfo)
        return true;
    return std::ranges::any_of(words(system.osinfo), [&](std::string_view beginning) {
        if (!id.starts_with(beginning))
            return false;
        const std::string_view version = std::string_view{id}.substr(beginning.size());
        const std::string known = lower(release.version);
        return known == "any" ||
               (version.starts_with(known) &&
                (version.size() == known.size() ||
                 std::isdigit(static_cast<unsigned char>(version[known.size()])) == 0));
    });
}

/// What the host's osinfo-db knows is driven, or is listed with the reason why it is not.
TEST(Catalog, EveryReleaseThatLibosinfoKnowsIsDrivenOrListedWithTheReason) {
    const fs::path known = "/usr/share/osinfo/os";
    ASSERT_TRUE(fs::exists(known)) << "the package osinfo-db is needed to run glinda";
    const Catalog catalog{shipped};
    for (const auto& entry : fs::recursive_directory_iterator{known}) {
        if (entry.path().extension() != ".xml")
            continue;
        const std::string text = read_file(entry.path());
        const std::size_t begin = text.find("<short-id>") + 10;
        const std::string id = text.substr(begin, text.find('<', begin) - begin);
        // libosinfo's own words for a release that it does not know.
        if (id.ends_with("-unknown") || id == "opensuse-factory" || id == "fedora-eln")
            continue;
        const bool listed = std::ranges::any_of(catalog.families(), [&](const Family& family) {
            return std::ranges::any_of(family.systems, [&](const System& system) {
                return std::ranges::any_of(system.releases, [&](const Release& release) {
                    return is_release(id, system, release) &&
                           (release.supported || !release.reason.empty());
                });
            });
        });
        EXPECT_TRUE(listed) << id;
    }
}

}  // namespace
}  // namespace glinda::catalog
