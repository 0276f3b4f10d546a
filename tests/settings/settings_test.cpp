#include "glinda/settings/settings.hpp"

#include <gmock/gmock.h>

#include "glinda/util/error.hpp"
#include "glinda/util/files.hpp"
#include "glinda/util/text.hpp"

namespace glinda::settings {
namespace {

using namespace std::chrono_literals;
using std::filesystem::path;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// A host with a home and an /etc of its own.
class Host : public testing::Test {
protected:
    path put(const path& name, std::string_view content) {
        make_folders((folder_.path() / name).parent_path());
        write_file(folder_.path() / name, content);
        return folder_.path() / name;
    }

    [[nodiscard]] Settings read(std::string_view content) {
        return load(put("given.cfg", content), {}, environment_).settings;
    }

    [[nodiscard]] std::string complaint_about(std::string_view content) {
        try {
            std::ignore = read(content);
        } catch (const Error& error) {
            EXPECT_EQ(error.fault(), Fault::usage);
            return error.what();
        }
        return "none";
    }

    TemporaryFolder folder_{std::filesystem::temp_directory_path() / "glinda-settings-"};
    path home_ = folder_.path() / "home";
    Environment environment_{
        .home = home_, .config_home = home_ / ".config", .system_config = folder_.path() / "etc"};
};

TEST_F(Host, WithoutAnyFileTheDefaultsHold) {
    const Loaded loaded = load({}, {}, environment_);
    EXPECT_EQ(loaded.file, "");
    EXPECT_THAT(loaded.warnings, IsEmpty());
    const Settings& settings = loaded.settings;
    EXPECT_EQ(settings.output_dir, home_ / ".oz/images");
    EXPECT_EQ(settings.data_dir, home_ / ".oz");
    EXPECT_EQ(settings.screenshot_dir, home_ / ".oz/screenshots");
    EXPECT_EQ(settings.private_key, "");
    EXPECT_EQ(settings.uri, "qemu:///embed");
    EXPECT_EQ(settings.domain_type, "");
    EXPECT_EQ(settings.cpus, 1U);
    EXPECT_EQ(settings.memory, 2048U);
    EXPECT_EQ(settings.image_type, "raw");
    EXPECT_TRUE(settings.cache_original_media);
    EXPECT_FALSE(settings.cache_modified_media);
    EXPECT_EQ(settings.install_timeout, 2h);
    EXPECT_EQ(settings.inactivity_timeout, 15min);
    EXPECT_EQ(settings.boot_timeout, 10min);
    EXPECT_EQ(settings.shutdown_timeout, 90s);
    EXPECT_TRUE(settings.keep_builds);
}

TEST_F(Host, RootHasTheSystemsFolders) {
    environment_.root = true;
    const Settings settings = load({}, {}, environment_).settings;
    EXPECT_EQ(settings.output_dir, "/var/lib/libvirt/images");
    EXPECT_EQ(settings.data_dir, "/var/lib/oz");
    EXPECT_EQ(settings.screenshot_dir, "/var/lib/oz/screenshots");
    EXPECT_EQ(settings.uri, "qemu:///embed");
}

TEST_F(Host, TheFirstFileThatExistsIsTakenAndNoneIsMerged) {
    const auto memory = [this] { return load({}, {}, environment_).settings.memory; };
    put("etc/oz/oz.cfg", "[libvirt]\nmemory = 5\ncpus = 4\n");
    EXPECT_EQ(memory(), 5U);
    put("home/.oz/oz.cfg", "[libvirt]\nmemory = 4\n");
    EXPECT_EQ(memory(), 4U);
    EXPECT_EQ(load({}, {}, environment_).settings.cpus, 1U);
    put("etc/glinda/glinda.cfg", "[libvirt]\nmemory = 3\n");
    EXPECT_EQ(memory(), 3U);
    const path users = put("home/.config/glinda/glinda.cfg", "[libvirt]\nmemory = 2\n");
    EXPECT_EQ(memory(), 2U);
    EXPECT_EQ(load({}, {}, environment_).file, users);
    EXPECT_EQ(read("[libvirt]\nmemory = 1\n").memory, 1U);
}

TEST_F(Host, AFileThatWasAskedForMustExist) {
    try {
        std::ignore = load("/none/such.cfg", {}, environment_);
        FAIL() << "nothing was thrown";
    } catch (const Error& error) {
        EXPECT_EQ(error.fault(), Fault::usage);
        EXPECT_THAT(error.what(), HasSubstr("/none/such.cfg"));
    }
}

TEST_F(Host, AnOzFileIsUnderstood) {
    const Settings settings = read(
        "# Oz\n"
        "[paths]\noutput_dir = /images\ndata_dir=~/oz\n"
        "; another kind of comment\n\n"
        "[libvirt]\nuri : qemu:///system\nIMAGE_TYPE = qcow2\nbridge_name = virbr0\n"
        "[cache]\noriginal_media = No\nmodified_media = TRUE\njeos = yes\n"
        "[icicle]\nsafe_generation = true\n"
        "[timeouts]\ninstall = 3600\n");
    EXPECT_EQ(settings.output_dir, "/images");
    EXPECT_EQ(settings.data_dir, home_ / "oz");
    EXPECT_EQ(settings.uri, "qemu:///system");
    EXPECT_EQ(settings.image_type, "qcow2");
    EXPECT_EQ(settings.bridge, "virbr0");
    EXPECT_FALSE(settings.cache_original_media);
    EXPECT_TRUE(settings.cache_modified_media);
    EXPECT_TRUE(settings.cache_installed_image);
    EXPECT_TRUE(settings.safe_manifest);
    EXPECT_EQ(settings.install_timeout, 1h);
}

TEST_F(Host, TheTildeAloneIsTheHome) {
    EXPECT_EQ(read("[paths]\ndata_dir = ~\n").data_dir, home_ / "");
}

TEST_F(Host, AWrongValueIsSaidWithFileLineAndWhatItMustBe) {
    const std::string file = (folder_.path() / "given.cfg").string();
    EXPECT_EQ(complaint_about("[libvirt]\n\nmemory = lots\n"),
              file + ":3: libvirt.memory must be a whole number above 0, not \"lots\"");
    EXPECT_EQ(complaint_about("[timeouts]\nboot = -1\n"),
              file + ":2: timeouts.boot must be a number of seconds, not \"-1\"");
    EXPECT_EQ(complaint_about("[libvirt]\ncpus = 0\n"),
              file + ":2: libvirt.cpus must be a whole number above 0, not \"0\"");
    EXPECT_EQ(complaint_about("[timeouts]\ninstall = 4294967296\n"),
              file + ":2: timeouts.install must be a number of seconds, not \"4294967296\"");
    EXPECT_EQ(complaint_about("[cache]\njeos = 1\n"),
              file + ":2: cache.jeos must be yes, no, true or false, not \"1\"");
    EXPECT_EQ(complaint_about("[paths]\nscreenshot_dir = .\n"),
              file + ":2: paths.screenshot_dir must be an absolute path, not \".\"");
    EXPECT_EQ(complaint_about("[paths]\ndata_dir = ~somebody/x\n"),
              file + ":2: paths.data_dir must be an absolute path, not \"~somebody/x\"");
}

TEST_F(Host, ALineThatIsNoSettingIsSaid) {
    const std::string file = (folder_.path() / "given.cfg").string();
    EXPECT_EQ(complaint_about("[libvirt]\nmemory\n"),
              file + ":2: \"memory\" is neither a section nor a setting");
    EXPECT_EQ(complaint_about("memory = 1\n"),
              file + ":1: \"memory = 1\" is neither a section nor a setting");
}

TEST_F(Host, AnUnknownSettingIsAWarningThatNamesTheNearestOne) {
    const path file = put("given.cfg",
                          "[Paths]\ndata_dir = /x\n[a]\nb = c\n[DEFAULT]\nd = e\n"
                          "[libvirt]\nmemroy = 1\ninstall = 5\nf = g\n");
    const Loaded loaded = load(file, {}, environment_);
    const std::string name = file.string();
    EXPECT_THAT(
        loaded.warnings,
        ElementsAre(
            name + ":1: there is no section Paths; did you mean paths?",
            name + ":3: there is no section a",
            name + ":8: there is no setting libvirt.memroy; did you mean libvirt.memory?",
            name + ":9: there is no setting libvirt.install; did you mean timeouts.install?",
            name + ":10: there is no setting libvirt.f"));
    EXPECT_EQ(loaded.settings.memory, 2048U);
    EXPECT_EQ(loaded.settings.data_dir, home_ / ".oz");
}

TEST_F(Host, ASettingThatIsNotHeededYetIsAWarningUnlessItIsTheDefault) {
    const path file = put("given.cfg", "[cache]\njeos = no\nmodified_media = yes\n");
    EXPECT_THAT(load(file, {"cache.jeos=yes"}, environment_).warnings,
                ElementsAre(file.string() + ":3: cache.modified_media has no effect yet",
                            "--set cache.jeos=yes: cache.jeos has no effect yet"));
}

// Expected values of the next five tests are those of Python's configparser.
TEST_F(Host, AValueMayReferToOtherKeysOfItsSection) {
    const path file = put("given.cfg",
                          "[DEFAULT]\nbase = /srv/%(who)s\nmemory = 4096\ncpus = 4\n"
                          "[paths]\nwho = me\noutput_dir = %(BASE)s/i%%1\n"
                          "data_dir = %(output_dir)s/../%(base)s\n"
                          "[libvirt]\ncpus = 3\n");
    const Loaded loaded = load(file, {}, environment_);
    EXPECT_THAT(loaded.warnings, IsEmpty());
    EXPECT_EQ(loaded.settings.output_dir, "/srv/me/i%1");
    EXPECT_EQ(loaded.settings.data_dir, "/srv/me/i%1/..//srv/me");
    EXPECT_EQ(loaded.settings.memory, 4096U);
    EXPECT_EQ(loaded.settings.cpus, 3U);
    EXPECT_EQ(load({}, {"libvirt.uri=a%b"}, environment_).settings.uri, "a%b");
}

TEST_F(Host, AReferenceThatLeadsNowhereIsSaid) {
    const std::string file = (folder_.path() / "given.cfg").string();
    EXPECT_EQ(complaint_about("[paths]\noutput_dir = %(none)s/x\n"),
              file + ":2: paths.output_dir refers to none, which is not in its section");
    EXPECT_EQ(complaint_about("[paths]\noutput_dir = %(a)s\na = %(Output_Dir)s\n"),
              file + ":2: paths.output_dir refers to itself");
    for (const char* value : {"a%b", "%", "%(x", "%(x)d", "%%%"})
        EXPECT_EQ(complaint_about(format("[libvirt]\nuri = {}\n", value)),
                  file +
                      ":2: libvirt.uri has a % that starts no %(name)s; for the sign itself, "
                      "write %%");
}

TEST_F(Host, ADeeperLineBelongsToTheKeyAboveIt) {
    const std::string file = (folder_.path() / "given.cfg").string();
    EXPECT_EQ(
        read("[paths]\n  output_dir =\n    # a comment\n\n    /a\n  data_dir = /b\n").output_dir,
        "/a");
    const Settings settings = read("  [libvirt]\n  cpus = 2\n  memory = 3\n[paths]\ndata_dir=/b");
    EXPECT_EQ(settings.cpus, 2U);
    EXPECT_EQ(settings.memory, 3U);
    EXPECT_EQ(settings.data_dir, "/b");
    EXPECT_EQ(complaint_about("[libvirt]\nuri = a\n memory = 3\n"),
              file +
                  ":2: libvirt.uri goes on in the next line, as that is indented more; no "
                  "setting has two lines");
}

TEST_F(Host, AKeyMayStandOnceInItsSection) {
    const std::string file = (folder_.path() / "given.cfg").string();
    EXPECT_EQ(complaint_about("[libvirt]\ncpus = 2\n[paths]\n[libvirt]\nCPUs = 3\n"),
              file + ":5: libvirt.cpus stands in line 2 already");
}

TEST_F(Host, WhatStandsBehindASectionsNameIsIgnored) {
    EXPECT_EQ(read("[libvirt] # the host\r\ncpus = 2\r\n").cpus, 2U);
    EXPECT_THAT(complaint_about("[libvirt\ncpus = 2\n"), HasSubstr("neither a section"));
    EXPECT_THAT(complaint_about("[libvirt]\n= 2\n"), HasSubstr("neither a section"));
}

TEST_F(Host, TheTildeStandsForTheHomeInTheFilesNameToo) {
    put("home/my.cfg", "[libvirt]\ncpus = 2\n");
    EXPECT_EQ(load("~/my.cfg", {}, environment_).settings.cpus, 2U);
}

TEST_F(Host, AnOverrideWinsOverTheFile) {
    const path file = put("given.cfg", "[libvirt]\nmemory = 1\nuri = qemu:///system\n");
    const Settings settings =
        load(file, {"libvirt.memory=3", "libvirt.uri=test+tcp://host/?a=b"}, environment_).settings;
    EXPECT_EQ(settings.memory, 3U);
    EXPECT_EQ(settings.uri, "test+tcp://host/?a=b");
}

TEST_F(Host, AWrongOverrideIsAnError) {
    const auto complaint = [this](const std::string& override) -> std::string {
        try {
            std::ignore = load({}, {override}, environment_);
        } catch (const Error& error) {
            EXPECT_EQ(error.fault(), Fault::usage);
            return error.what();
        }
        return "none";
    };
    EXPECT_EQ(complaint("libvirt.cpu=2"),
              "--set libvirt.cpu=2: there is no setting libvirt.cpu; did you mean libvirt.cpus?");
    EXPECT_EQ(complaint("libvirt.cpus=two"),
              "--set libvirt.cpus=two: libvirt.cpus must be a whole number above 0, not \"two\"");
    EXPECT_EQ(complaint("libvirt.cpus"), "--set libvirt.cpus: the value is missing");
}

/// What config/glinda.cfg has to say about a key.
std::string entry(const Key& key) {
    std::string text;
    for (const std::string_view line : split(key.meaning, '\n'))
        text += format("# {}\n", line);
    if (!key.default_for_root.empty())
        text += format("# For root: {}\n", key.default_for_root);
    if (key.effect == Key::Effect::later)
        text += "# (Has no effect yet.)\n";
    return text +
           format("#{} ={}{}\n", key.name, key.default_value.empty() ? "" : " ", key.default_value);
}

TEST(ShippedSettings, SayEachKeyWithItsMeaningAndItsDefaultAndNothingElse) {
    std::string expected =
        "# The settings of glinda. Each key is shown with its default; take the # off to change "
        "it.\n"
        "# Looked for, the first that exists is taken whole: -c FILE, "
        "~/.config/glinda/glinda.cfg,\n"
        "# /etc/glinda/glinda.cfg, and Oz's ~/.oz/oz.cfg and /etc/oz/oz.cfg, which mean the same "
        "here.\n"
        "# One key for one run: --set section.key=value.\n";
    std::string_view section;
    for (const Key& key : keys()) {
        if (key.section != section)
            expected += format("\n[{}]\n", section = key.section);
        expected += entry(key);
    }
    EXPECT_EQ(read_file(SOURCE_FOLDER "/config/glinda.cfg"), expected);
}

TEST(ShippedSettings, EachKeyHasAnotherNameAndAnotherField) {
    for (const Key& one : keys())
        for (const Key& other : keys())
            if (&one != &other) {
                EXPECT_NE(format("{}.{}", one.section, one.name),
                          format("{}.{}", other.section, other.name));
                EXPECT_FALSE(one.field == other.field) << one.name << " " << other.name;
            }
}

}  // namespace
}  // namespace glinda::settings
