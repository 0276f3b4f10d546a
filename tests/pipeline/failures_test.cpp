// The rules of auto/debian-installer/errors.xml on what the installer really says. Lines marked
// "seen" come from runs that failed; the others are the texts of its dialogs as its packages hold
// them, broken where its text front end breaks lines.

#include <gmock/gmock.h>

#include "glinda/catalog/family.hpp"
#include "glinda/watch/watch.hpp"

namespace glinda::pipeline {
namespace {

struct Sample {
    const char* line;
    const char* cause;  ///< a part of it; empty: the line is harmless
};

class KnownFailure : public testing::TestWithParam<Sample> {
protected:
    static watch::Watch make_watch() {
        const catalog::Catalog catalog{SOURCE_FOLDER "/auto"};
        const catalog::Family& family = *catalog.find("Debian", "13", "x86_64").family;
        watch::Rules rules{.success_pattern = family.success_pattern,
                           .install_timeout = std::chrono::hours{1},
                           .inactivity_timeout = std::chrono::hours{1}};
        for (const catalog::FailureRule& rule : family.failures)
            rules.failures.push_back({rule.pattern, rule.cause, rule.remedy});
        return {std::move(rules), watch::Clock::time_point{}};
    }
};

TEST_P(KnownFailure, HasItsCauseAndARemedy) {
    watch::Watch watch = make_watch();
    const auto verdict =
        watch.observe(watch::ConsoleLine{GetParam().line}, watch::Clock::time_point{});
    if (*GetParam().cause == '\0') {
        EXPECT_FALSE(verdict) << verdict->cause;
        return;
    }
    ASSERT_TRUE(verdict);
    EXPECT_THAT(verdict->cause, testing::HasSubstr(GetParam().cause));
    EXPECT_FALSE(verdict->remedy.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Seen, KnownFailure,
    testing::Values(
        Sample{"[    5.185596] Kernel panic - not syncing: Attempted to kill init! "
               "exitcode=0x00000200",
               "kernel panicked: Attempted to kill init!"},
        Sample{"!! ERROR: Bad archive mirror", "the mirror cannot be used"},
        Sample{"Nov 22 13:42:28 net-retriever: error: Bad signature on "
               "/tmp/net-retriever-1085-Release.",
               "not signed by a key"},
        Sample{"The installer failed to download a file from the mirror. This may be a problem ",
               "could not download one of its components"},
        Sample{"Prompt: '?' for help, default=1> ", "asks a question"},
        Sample{"Root password:", "asks a question"},
        Sample{"An attempt to configure apt to install additional packages from the media ",
               "cannot use the installation medium"},
        Sample{"Execution of preseeded command \"echo hello; false\" failed with exit code 1.",
               "\"echo hello; false\" failed with status 1"},
        Sample{"No root file system is defined.", "no root file system"},
        Sample{"[Press enter to continue] ", "stopped with an error"},
        Sample{"!! ERROR: Failed to run preseeded command", ""},  // the next lines say more
        Sample{"Nov 22 14:50:19 choose-mirror[2317]: INFO: mirror does not have any suite symlinks",
               ""},
        // The installer tries some packages that the medium need not have.
        Sample{"Nov 22 15:31:13 in-target: E: Unable to locate package popularity-contest", ""},
        Sample{"Configuring the network with DHCP  ... 4%... 100%", ""},
        Sample{"Nov 22 13:52:01 main-menu[1566]: INFO: Menu item 'ethdetect' selected", ""}));

INSTANTIATE_TEST_SUITE_P(
    Documented, KnownFailure,
    testing::Values(
        Sample{"This system does not have enough memory to be supported by this program.",
               "not enough memory"},
        Sample{"Failed to process the preconfiguration file", "cannot read the preseed"},
        Sample{"No network interfaces were found. The installation ", "no network card"},
        Sample{"!! ERROR: Network autoconfiguration failed", "no address by DHCP"},
        Sample{"Your installation media couldn't be mounted. When installing from CD-ROM,",
               "does not find its installation medium"},
        Sample{"The installer failed to access the mirror. This may be a problem with your ",
               "apt in the installed system cannot use the mirror"},
        Sample{"No partitionable media were found.", "found no disk"},
        Sample{"!! ERROR: Failed to partition the selected disk", "cannot be partitioned"},
        Sample{"dpkg: error: failed to write: No space left on device", "disk is full"},
        Sample{"!! ERROR: Base system installation error", "base system cannot be installed"},
        Sample{"!! ERROR: Unable to install the selected kernel", "no kernel can be installed"},
        Sample{"!! ERROR: Unable to install GRUB in /dev/vdz", "boot loader cannot be installed"},
        Sample{
            "Nov 22 15:00:00 main-menu[331]: WARNING **: Configuring 'bootstrap-base' failed with "
            "error code 1",
            "step bootstrap-base failed (error code 1)"}));

}  // namespace
}  // namespace glinda::pipeline
