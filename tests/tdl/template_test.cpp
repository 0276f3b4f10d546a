#include "glinda/tdl/template.hpp"

#include <gmock/gmock.h>

#include "glinda/util/error.hpp"
#include "glinda/util/files.hpp"

namespace glinda::tdl {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
namespace fs = std::filesystem;

constexpr const char* url_install =
    "<install type='url'><url>http://example.org/tree</url></install>";

class ReadTemplate : public testing::Test {
protected:
    Template read(const std::string& text) {
        write_file(file_, text);
        return read_template(file_, SOURCE_FOLDER "/config/tdl.rng");
    }
    Template read_os(const std::string& os, const std::string& rest = "") {
        return read("<template><name>vm</name><os>" + os + "</os>" + rest + "</template>");
    }
    /// What is said of a wrong template; all are the user's fault.
    std::string complaint(const std::string& text) {
        try {
            read(text);
        } catch (const Error& error) {
            EXPECT_EQ(error.fault(), Fault::usage);
            return error.what();
        }
        ADD_FAILURE() << "it was accepted: " << text;
        return "";
    }
    static std::string os(const std::string& arch = "x86_64",
                          const std::string& install = url_install) {
        return "<name>Debian</name><version>13</version><arch>" + arch + "</arch>" + install;
    }

    TemporaryFolder folder_{fs::temp_directory_path() / "glinda-test-"};
    fs::path file_ = folder_.path() / "vm.tdl";
};

TEST_F(ReadTemplate, ReadsWhatIsThere) {
    const Template got = read(
        "<?xml version='1.0' encoding='UTF-8'?><template version='1.0'> <name> vm </name>"
        "<description>a test</description><os>" +
        os("i386",
           "<install type='iso'><iso>/a.iso</iso><sha256sum>http://x/SUMS</sha256sum>"
           "</install>") +
        "<rootpw>s3cret</rootpw><kernelparam>quiet</kernelparam></os>"
        "<packages><package name='vim'/><package name='git'/></packages>"
        "<disk><size>20</size></disk></template>");
    EXPECT_EQ(got.name, "vm");
    EXPECT_EQ(got.description, "a test");
    EXPECT_EQ(got.os, "Debian");
    EXPECT_EQ(got.version, "13");
    EXPECT_EQ(got.arch, "i386");
    EXPECT_EQ(got.install_type, InstallType::iso);
    EXPECT_EQ(got.location, "/a.iso");
    EXPECT_EQ(got.checksum->algorithm, "sha256");
    EXPECT_EQ(got.checksum->location, "http://x/SUMS");
    EXPECT_EQ(got.root_password, "s3cret");
    EXPECT_EQ(got.kernel_parameters, "quiet");
    EXPECT_EQ(got.disk_size, 20ULL << 30U);
    ASSERT_EQ(got.packages.size(), 2U);
    EXPECT_EQ(got.packages[1].name, "git");
}

TEST_F(ReadTemplate, HasTheDocumentedDefaults) {
    const Template got = read_os(os());
    EXPECT_EQ(got.disk_size, 10ULL << 30U);
    EXPECT_EQ(got.root_password, std::nullopt);
    EXPECT_THAT(got.customizations, ElementsAre());
}

TEST_F(ReadTemplate, NamesTheSectionsThatTheInstallationDoesNotDo) {
    EXPECT_THAT(read_os(os(), "<files><file name='/a'>b</file></files><commands/>").customizations,
                ElementsAre("files"));
}

TEST_F(ReadTemplate, AnUnknownElementIsNamedWithItsLine) {
    EXPECT_THAT(
        complaint("<template>\n<name>vm</name>\n<os>" + os() + "</os>\n<colour/>\n</template>"),
        AllOf(HasSubstr("vm.tdl:4:"), HasSubstr("colour")));
}

TEST_F(ReadTemplate, BrokenXmlIsNamedWithItsLine) {
    EXPECT_THAT(complaint("<template>\n<name>vm</nam>\n</template>"), HasSubstr("vm.tdl:2:"));
    EXPECT_THAT(complaint(""), HasSubstr("vm.tdl:"));
}

TEST_F(ReadTemplate, AWrongValueIsNamedWithItsLineAndWhatWouldBeRight) {
    EXPECT_THAT(complaint("<template>\n<name>vm</name>\n<os>" + os("vax") + "</os></template>"),
                AllOf(HasSubstr("vm.tdl:3: <arch> is \"vax\""), HasSubstr("x86_64")));
    EXPECT_THAT(complaint("<template><name>vm</name><os>" + os() +
                          "</os>\n<disk><size>10k</size></disk></template>"),
                AllOf(HasSubstr("vm.tdl:2: <size> is \"10k\""), HasSubstr("16GiB")));
}

TEST_F(ReadTemplate, ANameThatCouldLeaveItsFolderIsRefused) {
    for (const char* name : {"../vm", ".vm", "a b", "a/b", ""})
        EXPECT_THAT(complaint("<template><name>" + std::string{name} + "</name><os>" + os() +
                              "</os></template>"),
                    HasSubstr("<name>"))
            << name;
}

TEST_F(ReadTemplate, AnExternalEntityIsRefusedAndNotRead) {
    write_file(folder_.path() / "secret", "s3cret");
    const std::string text = "<!DOCTYPE template [<!ENTITY e SYSTEM 'file://" +
                             (folder_.path() / "secret").string() +
                             "'>]><template><name>vm</name><description>&e;</description><os>" +
                             os() + "</os></template>";
    EXPECT_THAT(complaint(text), testing::Not(HasSubstr("s3cret")));
}

struct SizeCase {
    const char* text;
    std::optional<std::uint64_t> bytes;
};
class DiskSize : public testing::TestWithParam<SizeCase> {};
TEST_P(DiskSize, MeansSoManyBytes) {
    EXPECT_EQ(to_bytes(GetParam().text), GetParam().bytes);
}
INSTANTIATE_TEST_SUITE_P(
    Units, DiskSize,
    testing::Values(SizeCase{"10", 10ULL << 30U}, SizeCase{"10G", 10ULL << 30U},
                    SizeCase{"2 T", 2ULL << 40U}, SizeCase{"512B", 512}, SizeCase{"5kb", 5000},
                    SizeCase{"5KiB", 5120}, SizeCase{"3MB", 3000000},
                    SizeCase{"16GiB", 16ULL << 30U}, SizeCase{"10k", std::nullopt},
                    SizeCase{"GB", std::nullopt}, SizeCase{"", std::nullopt},
                    SizeCase{"-1", std::nullopt}, SizeCase{"1.5G", std::nullopt},
                    SizeCase{"10Gi", std::nullopt}, SizeCase{"99999999YB", std::nullopt}));

}  // namespace
}  // namespace glinda::tdl
