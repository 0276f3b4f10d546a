// Families that are made up here, by files alone, and what their installers find.

#include "drive.hpp"

#include <gmock/gmock.h>

#include "glinda/media/iso.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/files.hpp"
#include "glinda/util/process.hpp"

namespace glinda::pipeline {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

class Silent : public Progress {
public:
    void phase(std::string_view /*name*/) override {}
    void now(std::string_view /*text*/) override {}
    void info(std::string_view /*text*/) override {}
    void warning(std::string_view /*text*/) override {}
    void debug(std::string_view /*text*/) override {}
};

class MadeUpFamily : public testing::Test {
protected:
    void make_family(const std::string& answer, const std::string& more = "") {
        const fs::path family = folder_.path() / "auto" / "made-up";
        make_folders(family);
        write_file(family / "errors.xml", "<failures/>");
        write_file(family / "answers.txt", "root={{root_password_crypt}} {{greeting}}\n");
        write_file(family / "start.sh", "#!/bin/sh\necho {{greeting|shell}}\n");
        write_file(family / "family.xml",
                   "<family><system name='MadeUp'><release version='1'/></system>"
                   "<arch name='x86_64'/><medium/><command-line/>" +
                       answer + more +
                       "<value name='greeting' is='hello you' label='MADE'/>"
                       "<hardware machine='q35' disk-bus='virtio' disk='/dev/vda' "
                       "other-disk='/dev/sda' nic='virtio' optical-bus='sata' "
                       "tcg-cpu='maximum' tcg-cpus='1'/>"
                       "<success pattern='^done$' restarts='yes'/></family>");
    }
    Plan plan() {
        settings_.image_type = "raw";
        tdl::Template wanted;
        wanted.name = "vm";
        wanted.os = "MadeUp";
        wanted.version = "1";
        wanted.arch = "x86_64";
        wanted.install_type = tdl::InstallType::iso;
        catalog_.emplace(folder_.path() / "auto");
        const catalog::Match match = catalog_->find("MadeUp", "1", "x86_64");
        Sources sources{.answer = read_file(match.family->folder / "answers.txt"),
                        .answer_name = "answers.txt"};
        for (const catalog::Hook& hook : match.family->hooks)
            sources.hooks.push_back(read_file(match.family->folder / hook.source));
        return make_plan({}, wanted, match, settings_, {.label = "MADE UP 1"}, sources,
                         std::nullopt, {{"$6$hash", "", ""}, {}});
    }
    fs::path drive_of(const Plan& made, const std::vector<media::IsoChange>& extras = {}) {
        const fs::path image = folder_.path() / "drive.iso";
        SystemRunner runner;
        Silent silent;
        make_answer_drive(made, extras, image, {settings_, "", "", runner, silent, {}});
        return image;
    }

    TemporaryFolder folder_{fs::temp_directory_path() / "glinda-test-"};
    settings::Settings settings_{};
    std::optional<catalog::Catalog> catalog_;
};

TEST_F(MadeUpFamily, FindsItsFilesOnALabelledDrive) {
    make_family(
        "<answer dialect='shell' source='answers.txt' path='here/answers' by='drive' "
        "label='MADE'/>",
        "<hook source='start.sh' path='start'/>");
    const Plan made = plan();
    const media::Iso drive{drive_of(made)};
    EXPECT_EQ(drive.volume().label, "MADE");
    EXPECT_EQ(drive.read("here/answers", 100), "root='$6$hash' 'hello you'\n");
    EXPECT_EQ(drive.read("start", 100), "#!/bin/sh\necho 'hello you'\n");
    ASSERT_EQ(made.machine.disks.size(), 3U);  // the image, the medium, the drive
    EXPECT_EQ(made.machine.disks[2].role, virt::Role::optical);
    EXPECT_EQ(finished_machine(made, {}).disks.size(), 1U);
}

TEST_F(MadeUpFamily, HasItsExtrasOnTheDriveIfTheMediumBootsByItself) {
    make_family("<answer dialect='shell' source='answers.txt' path='a' by='drive' label='MADE'/>");
    EXPECT_TRUE(extras_are_on_drive(plan()));
    write_file(folder_.path() / "net.inf", "a driver");
    const media::Iso drive{drive_of(
        plan(),
        {{.path = "drivers/"}, {.path = "drivers/net.inf", .file = folder_.path() / "net.inf"}})};
    EXPECT_EQ(drive.read("drivers/net.inf", 100), "a driver");
    EXPECT_EQ(drive.read("a", 100), "root='$6$hash' 'hello you'\n");
}

TEST_F(MadeUpFamily, HasAnyKeyPressedIfItsMediumAsksForOne) {
    make_family("<answer dialect='shell' source='answers.txt' path='a' by='drive' label='MADE'/>");
    EXPECT_THAT(plan_text(plan()), testing::Not(HasSubstr("the space bar")));
    const fs::path family = folder_.path() / "auto/made-up/family.xml";
    std::string text = read_file(family);
    text.replace(text.find("<medium/>"), 9, "<medium asks-for-key='yes'/>");
    write_file(family, text);
    EXPECT_EQ(plan().any_key, catalog::AnyKey::needed);
    EXPECT_THAT(plan_text(plan()), HasSubstr("the space bar is pressed each second"));
}

TEST_F(MadeUpFamily, FindsItsFilesInAnArchiveOnADrive) {
    make_family(
        "<answer dialect='shell' source='answers.txt' path='etc/answers' by='drive' label='MADE' "
        "archive='all.tar.gz'/>",
        "<hook source='start.sh' path='etc/start.sh'/>");
    const fs::path archive = folder_.path() / "all.tar.gz";
    media::Iso{drive_of(plan())}.extract("all.tar.gz", archive);
    SystemRunner runner;
    const std::string listed =
        runner.output_of({.argv = {"tar", "--list", "--verbose", "--file", archive.string()}});
    EXPECT_THAT(listed, testing::ContainsRegex("drwxr-xr-x 0/0 .* etc/\n"));
    EXPECT_THAT(listed, testing::ContainsRegex("-rw-r--r-- 0/0 .* etc/answers\n"));
    EXPECT_THAT(listed, testing::ContainsRegex("-rwxr-xr-x 0/0 .* etc/start.sh\n"));
    EXPECT_THAT(listed, testing::Not(HasSubstr(" ./\n")));
}

TEST_F(MadeUpFamily, StartsAnewFromItsDisk) {
    make_family("<answer dialect='shell' source='answers.txt' path='answers' by='medium'/>");
    const Plan made = plan();
    EXPECT_EQ(made.delivery, catalog::Delivery::medium);
    EXPECT_THAT(virt::domain_xml(made.machine), HasSubstr("<on_reboot>restart</on_reboot>"));
    EXPECT_THAT(virt::domain_xml(finished_machine(made, {})),
                HasSubstr("<on_reboot>destroy</on_reboot>"));
    EXPECT_THAT(plan_text(made), HasSubstr("medium:        boots by itself"));
    EXPECT_THAT(plan_text(made), HasSubstr("onto medium:   /answers"));
}

TEST_F(MadeUpFamily, WithoutPasswordHashesRefusesThem) {
    make_family("<answer dialect='unattend' source='answers.txt' path='answers' by='medium'/>");
    EXPECT_THAT([&] { plan(); },
                testing::ThrowsMessage<Error>(HasSubstr("MadeUp takes no hashes of crypt(5)")));
}

}  // namespace
}  // namespace glinda::pipeline
