#include "checking.hpp"

#include <gmock/gmock.h>

#include <filesystem>

#include "glinda/util/files.hpp"
#include "glinda/util/text.hpp"
#include "ssh_server.hpp"

namespace glinda::pipeline {
namespace {

using namespace std::chrono_literals;
using tdl::Expectation;
using testing::HasSubstr;
using Match = Expectation::Match;

constexpr const char* both = "expected {}, seen {}";

/// The "guest" is this host; whatever it has is not changed.
class Checking : public testing::Test, protected guest::SshServer {
protected:
    Checking() {
        write_file(folder_.path() / "file", "one\ntwo\n", 0640);
        session_.emplace(session());
    }
    /// Empty if the check passes.
    std::string failure(const tdl::Check& check, std::chrono::milliseconds limit = 30s) {
        last_ = check_in(*session_, check, manager_, limit);
        return last_.passed ? "" : format(both, last_.expected, last_.seen);
    }
    [[nodiscard]] std::string file() const { return folder_.path() / "file"; }

    std::optional<guest::Session> session_;
    PackageManager manager_{"fake", "has_package() { [ \"$1\" = \"it's here\" ]; }"};
    CheckResult last_;
};

TEST_F(Checking, ACommandHasItsStatusAndItsOutput) {
    EXPECT_EQ(failure(tdl::CommandCheck{"c", "exit 3", 3}), "");
    EXPECT_EQ(failure(tdl::CommandCheck{"c", "echo a; echo b", 0, {{Match::exact, "a\nb"}}}), "");
    EXPECT_EQ(failure(tdl::CommandCheck{"c", "echo abc", 0, {{Match::contains, "b"}}}), "");
    EXPECT_EQ(failure(tdl::CommandCheck{"c", "echo a; echo b", 0, {{Match::pattern, "^b$"}}}), "");
    EXPECT_EQ(last_.name, "command c");
    EXPECT_EQ(last_.expected, "status 0, output that matches \"^b$\"");
    EXPECT_EQ(last_.seen, "0, \"a\\nb\"");
}

TEST_F(Checking, ACommandThatFailsSaysWhatWasExpectedAndWhatWasSeen) {
    EXPECT_EQ(failure(tdl::CommandCheck{"c", "echo no >&2; exit 1"}), "expected status 0, seen 1");
    EXPECT_EQ(last_.output, "no");
    EXPECT_EQ(failure(tdl::CommandCheck{"c", "kill -9 $$"}), "expected status 0, seen signal KILL");
    EXPECT_EQ(failure(tdl::CommandCheck{"c", "echo abc", 0, {{Match::exact, "b"}}}),
              "expected output \"b\", seen \"abc\"");
    EXPECT_EQ(failure(tdl::CommandCheck{"c", "echo ab; exit 1", 0, {{Match::pattern, "^b"}}}),
              "expected status 0, output that matches \"^b\", seen 1, \"ab\"");
    EXPECT_EQ(failure(tdl::CommandCheck{"c", "exec sleep 60"}, 200ms),
              "expected an end within 0.2 s, seen it runs on");
}

TEST_F(Checking, AFileHasItsModeOwnerAndContent) {
    const tdl::FileCheck there{file()};
    EXPECT_EQ(failure(there), "");
    EXPECT_EQ(failure(tdl::FileCheck{.name = file(),
                                     .mode = 0640,
                                     .owner = "root:root",
                                     .content = {{Match::exact, "one\ntwo"}}}),
              "");
    EXPECT_EQ(failure(tdl::FileCheck{.name = folder_.path(), .mode = 0700}), "");
    EXPECT_EQ(failure(tdl::FileCheck{.name = file(), .mode = 0644, .owner = "nobody"}),
              "expected mode 0644, owner nobody, seen 0640, root:root");
    EXPECT_EQ(failure(tdl::FileCheck{.name = file(), .content = {{Match::contains, "three"}}}),
              "expected content with \"three\", seen \"one\\ntwo\"");
    EXPECT_EQ(last_.output, "");
    EXPECT_EQ(failure(tdl::FileCheck{.name = file(), .present = false}),
              "expected absent, seen present");
    EXPECT_EQ(failure(tdl::FileCheck{.name = file() + "'s", .present = false}), "");
    EXPECT_EQ(failure(tdl::FileCheck{.name = file() + "'s", .mode = 0644}),
              "expected present, seen absent");
}

TEST_F(Checking, APortIsOpenWhereSomethingListens) {
    EXPECT_EQ(failure(tdl::PortCheck{listener_.port()}), "");
    EXPECT_EQ(failure(tdl::PortCheck{listener_.port(), false}), "expected not open, seen open");
    Listener other;
    const auto port = other.port();
    other.close();
    EXPECT_EQ(failure(tdl::PortCheck{port}), "expected open, seen closed");
    EXPECT_EQ(failure(tdl::PortCheck{port, false}), "");
}

TEST_F(Checking, APackageIsAskedOfThePackageManager) {
    EXPECT_EQ(failure(tdl::PackageCheck{"it's here"}), "");
    EXPECT_EQ(failure(tdl::PackageCheck{"$(reboot)"}), "expected present, seen absent");
    EXPECT_EQ(failure(tdl::PackageCheck{"it's here", false}), "expected not present, seen present");
}

TEST_F(Checking, RealPackageManagersKnowWhatIsInstalled) {
    const auto known = package_managers(SOURCE_FOLDER "/auto/packages");
    manager_ = *manager_of(*session_, known);
    EXPECT_EQ(manager_.name, "apt");
    EXPECT_EQ(failure(tdl::PackageCheck{"openssh-server"}), "");
    EXPECT_EQ(failure(tdl::PackageCheck{"openssh-serve"}), "expected present, seen absent");
    for (const PackageManager& manager : known)
        EXPECT_THAT(manager.functions, HasSubstr("\nhas_package() {")) << manager.name;
}

TEST_F(Checking, AServiceIsActiveOrWhatTheGuestCallsIt) {
    const guest::CommandResult failed{.status = 3, .output = "failed\n"};
    EXPECT_EQ(judge(tdl::ServiceCheck{"cron"}, failed).seen, "failed");
    EXPECT_FALSE(judge(tdl::ServiceCheck{"cron"}, failed).passed);
    EXPECT_TRUE(judge(tdl::ServiceCheck{"cron", false}, failed).passed);
    EXPECT_TRUE(judge(tdl::ServiceCheck{"cron"}, {.output = "active\n"}).passed);
    EXPECT_THAT(failure(tdl::ServiceCheck{"no-such-service"}), HasSubstr("expected active, seen "));
}

}  // namespace
}  // namespace glinda::pipeline
