#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <set>

#include "glinda/inventory/manifest.hpp"
#include "glinda/util/error.hpp"

namespace glinda::inventory {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;

constexpr const char* noon = "2026-01-31T12:00:00Z";

std::vector<std::string> listed(const std::vector<Package>& packages) {
    std::vector<std::string> names;
    for (const Package& package : packages)
        names.push_back(package.listed);
    return names;
}

Manifest two_rpms() {
    return {.name = "vm",
            .description = "A <small> image",
            .kind = "rpm",
            .system = {.id = "system", .version = "9", .name = "System 9"},
            .packages = parse_rpm("zlib\t(none)\t1.2-3.el9\tx86_64\tzlib and Boost\t"
                                  "zlib-1.2-3.el9.src.rpm\tzlib-1.2-3.el9.x86_64\n"
                                  "bind+x\t32\t9.16-1\tnoarch\t\t(none)\tbind+x-9.16-1.noarch\n")};
}

TEST(Dpkg, ListsWhatIsInstalledAsDpkgNamesIt) {
    const auto packages = parse_dpkg(
        "Package: libc6\nStatus: install ok installed\nArchitecture: amd64\nMulti-Arch: same\n"
        "Source: glibc (2.36-1)\nVersion: 2.36-1+b1\nDescription: x\n Version: no\n\n"
        "Package: gone\nStatus: deinstall ok config-files\nVersion: 1\nArchitecture: amd64\n\n"
        "Package: wine32\nStatus: install ok installed\nVersion: 8\nArchitecture: i386\n\n"
        "Package: dpkg\nStatus: hold ok triggers-pending\nVersion: 1:1.21\nArchitecture: amd64\n");
    EXPECT_THAT(listed(packages), ElementsAre("dpkg", "libc6:amd64", "wine32:i386"));
    EXPECT_EQ(packages[0].version, "1:1.21");
    EXPECT_EQ(packages[0].source_version, "1:1.21");
    EXPECT_EQ(packages[1].source, "glibc");
    EXPECT_EQ(packages[1].source_version, "2.36-1");
    EXPECT_EQ(packages[1].version, "2.36-1+b1");
}

TEST(Apk, ListsNamesVersionsLicencesAndOrigins) {
    const auto packages = parse_apk(
        "C:Q1abc=\nP:musl\nV:1.2.4-r2\nA:x86_64\nL:MIT\no:musl\nF:lib\nR:libc.so\n\n"
        "P:ssl_client\nV:1.36.1-r5\nA:x86_64\nL:GPL-2.0-only\no:busybox\n");
    EXPECT_THAT(listed(packages), ElementsAre("musl-1.2.4-r2", "ssl_client-1.36.1-r5"));
    EXPECT_EQ(packages[1].source, "busybox");
    EXPECT_EQ(packages[1].license, "GPL-2.0-only");
}

TEST(Pacman, TakesNameAndVersionFromTheFolders) {
    const auto packages = parse_pacman({"gcc-libs-13.2.1-3", "acl-2:2.3.1-1", "nonsense", "-a-b"});
    ASSERT_EQ(packages.size(), 2U);
    EXPECT_EQ(packages[0].name, "acl");
    EXPECT_EQ(packages[0].version, "2:2.3.1-1");
    EXPECT_EQ(packages[1].name, "gcc-libs");
}

TEST(Rpm, KeepsEpochSourceAndLicence) {
    const auto packages = two_rpms().packages;
    EXPECT_EQ(packages[0].version, "32:9.16-1");
    EXPECT_EQ(packages[0].source, "");
    EXPECT_EQ(packages[1].source, "zlib");
    EXPECT_EQ(packages[1].source_version, "1.2-3.el9");
}

TEST(Databases, NonsenseAndHostileBytesAreNoPackages) {
    EXPECT_THAT(parse_dpkg("\n\n:\n a\nPackage:\n"), testing::IsEmpty());
    EXPECT_THAT(parse_apk(std::string(100'000, '\n')), testing::IsEmpty());
    const auto packages = parse_rpm("a\x1b[2Jb\xff\n");
    ASSERT_EQ(packages.size(), 1U);
    EXPECT_EQ(packages[0].name, "ab?");
}

TEST(OsRelease, TakesQuotesAndEscapesAway) {
    const System system =
        parse_os_release("# x\nID=system\nVERSION_ID='9.1'\nPRETTY_NAME=\"The \\\"One\\\"\"\n");
    EXPECT_EQ(system.id, "system");
    EXPECT_EQ(system.version, "9.1");
    EXPECT_EQ(system.name, "The \"One\"");
}

TEST(PackageUrl, FollowsTheSpecification) {
    const Manifest manifest = two_rpms();
    EXPECT_EQ(package_url(manifest.packages[0], manifest),
              "pkg:rpm/system/bind%2Bx@9.16-1?arch=noarch&distro=system-9&epoch=32");
    Manifest deb{.name = "vm", .kind = "deb"};
    EXPECT_EQ(package_url({.name = "libc6", .version = "1:2.36-9+deb12u1"}, deb),
              "pkg:deb/libc6@1:2.36-9%2Bdeb12u1");
}

TEST(Icicle, IsAsOzWritesIt) {
    Manifest manifest = two_rpms();
    manifest.packages[1].extra = "signed & sealed";
    EXPECT_EQ(to_icicle(manifest),
              "<icicle>\n"
              "  <description>A &lt;small&gt; image</description>\n"
              "  <packages>\n"
              "    <package name=\"bind+x-9.16-1.noarch\" />\n"
              "    <package name=\"zlib-1.2-3.el9.x86_64\">\n"
              "      <extra>signed &amp; sealed</extra>\n"
              "    </package>\n"
              "  </packages>\n"
              "</icicle>\n");
}

TEST(Extra, GoesToThePackageOfItsLine) {
    std::vector<Package> packages = two_rpms().packages;
    add_extra(packages, "zlib-1.2-3.el9.x86_64\nbind+x-9.16-1.noarch\n", "of zlib\nof bind\n");
    EXPECT_EQ(packages[0].extra, "of bind");
    EXPECT_EQ(packages[1].extra, "of zlib");
    EXPECT_THROW(add_extra(packages, "one\ntwo\n", "one line\n"), Error);
}

// What the schema of SPDX 2.3 requires, and what its specification says of identifiers.
TEST(Spdx, HasWhatItsSchemaRequires) {
    const json document = json::parse(to_spdx(two_rpms(), noon));
    for (const char* key :
         {"SPDXID", "creationInfo", "dataLicense", "name", "spdxVersion", "documentNamespace"})
        EXPECT_TRUE(document.contains(key)) << key;
    EXPECT_EQ(document["spdxVersion"], "SPDX-2.3");
    EXPECT_EQ(document["dataLicense"], "CC0-1.0");
    EXPECT_EQ(document["creationInfo"]["created"], noon);
    EXPECT_THAT(document["creationInfo"]["creators"][0].get<std::string>(), HasSubstr("Tool: "));
    std::set<std::string> ids;
    for (const json& package : document["packages"]) {
        for (const char* key : {"SPDXID", "name", "downloadLocation"})
            EXPECT_TRUE(package.contains(key)) << key;
        EXPECT_TRUE(ids.insert(package["SPDXID"]).second);
    }
    EXPECT_EQ(ids.size(), 3U);
    ids.insert("SPDXRef-DOCUMENT");
    for (const json& relation : document["relationships"]) {
        EXPECT_TRUE(ids.contains(relation["spdxElementId"]));
        EXPECT_TRUE(ids.contains(relation["relatedSpdxElement"]));
    }
    EXPECT_EQ(document["packages"][0]["primaryPackagePurpose"], "OPERATING_SYSTEM");
    EXPECT_EQ(document["packages"][1]["externalRefs"][0]["referenceCategory"], "PACKAGE-MANAGER");
    // A license in a notation of its own is defined in the document.
    EXPECT_EQ(document["packages"][2]["licenseDeclared"], "LicenseRef-1");
    EXPECT_EQ(document["hasExtractedLicensingInfos"][0]["licenseId"], "LicenseRef-1");
    EXPECT_EQ(document["hasExtractedLicensingInfos"][0]["extractedText"], "zlib and Boost");
}

TEST(CycloneDx, HasWhatItsSchemaRequires) {
    Manifest manifest = two_rpms();
    manifest.packages.push_back(manifest.packages.back());  // twice the same
    const json document = json::parse(to_cyclonedx(manifest, noon));
    EXPECT_EQ(document["bomFormat"], "CycloneDX");
    EXPECT_EQ(document["specVersion"], "1.5");
    EXPECT_EQ(document["version"], 1);
    EXPECT_THAT(document["serialNumber"].get<std::string>(),
                testing::MatchesRegex("urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-"
                                      "[0-9a-f]{12}"));
    std::set<std::string> references;
    for (const json& component : document["components"]) {
        EXPECT_TRUE(component.contains("type") && component.contains("name"));
        EXPECT_TRUE(references.insert(component["bom-ref"]).second);
    }
    EXPECT_EQ(references.size(), 3U);
    EXPECT_EQ(document["components"][1]["licenses"][0]["license"]["name"], "zlib and Boost");
}

TEST(Documents, AreTheSameForTheSameImage) {
    EXPECT_EQ(to_spdx(two_rpms(), noon), to_spdx(two_rpms(), noon));
    Manifest other = two_rpms();
    other.packages.pop_back();
    EXPECT_NE(json::parse(to_cyclonedx(two_rpms(), noon))["serialNumber"],
              json::parse(to_cyclonedx(other, noon))["serialNumber"]);
}

TEST(Documents, AreReadBack) {
    const Manifest manifest = two_rpms();
    for (const std::string& text : {to_spdx(manifest, noon), to_cyclonedx(manifest, noon)})
        EXPECT_EQ(difference(read_document(text, "it"), manifest.packages), "");
    EXPECT_EQ(read_document(to_icicle(manifest), "it").size(), 2U);
}

TEST(Documents, WhatIsNoneIsSaidByItsName) {
    for (const std::string text :
         {"", "{}", "<domain/>", "[1", "{\"spdxVersion\":1,\"packages\":[{}]}",
          "{\"bomFormat\":\"CycloneDX\",\"components\":5}"}) {
        try {
            static_cast<void>(read_document(text, "it.json"));
            ADD_FAILURE() << text;
        } catch (const Error& error) {
            EXPECT_EQ(error.fault(), Fault::usage);
            EXPECT_THAT(error.what(), HasSubstr("it.json is no manifest"));
        }
    }
}

TEST(Documents, HostileDepthEndsWithOneMessage) {
    EXPECT_THROW(static_cast<void>(read_document(std::string(1'000'000, '['), "it")), Error);
}

TEST(Difference, SaysWhatCameWentAndChanged) {
    EXPECT_EQ(difference({{.name = "a", .version = "1"},
                          {.name = "b", .version = "1"},
                          {.name = "kernel", .version = "5"},
                          {.name = "same", .version = "1"}},
                         {{.name = "a", .version = "2"},
                          {.name = "c", .version = "1"},
                          {.name = "kernel", .version = "5"},
                          {.name = "kernel", .version = "6"},
                          {.name = "same"}}),
              "~ a 1 -> 2\n- b 1\n+ c 1\n~ kernel 5 -> 5, 6\n");
}

}  // namespace
}  // namespace glinda::inventory
