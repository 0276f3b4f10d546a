// The program from outside: what a person types and sees, without a guest.

#include <gmock/gmock.h>

#include "glinda/util/files.hpp"
#include "glinda/util/process.hpp"
#include "glinda/util/text.hpp"

namespace glinda::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;
namespace fs = std::filesystem;

class Cli : public testing::Test {
protected:
    Result glinda(std::vector<std::string> words, std::vector<std::string> variables = {}) {
        words.insert(words.begin(), GLINDA);
        variables.push_back("HOME=" + folder_.path().string());
        return SystemRunner{}.run(
            {.argv = std::move(words), .directory = folder_.path(), .variables = variables});
    }
    Result install(const fs::path& tdl, std::vector<std::string> words = {},
                   std::vector<std::string> variables = {}) {
        words.insert(words.begin(), {"install", tdl.string(), "--set",
                                     "paths.output_dir=" + folder_.path().string() + "/images",
                                     "--set", "paths.data_dir=" + folder_.path().string()});
        return glinda(std::move(words), std::move(variables));
    }
    fs::path tdl(const std::string& install_type, const std::string& location,
                 const std::string& extra = "") {
        const fs::path file = folder_.path() / "vm.tdl";
        write_file(file, format("<template>\n<name>vm</name>\n<os><name>Debian</name>"
                                "<version>13</version><arch>x86_64</arch>\n"
                                "<install type='{0}'><{0}>{1}</{0}></install></os>\n{2}</template>",
                                install_type, location, extra));
        return file;
    }
    std::vector<std::string> images() {
        std::vector<std::string> names;
        std::error_code none;
        for (const auto& entry : fs::directory_iterator{folder_.path() / "images", none})
            names.push_back(entry.path().filename());
        return names;
    }

    TemporaryFolder folder_{fs::temp_directory_path() / "glinda-test-"};
};

TEST_F(Cli, SaysItsVersionAndHelp) {
    EXPECT_THAT(glinda({"--version"}).output, StartsWith("glinda "));
    const Result help = glinda({"--help"});
    EXPECT_EQ(help.status, 0);
    EXPECT_THAT(help.output, AllOf(HasSubstr("install"), HasSubstr("validate"), HasSubstr("test")));
    EXPECT_THAT(glinda({"install", "--help"}).output, HasSubstr("--remaster"));
}

TEST_F(Cli, AWrongCommandLineIsStatusTwoAndOneMessage) {
    for (const auto& words : std::vector<std::vector<std::string>>{{},
                                                                   {"instal"},
                                                                   {"install"},
                                                                   {"install", "--colour", "a.tdl"},
                                                                   {"install", "-d", "x", "a"}}) {
        const Result result = glinda(words);
        EXPECT_EQ(result.status, 2) << join(words, " ");
        EXPECT_THAT(result.errors, StartsWith("glinda: ")) << join(words, " ");
        EXPECT_THAT(result.output, IsEmpty());
    }
}

TEST_F(Cli, ValidatesEachTemplate) {
    const fs::path good = tdl("url", "http://mirror.example.org/");
    const fs::path bad = folder_.path() / "bad.tdl";
    write_file(bad, "<template>\n<name>x</name>\n</template>");
    const Result result = glinda({"validate", good.string(), bad.string()});
    EXPECT_EQ(result.status, 2);
    EXPECT_THAT(result.output, AllOf(HasSubstr("vm.tdl: valid\n"), HasSubstr("bad.tdl:")));
    EXPECT_EQ(glinda({"validate", good.string()}).status, 0);
}

TEST_F(Cli, AnUnknownElementIsNamedWithFileAndLine) {
    const Result result = install(tdl("url", "http://mirror.example.org/", "<colour/>\n"));
    EXPECT_EQ(result.status, 2);
    EXPECT_THAT(result.errors,
                AllOf(StartsWith("glinda: "), HasSubstr("vm.tdl:5: "), HasSubstr("colour")));
}

TEST_F(Cli, AMissingTemplateOrMediumIsTheUsersFault) {
    EXPECT_EQ(install("none.tdl").status, 2);
    const Result result = install(tdl("iso", "/no/such.iso"));
    EXPECT_EQ(result.status, 2);
    EXPECT_THAT(result.errors, HasSubstr("/no/such.iso"));
}

TEST_F(Cli, ATruncatedIsoIsRefusedBeforeAnythingIsMade) {
    const fs::path iso = folder_.path() / "cut.iso";
    write_file(folder_.path() / "content", std::string(4'000'000, 'x'));
    SystemRunner{}.output_of({.argv = {"xorriso", "-as", "mkisofs", "-quiet", "-o", iso.string(),
                                       (folder_.path() / "content").string()}});
    fs::resize_file(iso, fs::file_size(iso) / 2);
    const Result result = install(tdl("iso", iso.string()));
    EXPECT_EQ(result.status, 2);
    EXPECT_THAT(result.errors, AllOf(HasSubstr("cut.iso"), HasSubstr("truncated")));
    EXPECT_THAT(images(), IsEmpty());
}

TEST_F(Cli, AUrlOfThisMachineItselfIsRefusedWithTheWayOut) {
    const Result result = install(tdl("url", "http://localhost:1/debian"));
    EXPECT_EQ(result.status, 2);
    EXPECT_THAT(result.errors, HasSubstr("give the tree's folder instead"));
}

TEST_F(Cli, AnExistingImageIsNotTouched) {
    make_folders(folder_.path() / "images");
    make_folders(folder_.path() / "tree");
    write_file(folder_.path() / "images/vm.dsk", "precious");
    const Result result = install(tdl("url", "tree"));
    EXPECT_EQ(result.status, 2);
    EXPECT_THAT(result.errors, AllOf(HasSubstr("vm.dsk exists already"), HasSubstr("-p")));
    EXPECT_EQ(read_file(folder_.path() / "images/vm.dsk"), "precious");
}

TEST_F(Cli, AMissingQemuIsNamedAndNothingIsLeft) {
    make_folders(folder_.path() / "tree");
    const Result result = install(tdl("url", "tree"), {}, {"PATH=" + folder_.path().string()});
    EXPECT_EQ(result.status, 1);
    EXPECT_THAT(result.errors,
                AllOf(StartsWith("glinda: "), HasSubstr("qemu"), HasSubstr("install")));
    EXPECT_THAT(images(), IsEmpty());
}

TEST_F(Cli, AWrongSettingIsNamed) {
    const Result result = install(tdl("url", "tree"), {"--set", "timeouts.instal=3"});
    EXPECT_EQ(result.status, 2);
    EXPECT_THAT(result.errors, HasSubstr("instal"));
}

TEST_F(Cli, ADryRunPrintsThePlanAndMakesNothing) {
    make_folders(folder_.path() / "tree");
    const Result result = install(tdl("url", "tree", "<disk><size>3</size></disk>"), {"--dry-run"});
    EXPECT_EQ(result.status, 0) << result.errors;
    EXPECT_THAT(result.output, AllOf(HasSubstr("3.0 GiB"), HasSubstr("preseed.cfg"),
                                     HasSubstr("<domain"), HasSubstr("(hidden)")));
    EXPECT_THAT(images(), IsEmpty());
    EXPECT_FALSE(fs::exists(folder_.path() / "builds"));
}

}  // namespace
}  // namespace glinda::cli
