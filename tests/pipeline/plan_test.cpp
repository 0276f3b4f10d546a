#include "plan.hpp"

#include <gmock/gmock.h>

#include "glinda/util/error.hpp"
#include "golden.hpp"

namespace glinda::pipeline {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

/// The plan of a template that one test changes in one point.
class PlanTest : public testing::Test {
protected:
    PlanTest() {
        settings_.output_dir = "/images";
        settings_.image_type = "raw";
        settings_.memory = 1024;
        settings_.cpus = 1;
        settings_.rng_model = "random";
        settings_.rng_device = "/dev/random";
        settings_.rng_rate_bytes = 1024;
        settings_.rng_rate_period = 1000;
        settings_.install_timeout = std::chrono::hours{1};
        settings_.inactivity_timeout = std::chrono::minutes{5};
        wanted_.file = "/t/vm.tdl";
        wanted_.name = "Vm_1";
        wanted_.os = "Debian";
        wanted_.version = "13";
        wanted_.arch = "x86_64";
        wanted_.location = "http://mirror.example.org/debian/";
        wanted_.root_password = tdl::Password{.text = "s3cret"};
        wanted_.packages = {{.name = "vim"}, {.name = "git"}};
    }

    Plan plan() {
        const catalog::Match match = catalog_.find(wanted_.os, wanted_.version, wanted_.arch);
        Sources sources{.answer = answer_, .answer_name = "answer"};
        if (user_answer_)
            sources = {*user_answer_, "mine", Sources::AnswerBy::user, {}};
        sources.hooks.assign(match.family->hooks.size(), "#!/bin/sh\n");
        return make_plan(request_, wanted_, match, settings_, mirror_, sources, known_, passwords_);
    }
    std::string complaint() {
        try {
            plan();
        } catch (const Error& error) {
            EXPECT_EQ(error.fault(), Fault::usage);
            return error.what();
        }
        ADD_FAILURE() << "there was a plan";
        return "";
    }

    catalog::Catalog catalog_{SOURCE_FOLDER "/auto"};
    settings::Settings settings_{};
    tdl::Template wanted_;
    InstallRequest request_;
    MirrorFacts mirror_{"http", "mirror.example.org", "/debian/", MirrorFacts::Kind::whole};
    std::optional<osdb::Release> known_;
    std::string answer_ = "root {{root_password_crypt}} on {{hostname}}: {{packages}}\n";
    std::optional<std::string> user_answer_;
    Passwords passwords_{{"$6$hash", "cAB3"}, {}};
};

TEST_F(PlanTest, OfATreeIsTheGoldenOne) {
    expect_golden(plan_text(plan()), "pipeline/tree.txt");
}

TEST_F(PlanTest, OfAnIsoIsTheGoldenOne) {
    wanted_.install_type = tdl::InstallType::iso;
    mirror_ = {};
    expect_golden(plan_text(plan()), "pipeline/iso.txt");
}

TEST_F(PlanTest, OfARemasterIsTheGoldenOne) {
    wanted_.install_type = tdl::InstallType::iso;
    mirror_ = {};
    request_.boot = Boot::remastered;
    settings_.image_type = "qcow2";
    expect_golden(plan_text(plan()), "pipeline/remaster.txt");
}

TEST_F(PlanTest, ShowsNoSecret) {
    EXPECT_THAT(plan().files.front().content, HasSubstr("$6$hash"));
    EXPECT_THAT(plan_text(plan()), Not(HasSubstr("$6$hash")));
    EXPECT_THAT(plan_text(plan()), Not(HasSubstr("s3cret")));
}

TEST_F(PlanTest, TheUsersOwnAnswerFileIsUsedAsItIsAndNeverShown) {
    user_answer_ = "rootpw {{not_ours}}\n";
    request_.additions = Additions::refused;
    EXPECT_EQ(plan().files.front().content, *user_answer_);
    EXPECT_THAT(plan_text(plan()), Not(HasSubstr("not_ours")));
}

TEST_F(PlanTest, WhatIsAddedToTheUsersOwnAnswerFileIsShown) {
    user_answer_ = "d-i netcfg/get_hostname string vm\n";
    const Plan own = plan();
    EXPECT_THAT(own.files.front().content, testing::EndsWith(*user_answer_));
    EXPECT_THAT(own.files.front().content, HasSubstr("reboot_in_progress"));
    EXPECT_THAT(plan_text(own), HasSubstr("added to it:   finish-install/reboot_in_progress"));
}

TEST_F(PlanTest, TheGuestIsNamedAfterTheTemplate) {
    EXPECT_THAT(plan().files.front().content, HasSubstr("on vm-1: vim git"));
}

TEST_F(PlanTest, APackageOfTheTemplatesOwnRepositoryIsLeftToTheCustomisation) {
    wanted_.packages = {{.name = "vim"},
                        {.name = "git", .repository = "backports"},
                        {.name = "own", .repository = "ours"}};
    wanted_.repositories = {{.name = "ours", .url = "http://r.example.org"}};
    EXPECT_THAT(plan().files.front().content, HasSubstr("on vm-1: vim git\n"));
}

TEST_F(PlanTest, TheTemplatesDiskWinsOverTheSettingsAndTheCommandLineOverBoth) {
    wanted_.disks = {tdl::Disk{.bus = "scsi", .format = "qcow2"}};
    EXPECT_EQ(plan().volumes.front().image.extension(), ".qcow2");
    EXPECT_EQ(plan().volumes.front().format, "qcow2");
    EXPECT_EQ(plan().machine.disks.front().format, virt::ImageFormat::qcow2);
    EXPECT_EQ(plan().machine.disks.front().bus, virt::DiskBus::scsi);
    request_.disk_bus = "sata";
    EXPECT_EQ(plan().machine.disks.front().bus, virt::DiskBus::sata);
}

TEST_F(PlanTest, HasAtLeastTheMemoryThatTheReleaseNeeds) {
    known_.emplace();
    known_->minimum_memory = std::uint64_t{3} << 30U;
    EXPECT_EQ(plan().machine.memory_mib, 3072U);
    known_->minimum_memory = std::uint64_t{1} << 20U;
    EXPECT_EQ(plan().machine.memory_mib, 1024U);
}

TEST_F(PlanTest, WarnsOfADiskThatIsTooSmall) {
    known_.emplace();
    known_->name = "Debian 13";
    known_->minimum_disk = std::uint64_t{20} << 30U;
    EXPECT_THAT(plan().warnings,
                Contains("the disk has 10.0 GiB, but Debian 13 wants at least 20.0"));
}

TEST_F(PlanTest, WarnsOfTheRootPasswordThatEverybodyKnows) {
    wanted_.root_password.reset();
    EXPECT_THAT(plan().warnings, Contains(HasSubstr("ozrootpw")));
}

TEST_F(PlanTest, WarnsOfWhatTheInstallationLeavesOut) {
    wanted_.commands = {{.name = "a"}};
    EXPECT_THAT(plan().warnings, Contains(HasSubstr("<commands>")));
}

TEST_F(PlanTest, OfSeveralDisksHasAnImageForEach) {
    wanted_.disks = {tdl::Disk{}, tdl::Disk{.bus = "sata", .format = "qcow2"}};
    const Plan two = plan();
    ASSERT_EQ(two.volumes.size(), 2U);
    EXPECT_EQ(two.volumes[1].image, "/images/Vm_1-2.qcow2");
    ASSERT_EQ(two.machine.disks.size(), 2U);
    EXPECT_EQ(two.machine.disks[1].bus, virt::DiskBus::sata);
    EXPECT_EQ(two.machine.disks[1].path, two.volumes[1].image);
    EXPECT_EQ(finished_machine(two, {}).disks.size(), 2U);
}

TEST_F(PlanTest, AnotherBusGivesTheDiskAnotherName) {
    answer_ = "{{disk}}\n";
    EXPECT_EQ(plan().files.front().content, "/dev/vda\n");
    request_.disk_bus = "sata";
    EXPECT_EQ(plan().files.front().content, "/dev/sda\n");
}

TEST_F(PlanTest, TheFirmwareIsTheTemplates) {
    answer_ = "{{#efi}}ESP{{/efi}}";
    EXPECT_EQ(plan().files.front().content, "");
    wanted_.firmware = tdl::Firmware::efi;
    EXPECT_EQ(plan().files.front().content, "ESP");
    EXPECT_EQ(plan().machine.firmware, virt::Firmware::efi);
    EXPECT_EQ(finished_machine(plan(), {}).firmware, virt::Firmware::efi);
}

TEST_F(PlanTest, UsersAndKeysAreInTheAnswerFileAndTheirPasswordsAreNotShown) {
    answer_ = "{{#users}}{{name}} {{password_crypt}}{{#keys}} {{key}}{{/keys}}\n{{/users}}";
    wanted_.users = {{.name = "ann", .ssh_keys = {"k1", "k2"}}, {.name = "bob"}};
    passwords_.users = {{"$6$ann", ""}, {}};
    EXPECT_EQ(plan().files.front().content, "ann $6$ann k1 k2\nbob \n");
    EXPECT_EQ(plan().answer_to_show, "ann (hidden) k1 k2\nbob \n");
}

TEST_F(PlanTest, RefusesWhatCannotBe) {
    request_.boot = Boot::remastered;
    EXPECT_THAT(complaint(), HasSubstr("only an ISO can be remastered"));
    request_.boot = Boot::untouched;
    request_.disk_bus = "usb-stick";
    EXPECT_THAT(complaint(), HasSubstr("no bus of disks"));
    request_.disk_bus = "";
    settings_.image_type = "vmdk";
    EXPECT_THAT(complaint(), HasSubstr("\"vmdk\""));
    settings_.image_type = "raw";
    wanted_.packages = {{.name = "vim; reboot"}};
    EXPECT_THAT(complaint(), HasSubstr("no name of a package"));
}

TEST_F(PlanTest, TheDomainXmlIsBesideTheImageOrWhereItIsWanted) {
    EXPECT_EQ(plan().domain_xml, "/images/Vm_1.xml");
    request_.image = "/other/image.raw";
    EXPECT_EQ(plan().domain_xml, "/other/image.xml");
    request_.usual_xml = {"/home", "Oct_17"};
    EXPECT_EQ(plan().domain_xml, "/home/Vm_1Oct_17");
    request_.domain_xml = "/my.xml";
    EXPECT_EQ(plan().domain_xml, "/my.xml");
}

TEST_F(PlanTest, TheFinishedMachineBootsItsDiskAlone) {
    wanted_.install_type = tdl::InstallType::iso;
    const virt::Machine machine = finished_machine(plan(), {.cpu_model = "qemu64"});
    ASSERT_EQ(machine.disks.size(), 1U);
    EXPECT_EQ(machine.disks[0].path, "/images/Vm_1.dsk");
    EXPECT_EQ(machine.cpu_model, "qemu64");
    EXPECT_FALSE(machine.kernel);
}

}  // namespace
}  // namespace glinda::pipeline
