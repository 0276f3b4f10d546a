// The answer files of all families: golden ones, and what checks that they are what the installers
// read.

#include <gmock/gmock.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "debconf.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/process.hpp"
#include "glinda/util/text.hpp"
#include "golden.hpp"
#include "plan.hpp"

namespace glinda::pipeline {
namespace {

namespace fs = std::filesystem;

/// One release with one firmware, from an ISO or a tree.
struct Case {
    const char* os;
    const char* version;
    tdl::Firmware firmware;
    tdl::InstallType source;
    const char* label;
};

constexpr auto bios = tdl::Firmware::bios;
constexpr auto efi = tdl::Firmware::efi;
constexpr auto iso = tdl::InstallType::iso;
constexpr auto url = tdl::InstallType::url;

/// The oldest and the newest release of each family with both firmwares, and where else their files
/// differ.
const Case cases[] = {
    {"RHEL", "6", bios, iso, "RHEL 6"},
    {"RHEL", "6", efi, iso, "RHEL 6"},
    {"RHEL", "7", bios, url, ""},
    {"RHEL", "10", bios, url, ""},
    {"RHEL", "10", efi, iso, "RHEL-10-0-BaseOS-x86_64"},
    {"Fedora", "20", bios, iso, "Fedora 20 x86_64"},
    {"Fedora", "20", efi, url, ""},
    {"Fedora", "45", bios, iso, "Fedora-S-dvd-x86_64-45"},
    {"Fedora", "45", efi, url, ""},
    {"Debian", "8", bios, url, ""},
    {"Debian", "8", efi, iso, "Debian 8.0.0 amd64 1"},
    {"Debian", "13", bios, url, ""},
    {"Debian", "13", efi, iso, "Debian 13.0.0 amd64 1"},
    {"Ubuntu", "14.04", bios, iso, "Ubuntu 14.04"},
    {"Ubuntu", "14.04", efi, url, ""},
    {"Ubuntu", "19.10", efi, url, ""},
    {"Ubuntu", "20.04-legacy", bios, url, ""},
    {"Ubuntu", "20.04-legacy", efi, url, ""},
    {"Ubuntu", "20.04", bios, iso, "Ubuntu-Server 20.04 LTS amd64"},
    {"Ubuntu", "20.04", efi, iso, "Ubuntu-Server 20.04 LTS amd64"},
    {"Ubuntu", "26.04", bios, iso, "Ubuntu-Server 26.04 LTS amd64"},
    {"Ubuntu", "26.04", efi, iso, "Ubuntu-Server 26.04 LTS amd64"},
    {"OpenSUSE", "42.1", bios, iso, "openSUSE-Leap-42.1"},
    {"OpenSUSE", "42.1", efi, url, ""},
    {"OpenSUSE", "15.6", bios, url, ""},
    {"OpenSUSE", "15.6", efi, iso, "openSUSE-Leap-15.6-DVD-x86_64710"},
    {"Tumbleweed", "Tumbleweed", bios, iso, "openSUSE-Tumbleweed-DVD-x86_64"},
    {"Tumbleweed", "Tumbleweed", efi, url, ""},
    {"SLES", "12", bios, iso, "SLE-12"},
    {"SLES", "12", efi, iso, "SLE-12"},
    {"SLES", "15", bios, iso, "SLE-15"},
    {"SLES", "15", efi, iso, "SLE-15"},
    {"OpenSUSE", "16.0", bios, iso, "Install-Leap-x86_64"},
    {"OpenSUSE", "16.0", efi, iso, "Install-Leap-x86_64"},
    {"SLES", "16", bios, iso, "Install-SLES-x86_64"},
    {"SLES", "16", efi, iso, "Install-SLES-x86_64"},
    {"Alpine", "3.17", bios, iso, "alpine-std 3.17.0 x86_64"},
    {"Alpine", "3.17", efi, iso, "alpine-std 3.17.0 x86_64"},
    {"Alpine", "3.23", bios, iso, "alpine-virt 3.23.0 x86_64"},
    {"Alpine", "3.23", efi, iso, "alpine-virt 3.23.0 x86_64"},
    {"FreeBSD", "13.0", bios, iso, "13_0_RELEASE_AMD64_CD"},
    {"FreeBSD", "13.0", efi, iso, "13_0_RELEASE_AMD64_CD"},
    {"FreeBSD", "15.0", bios, iso, "15_0_RELEASE_AMD64_CD"},
    {"FreeBSD", "15.0", efi, iso, "15_0_RELEASE_AMD64_CD"},
    {"Windows", "10", bios, iso, "CCCOMA_X64FRE_EN-US_DV9"},
    {"Windows", "11", bios, iso, "CCCOMA_X64FRE_EN-US_DV9"},
    {"Windows", "2016", bios, iso, "SSS_X64FREE_EN-US_DV9"},
    {"Windows", "2025", bios, iso, "SSS_X64FREE_EN-US_DV9"},
    {"Windows", "10", efi, iso, "CCCOMA_X64FRE_EN-US_DV9"},
    {"Windows", "11", efi, iso, "CCCOMA_X64FRE_EN-US_DV9"},
    {"Windows", "2016", efi, iso, "SSS_X64FREE_EN-US_DV9"},
    {"Windows", "2025", efi, iso, "SSS_X64FREE_EN-US_DV9"},
    {"ArchLinux", "rolling", bios, iso, "ARCH_202611"},
    {"ArchLinux", "rolling", efi, iso, "ARCH_202611"},
    {"Mageia", "6", bios, iso, "Mageia-6-x86_64"},
    {"Mageia", "6", efi, iso, "Mageia-6-x86_64"},
    {"Mageia", "9", bios, iso, "Mageia-9-x86_64"},
    {"Mageia", "9", efi, url, ""},
};

std::string name_of(const Case& one) {
    return format("{}-{}-{}-{}", lower(one.os), lower(one.version),
                  one.firmware == efi ? "efi" : "bios", one.source == iso ? "iso" : "url");
}

std::string test_name(const Case& one) {
    std::string name = name_of(one);
    std::ranges::replace_if(
        name, [](char c) { return c == '-' || c == '.'; }, '_');
    return name;
}

const catalog::Catalog& shipped() {
    static const catalog::Catalog catalog{SOURCE_FOLDER "/auto"};
    return catalog;
}

/// What the template asks for of the place, as far as the family's answer file has a word for it.
void set_place(tdl::Template& wanted) {
    const catalog::Family& family = *shipped().find(wanted.os, wanted.version, wanted.arch).family;
    const std::string answers = read_file(family.folder / family.answer_source);
    const auto has = [&](const char* value) {
        return answers.find(std::string{"{{"} + value) != std::string::npos;
    };
    if (has("locale"))
        wanted.locale = "pt_BR.UTF-8";
    if (has("keymap"))
        wanted.keyboard = "gb";
    if (has("timezone"))
        wanted.timezone = "America/Argentina/Buenos_Aires";
    if (has("hostname"))
        wanted.hostname = "web-1";
    if (has("address"))
        wanted.network = {"192.0.2.7", 22, "192.0.3.1", {"192.0.2.53", "198.51.100.1"}};
}

/// A template that asks for everything, with values that would break out of a careless file.
tdl::Template full_template(const Case& one) {
    tdl::Template wanted;
    wanted.file = "/t/vm.tdl";
    wanted.name = "vm";
    wanted.os = one.os;
    wanted.version = one.version;
    wanted.arch = "x86_64";
    wanted.install_type = one.source;
    wanted.firmware = one.firmware;
    wanted.key = "AAAAA-BBBBB";
    wanted.kernel_parameters = "quiet x=\"1 '2\"";
    set_place(wanted);
    wanted.repositories = {
        {.name = "our own", .url = "https://repo.example.org/a?b=$c&d"},
        {.name = "inner", .url = "http://repo.example.org/inner"},
        {.name = "gone", .url = "http://repo.example.org/gone", .persisted = false},
        {.name = "checked", .url = "http://repo.example.org/", .is_signed = true},
        {.name = "ppa", .url = "ppa:a/b"}};
    wanted.packages = {{.name = "vim"}, {.name = "git"}};
    wanted.ssh_keys = {"ssh-ed25519 AAAA root's \"key\""};
    wanted.users = {{.name = "ann", .admin = true, .ssh_keys = {"ssh-ed25519 BBBB <ann&co>"}},
                    {.name = "bob", .password = tdl::Password{.text = "b\"ob"}}};
    return wanted;
}

settings::Settings plain_settings() {
    settings::Settings settings{};
    settings.output_dir = "/images";
    settings.image_type = "raw";
    settings.memory = 1024;
    settings.cpus = 1;
    settings.install_timeout = std::chrono::hours{1};
    settings.inactivity_timeout = std::chrono::minutes{5};
    return settings;
}

Plan plan_of(const Case& one, const tdl::Template& wanted) {
    const catalog::Match match = shipped().find(one.os, one.version, wanted.arch);
    const catalog::Family& family = *match.family;
    Sources sources{.answer = read_file(family.folder / family.answer_source),
                    .answer_name = family.answer_source};
    for (const catalog::Hook& hook : family.hooks)
        sources.hooks.push_back(read_file(family.folder / hook.source));
    MirrorFacts mirror;
    if (one.source == url)
        mirror = {"http", "mirror.example.org:8080", "/linux/", MirrorFacts::Kind::whole};
    mirror.label = one.label;
    return make_plan(
        {}, wanted, match, plain_settings(), mirror, sources, std::nullopt,
        {{"$6$salt$root", "cm9vdA==", "bG9nb24="}, {{}, {"$6$salt$user", "dXNlcg=="}}});
}

class AnswerFiles : public testing::TestWithParam<Case> {
protected:
    /// All that the installer is given, and how, as one text.
    static std::string text_of(const Plan& plan) {
        std::string text = format("command line: {}\n", plan.entry.arguments);
        for (const media::CpioEntry& file : plan.files)
            if (!file.name.ends_with("glinda-log") && !file.name.ends_with("glinda-faster") &&
                !file.name.ends_with("zz-glinda"))  // the same for all
                text += format("==== {}\n{}", file.name, file.content);
        return text;
    }
};

TEST_P(AnswerFiles, AreTheGoldenOnes) {
    expect_golden(text_of(plan_of(GetParam(), full_template(GetParam()))),
                  "answer/" + name_of(GetParam()) + ".txt");
}

/// A place that an answer file has no word for is not just left out.
TEST(Place, IsRefusedWhereItCannotBeTold) {
    const auto refusal = [](const Case& one, const auto& change) {
        tdl::Template wanted = full_template(one);
        change(wanted);
        try {
            std::ignore = plan_of(one, wanted);
        } catch (const Error& error) {
            return std::string{error.what()};
        }
        return std::string{};
    };
    EXPECT_EQ(refusal({"Alpine", "3.23", efi, iso, ""},
                      [](auto& wanted) { wanted.locale = "de_DE.UTF-8"; }),
              "/t/vm.tdl: <locale> cannot be told to the installer of Alpine");
    EXPECT_EQ(refusal({"Windows", "11", bios, iso, ""},
                      [](auto& wanted) { wanted.timezone = "Europe/Berlin"; }),
              "/t/vm.tdl: <timezone> cannot be told to the installer of Windows");
    EXPECT_EQ(refusal({"Mageia", "9", bios, iso, ""},
                      [](auto& wanted) { wanted.network = tdl::Network{}; }),
              "/t/vm.tdl: <network> cannot be told to the installer of Mageia");
}

/// What can be told is told; what of it the installer has no word for is refused by its name.
TEST(Layout, IsRefusedWhereItCannotBeTold) {
    const auto refusal = [](const char* os, const char* version, tdl::Disk disk) {
        const Case one{os, version, efi, iso, ""};
        tdl::Template wanted = full_template(one);
        wanted.disks = {std::move(disk)};
        try {
            std::ignore = plan_of(one, wanted);
        } catch (const Error& error) {
            return std::string{error.what()};
        }
        return std::string{};
    };
    EXPECT_EQ(refusal("FreeBSD", "15.0", {.layout = tdl::Layout::lvm}),
              "/t/vm.tdl: <disk layout=…> cannot be told to the installer of FreeBSD");
    EXPECT_EQ(refusal("Ubuntu", "26.04", {.filesystem = "xfs"}),
              "/t/vm.tdl: <disk filesystem=…> cannot be told to the installer of Ubuntu");
    EXPECT_EQ(refusal("Windows", "11", {.swap = 1}),
              "/t/vm.tdl: <disk swap=…> cannot be told to the installer of Windows");
    EXPECT_EQ(refusal("Alpine", "3.23", {.filesystem = "btrfs", .swap = 1}), "");
}

TEST(Drivers, AreExtrasForAnInstallerThatReadsThemBesideItsAnswerFile) {
    const Case one{"Windows", "2025", efi, iso, ""};
    tdl::Template wanted = full_template(one);
    EXPECT_THAT(plan_of(one, wanted).files.front().content,
                testing::Not(testing::HasSubstr("PnpCustomizationsWinPE")));
    wanted.extras = {{tdl::Extra::Kind::directory, "virtio", "drivers"}};
    const Plan plan = plan_of(one, wanted);
    EXPECT_THAT(plan.files.front().content, testing::HasSubstr("<Path>D:\\drivers</Path>"));
    EXPECT_THAT(plan_text(plan), testing::HasSubstr("onto a drive:  drivers (virtio)"));
}

TEST(Legacy, ImagesAreInAFolderOfTheirOwn) {
    const Case legacy{"Ubuntu", "20.04-legacy", bios, url, ""};
    const Plan plan = plan_of(legacy, full_template(legacy));
    EXPECT_EQ(plan.entry.kernel,
              "dists/focal/main/installer-amd64/current/legacy-images/netboot/ubuntu-installer/"
              "amd64/linux");
    EXPECT_EQ(plan.files.front().name, "preseed.cfg");
}

/// Runs what checks a file.
class Checker {
public:
    void run(std::vector<std::string> argv, const std::string& name, const std::string& content) {
        const fs::path file = folder_.path() / fs::path{name}.filename();
        write_file(file, content);
        argv.push_back(file.string());
        const Result result = SystemRunner{}.run({.argv = argv});
        EXPECT_EQ(result.status, 0) << name << ": " << result.output << result.errors;
    }

private:
    TemporaryFolder folder_{fs::temp_directory_path() / "glinda-answers-"};
};

/// The shell script of a %post section.
std::string post_of(const std::string& kickstart) {
    const std::size_t begin = kickstart.find('\n', kickstart.find("%post")) + 1;
    return kickstart.substr(begin, kickstart.find("%end", begin) - begin);
}

void check(const std::string& dialect, const std::string& content, Checker& checker) {
    if (dialect == "preseed") {
        const Result result = debconf_check(content);
        EXPECT_EQ(result.status, 0) << result.output << result.errors;
    }
    if (dialect == "autoyast" || dialect == "unattend")
        checker.run({"xmllint", "--noout"}, "answers.xml", content);
    if (dialect == "agama" || dialect == "archinstall") {
        EXPECT_NO_THROW(std::ignore = nlohmann::json::parse(content)) << content;
    }
    if (dialect == "autoinstall") {
        EXPECT_NO_THROW(std::ignore = YAML::Load(content)) << content;
    }
    if (dialect == "kickstart")
        checker.run({"sh", "-n"}, "post", post_of(content));
    if (dialect == "shell" || dialect == "installerconfig")
        checker.run({"sh", "-n"}, "script", content);
    if (dialect == "auto_inst")
        checker.run({"perl", "-c"}, "auto_inst.cfg.pl", content);
}

/// Part of it where not all can be told, so that each answer file's own words are seen.
tdl::Disk layout_for(const Case& one, tdl::Layout layout) {
    const catalog::Family& family = *shipped().find(one.os, one.version, "x86_64").family;
    const std::string answers = read_file(family.folder / family.answer_source);
    tdl::Disk disk{.layout = layout, .swap = tdl::Bytes{2} << 30U};
    if (answers.find("{{filesystem}}") != std::string::npos)
        disk.filesystem = "xfs";
    return disk;
}

class Layouts : public AnswerFiles {};

TEST_P(Layouts, AreTheGoldenOnes) {
    for (const auto layout : {tdl::Layout::partitions, tdl::Layout::lvm}) {
        tdl::Template wanted = full_template(GetParam());
        wanted.disks = {layout_for(GetParam(), layout)};
        const Plan plan = plan_of(GetParam(), wanted);
        Checker checker;
        check(shipped().find(wanted.os, wanted.version, wanted.arch).family->dialect,
              plan.files.front().content, checker);
        expect_golden(text_of(plan), format("answer/{}-{}.txt", name_of(GetParam()),
                                            layout == tdl::Layout::lvm ? "lvm" : "swap"));
    }
}

INSTANTIATE_TEST_SUITE_P(Families, Layouts,
                         testing::Values(Case{"RHEL", "6", bios, iso, "RHEL 6"},
                                         Case{"RHEL", "10", efi, iso, "RHEL-10-0-BaseOS-x86_64"},
                                         Case{"Debian", "13", bios, url, ""},
                                         Case{"Debian", "13", efi, iso, "Debian 13.0.0 amd64 1"},
                                         Case{"Ubuntu", "26.04", efi, iso, "Ubuntu-Server"},
                                         Case{"OpenSUSE", "15.6", bios, url, ""},
                                         Case{"SLES", "15", efi, iso, "SLE-15"},
                                         Case{"SLES", "16", efi, iso, "Install-SLES-x86_64"}),
                         [](const auto& one) { return test_name(one.param); });

TEST_P(AnswerFiles, AreWellFormed) {
    const tdl::Template wanted = full_template(GetParam());
    const Plan plan = plan_of(GetParam(), wanted);
    const catalog::Match match = shipped().find(wanted.os, wanted.version, wanted.arch);
    Checker checker;
    check(match.family->dialect, plan.files.front().content, checker);
    for (std::size_t i = 1; i < plan.files.size(); ++i) {
        const media::CpioEntry& file = plan.files[i];
        const bool script = file.content.starts_with("#!/bin/sh");
        check(script ? "shell" : match.family->hooks.at(i - 1).dialect, file.content, checker);
    }
}

/// The least that a template can ask for leaves no half sentence in any file.
TEST_P(AnswerFiles, OfASmallTemplateAreWellFormedToo) {
    tdl::Template wanted = full_template(GetParam());
    wanted.key.reset();
    wanted.kernel_parameters.clear();
    wanted.packages.clear();
    wanted.ssh_keys.clear();
    wanted.users.clear();
    wanted.locale.clear();
    wanted.keyboard.clear();
    wanted.timezone.clear();
    wanted.hostname.clear();
    wanted.network.reset();
    wanted.repositories.clear();
    const Plan plan = plan_of(GetParam(), wanted);
    const catalog::Match match = shipped().find(wanted.os, wanted.version, wanted.arch);
    Checker checker;
    check(match.family->dialect, plan.files.front().content, checker);
}

TEST_P(AnswerFiles, ShowNoSecret) {
    EXPECT_THAT(plan_of(GetParam(), full_template(GetParam())).answer_to_show,
                testing::Not(testing::AnyOf(testing::HasSubstr("$6$"), testing::HasSubstr("=="),
                                            testing::HasSubstr("bG9nb24="))));
}

INSTANTIATE_TEST_SUITE_P(OldestAndNewest, AnswerFiles, testing::ValuesIn(cases),
                         [](const auto& one) { return test_name(one.param); });

/// All templates of a family, as one text.
std::string texts_of(const catalog::Family& family) {
    std::string all = family.command_line;
    for (const auto& files : {family.tree, family.medium})
        if (files)
            all += files->kernel + files->initrd;
    std::set<fs::path> sources{family.answer_source};
    for (const catalog::Hook& hook : family.hooks) {
        all += hook.path;
        sources.insert(hook.source);
    }
    for (const fs::path& source : sources)
        all += read_file(family.folder / source);
    return all;
}

bool names(const std::string& text, const std::string& value) {
    for (const char* before : {"{{", "{{#", "{{^"})
        for (const char* after : {"}}", "|shell}}"})
            if (text.find(before + value + after) != std::string::npos)
                return true;
    return false;
}

TEST(Families, UseEveryValueThatTheyDefine) {
    for (const catalog::Family& family : shipped().families())
        for (const catalog::ConditionalValue& value : family.values)
            EXPECT_TRUE(names(texts_of(family), value.name)) << family.id << ": " << value.name;
}

}  // namespace
}  // namespace glinda::pipeline
