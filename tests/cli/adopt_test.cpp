// `glinda adopt` from outside.

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "glinda/util/files.hpp"
#include "glinda/util/process.hpp"

namespace glinda::cli {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;
namespace fs = std::filesystem;

constexpr const char* machine = TEST_DATA "/adopt/rhel-7.ks";

class Adopt : public testing::Test {
protected:
    Result run(std::vector<std::string> words) {
        words.insert(words.begin(), GLINDA);
        return SystemRunner{}.run({.argv = std::move(words),
                                   .directory = folder_.path(),
                                   .variables = {"HOME=" + folder_.path().string()}});
    }
    Result adopt(std::vector<std::string> words) {
        words.insert(words.begin(), "adopt");
        return run(std::move(words));
    }
    [[nodiscard]] std::vector<std::string> files() const {
        std::vector<std::string> names;
        for (const auto& entry : fs::directory_iterator{folder_.path()})
            names.push_back(entry.path().filename());
        return names;
    }
    [[nodiscard]] fs::path file(const std::string& name) const { return folder_.path() / name; }

    TemporaryFolder folder_{fs::temp_directory_path() / "glinda-adopt-"};
};

TEST_F(Adopt, WritesATemplateAndAnAnswerFileNamedAsTheMachine) {
    const Result result = adopt({machine});
    EXPECT_EQ(result.status, 0) << result.errors;
    EXPECT_THAT(result.errors, IsEmpty());
    EXPECT_THAT(files(), testing::UnorderedElementsAre("app7.tdl", "app7.ks"));
    EXPECT_THAT(result.output,
                AllOf(HasSubstr("   34  part /boot --fstype=\"xfs\" --ondisk=sda --size=1024\n"
                                "    -> part /boot --fstype=\"xfs\" --size=1024\n"),
                      HasSubstr("glinda install -a app7.ks --var iso=")));
    EXPECT_EQ(run({"validate", "--var", "iso=medium.iso", "app7.tdl"}).status, 0);
}

TEST_F(Adopt, LetsNobodyElseReadTheFiles) {
    ASSERT_EQ(adopt({machine, "-o", "new/folder"}).status, 0);
    for (const char* name : {"new/folder/app7.ks", "new/folder/app7.tdl"})
        EXPECT_EQ(fs::status(file(name)).permissions(),
                  fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(Adopt, PrintsNoSecret) {
    const Result result = adopt({machine, "--json"});
    EXPECT_THAT(result.output + result.errors, Not(HasSubstr("SECRET")));
    EXPECT_THAT(read_file(file("app7.ks")), HasSubstr("SECRET"));
}

TEST_F(Adopt, PrintsOneObject) {
    const json object = json::parse(adopt({machine, "--json", "--name", "seven"}).output);
    EXPECT_EQ(object["system"], "RHEL");
    EXPECT_EQ(object["version"], "7");
    EXPECT_EQ(object["template"], "seven.tdl");
    EXPECT_EQ(object["answer_file"], "seven.ks");
    const json& first = object["lines"][0];
    EXPECT_EQ(first["line"], 7);
    EXPECT_EQ(first["action"], "kept");
    EXPECT_EQ(first["before"], "graphical");
}

TEST_F(Adopt, ReplacesNothingUnlessAsked) {
    write_file(file("app7.tdl"), "mine");
    const Result refused = adopt({machine});
    EXPECT_EQ(refused.status, 2);
    EXPECT_THAT(refused.errors, HasSubstr("app7.tdl exists already; nothing was written"));
    EXPECT_THAT(files(), testing::ElementsAre("app7.tdl"));
    EXPECT_EQ(adopt({machine, "-f"}).status, 0);
    EXPECT_THAT(read_file(file("app7.tdl")), StartsWith("<template>"));
}

TEST_F(Adopt, RefusesWhatNoInstallerHasLeft) {
    write_file(file("notes"), "lang en_US.UTF-8 is what we use\n");
    const Result result = adopt({"notes"});
    EXPECT_EQ(result.status, 2);
    EXPECT_THAT(result.errors,
                StartsWith("glinda: notes: this is not what an installer leaves on its machine\n"));
    EXPECT_THAT(files(), testing::ElementsAre("notes"));
}

TEST_F(Adopt, AsksForTheReleaseIfTheFileDoesNotTell) {
    write_file(file("own.ks"), "lang en_US.UTF-8\nrootpw --lock\n%packages\n%end\n");
    const Result asked = adopt({"own.ks"});
    EXPECT_EQ(asked.status, 2);
    EXPECT_THAT(asked.errors, AllOf(HasSubstr("own.ks: the file does not tell which release"),
                                    HasSubstr("--os NAME VERSION")));
    EXPECT_EQ(adopt({"own.ks", "--os", "rhel", "9"}).status, 0);
    EXPECT_THAT(read_file(file("rhel-9.tdl")),
                AllOf(HasSubstr("<name>RHEL</name>"), HasSubstr("<version>9</version>")));
}

TEST_F(Adopt, MakesAValidTemplateOfEveryDialect) {
    for (const char* sample : {"debian-12.cfg", "leap-15.xml", "rocky-9.ks", "ubuntu-22.04.yaml"}) {
        const Result result = adopt({fs::path{TEST_DATA "/adopt"} / sample, "--name", "vm", "-f"});
        EXPECT_EQ(result.status, 0) << sample << result.errors;
        std::vector<std::string> validate{"validate", "vm.tdl"};
        if (result.output.find("--var iso=") != std::string::npos)
            validate.insert(validate.end(), {"--var", "iso=medium.iso"});
        EXPECT_EQ(run(validate).status, 0) << sample;
    }
}

TEST_F(Adopt, WritesTheNumberOfAReleaseThatTheFileHasTheNameOf) {
    ASSERT_EQ(adopt({TEST_DATA "/adopt/debian-12.cfg"}).status, 0);
    EXPECT_THAT(read_file(file("files12.tdl")), HasSubstr("<version>12</version>"));
    EXPECT_TRUE(fs::exists(file("files12.cfg")));
}

TEST_F(Adopt, RefusesASystemThatNobodyKnows) {
    const Result result = adopt({machine, "--os", "Hurd", "1"});
    EXPECT_EQ(result.status, 2);
    EXPECT_THAT(result.errors, HasSubstr("Hurd is not known"));
    EXPECT_THAT(files(), IsEmpty());
}

TEST_F(Adopt, RefusesANameThatIsNone) {
    for (const char* name : {"../up", ".hidden", "a b", "${x}"})
        EXPECT_EQ(adopt({machine, "--name", name}).status, 2) << name;
    EXPECT_THAT(files(), IsEmpty());
}

}  // namespace
}  // namespace glinda::cli
