#include <gmock/gmock.h>

#include <set>

#include "glinda/catalog/family.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/files.hpp"

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
    EXPECT_EQ(fault_of(catalog, "Debian", "13", "vax"), Fault::usage);
}

TEST(Catalog, AnEmptyFolderIsAnError) {
    const TemporaryFolder folder{fs::temp_directory_path() / "glinda-test-"};
    EXPECT_THROW(Catalog{folder.path()}, Error);
}

/// Every file of a family's folder is used, and every file that it names is there.
TEST(Catalog, TheFilesOfAFamilyAreThoseThatItNames) {
    const Catalog catalog{shipped};
    const Family& family = *catalog.find("Debian", "13", "x86_64").family;
    std::set<fs::path> named{"family.xml", "errors.xml", family.answer_source};
    for (const Hook& hook : family.hooks)
        named.insert(hook.source);
    std::set<fs::path> there;
    for (const auto& entry : fs::recursive_directory_iterator{family.folder})
        if (entry.is_regular_file())
            there.insert(fs::relative(entry.path(), family.folder));
    EXPECT_EQ(named, there);
}

}  // namespace
}  // namespace glinda::catalog
