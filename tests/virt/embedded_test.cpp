#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <iostream>

#include "glinda/screen/vnc.hpp"
#include "glinda/util/mailbox.hpp"
#include "glinda/util/process.hpp"
#include "glinda/util/text.hpp"
#include "glinda/virt/accelerator.hpp"
#include "glinda/virt/connection.hpp"
#include "glinda/virt/domain.hpp"
#include "glinda/virt/private_root.hpp"

// A guest of some seconds, made by tests/integration/make-guest.sh, in libvirt's embedded driver.
namespace glinda::virt {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using Kind = DomainEvent::Kind;
using Clock = std::chrono::steady_clock;

/// A machine whose guest does `task`; its kernel and initrd are where QEMU's user reads them.
Machine machine_in(const PrivateRoot& root, const std::string& task) {
    for (const char* const name : {"kernel", "initrd"})
        fs::copy_file(fs::path{TEST_GUEST} / name, root.io() / name,
                      fs::copy_options::skip_existing);
    return {.name = "glinda-test-guest-with-a-long-name",
            .machine = "q35",
            .memory_mib = 256,
            .kernel = KernelBoot{root.io() / "kernel", root.io() / "initrd",
                                 "console=tty0 console=ttyS0 glinda.test=" + task},
            .nics = {Nic{}},
            .serial = {root.io() / "console.log", root.io() / "installer.log"}};
}

class Embedded : public testing::Test {
protected:
    Machine machine(const std::string& task) { return machine_in(root_, task); }

    Domain::OnEvent listener() {
        return [this](const DomainEvent& event) { events_.send(event); };
    }

    /// The next event, waited for as long as a slow host may need.
    DomainEvent next() {
        std::optional<DomainEvent> event = events_.receive(Clock::now() + 90s);
        return event ? *event : DomainEvent{Kind::stopped, "nothing happened in time"};
    }

    /// Waits until the guest has said `words` on its first serial port.
    bool guest_says(const std::string& words) {
        const Clock::time_point deadline = Clock::now() + 90s;
        while (Clock::now() < deadline) {
            if (read_file(root_.io() / "console.log").find(words) != std::string::npos)
                return true;
            events_.receive(Clock::now() + 50ms);
        }
        return false;
    }

    PrivateRoot root_;
    Connection connection_{root_};
    Mailbox<DomainEvent> events_;
};

TEST_F(Embedded, AGuestThatPowersOffIsReportedSoAndEnds) {
    const Domain domain{connection_, machine("poweroff"), listener()};
    EXPECT_EQ(next().kind, Kind::powered_off);
    EXPECT_EQ(next().kind, Kind::stopped);
    EXPECT_TRUE(domain.wait_until_gone(Clock::now()));
    EXPECT_FALSE(domain.is_running());
    EXPECT_THAT(read_file(root_.io() / "console.log"),
                testing::HasSubstr("glinda test guest: poweroff"));
    EXPECT_THAT(read_file(root_.io() / "installer.log"), testing::HasSubstr("installer log"));
}

TEST_F(Embedded, AGuestThatResetsIsToldApartAndEnds) {
    const Domain domain{connection_, machine("reboot"), listener()};
    EXPECT_EQ(next().kind, Kind::reset);
    EXPECT_EQ(next().kind, Kind::stopped);
}

TEST_F(Embedded, AGuestThatPanicsStaysToBeLookedAt) {
    const Domain domain{connection_, machine("panic"), listener()};
    EXPECT_EQ(next().kind, Kind::panicked);
    EXPECT_THAT(domain.xml(), testing::HasSubstr("<on_crash>preserve"));
    EXPECT_GT(screen::capture(domain.vnc_socket()).pixels.size(), 0U);
}

TEST_F(Embedded, AFullHostDiskIsReportedWithItsReason) {
    if (::geteuid() != 0)
        GTEST_SKIP() << "only root can mount a small file system";  // a user's run of the tests
    const TemporaryFolder folder{fs::temp_directory_path() / "glinda-test-"};
    ASSERT_EQ(::mount("tmpfs", folder.path().c_str(), "tmpfs", 0, "size=1m"), 0);
    {
        ::close(::open((folder.path() / "disk").c_str(), O_CREAT | O_RDWR, 0600));
        fs::resize_file(folder.path() / "disk", 64 << 20);
        Machine full = machine("fill-disk");
        full.disks = {{.path = folder.path() / "disk"}};
        const Domain domain{connection_, full, listener()};
        const DomainEvent event = next();
        EXPECT_EQ(event.kind, Kind::io_error);
        EXPECT_THAT(event.detail, testing::HasSubstr("enospc"))
            << read_file(root_.io() / "console.log");
        EXPECT_GT(domain.activity().disk_requests, 0U);
    }
    EXPECT_EQ(::umount2(folder.path().c_str(), MNT_DETACH), 0);
}

TEST_F(Embedded, ARunningGuestCanBeSeenMeasuredReachedAndEndedAtOnce) {
    const TemporaryFolder private_folder{fs::temp_directory_path() / "glinda-test-"};
    const fs::path disk = private_folder.path() / "disk";
    SystemRunner runner;
    runner.output_of({.argv = {"qemu-img", "create", "-q", "-f", "qcow2", disk, "1G"}});
    Machine hanging = machine("hang");
    hanging.disks = {{.path = disk, .format = ImageFormat::qcow2}};
    Domain domain{connection_, hanging, listener()};
    ASSERT_TRUE(guest_says("glinda test guest: hang"));
    EXPECT_TRUE(domain.is_running());
    EXPECT_GT(domain.activity().cpu, 100ms);
    EXPECT_GT(domain.forward_port(22), 0U);
    const screen::Frame frame = screen::capture(domain.vnc_socket());
    EXPECT_TRUE(std::ranges::any_of(frame.pixels, [](std::uint8_t value) { return value > 100; }));

    const Clock::time_point start = Clock::now();
    domain.destroy();
    EXPECT_TRUE(domain.wait_until_gone(Clock::now() + 2s));
    // libvirt waits until the host's first process has taken note of QEMU's end.
    EXPECT_LT(Clock::now() - start, 5s);
    RecordProperty("destroy_ms", std::to_string((Clock::now() - start) / 1ms));
    domain.destroy();
    // The image is its user's own again: never chowned, and nobody holds a lock.
    struct stat status {};
    ASSERT_EQ(::stat(disk.c_str(), &status), 0);
    EXPECT_EQ(status.st_uid, ::geteuid());
    runner.output_of({.argv = {"qemu-img", "info", disk}});
}

TEST_F(Embedded, AnOverlayRestsOnImagesThatQemuCannotReachByPath) {
    const TemporaryFolder private_folder{fs::temp_directory_path() / "glinda-test-"};
    const fs::path base = private_folder.path() / "base";
    const fs::path overlay = private_folder.path() / "overlay";
    SystemRunner runner;
    runner.output_of({.argv = {"qemu-img", "create", "-q", "-f", "qcow2", base, "1G"}});
    runner.output_of(
        {.argv = {"qemu-img", "create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", base, overlay}});
    Machine layered = machine("poweroff");
    layered.disks = {
        {.path = overlay, .format = ImageFormat::qcow2, .backing = {{base, ImageFormat::qcow2}}},
        {.path = base, .bus = DiskBus::sata, .role = Role::optical}};
    const Domain domain{connection_, layered, listener()};
    EXPECT_EQ(next().kind, Kind::powered_off);
    EXPECT_EQ(next().kind, Kind::stopped);
    runner.output_of({.argv = {"qemu-img", "info", overlay}});  // nobody holds a lock
}

TEST_F(Embedded, AnUnstartableMachineLeavesNothingDefined) {
    Machine broken = machine("poweroff");
    broken.cpu_model = "no-such-model";
    EXPECT_THROW((Domain{connection_, broken, listener()}), Error);
    broken.cpu_model.clear();
    const Domain domain{connection_, broken, listener()};
    EXPECT_TRUE(domain.is_running());
}

TEST_F(Embedded, AnAcceleratorIsChosenThatRunsAKernel) {
    const auto choice = choose_accelerator(connection_, "x86_64", fs::path{TEST_GUEST} / "kernel");
    std::cout << (choice.accelerator == Accelerator::kvm ? "kvm: " : "tcg: ") << choice.reason
              << '\n';
    Machine chosen = machine("poweroff");
    chosen.accelerator = choice.accelerator;
    const Domain domain{connection_, chosen, listener()};
    EXPECT_EQ(next().kind, Kind::powered_off);
}

TEST_F(Embedded, AnArchitectureWithoutItsQemuIsRefusedWithARemedy) {
    try {
        std::ignore = choose_accelerator(connection_, "s390x", fs::path{TEST_GUEST} / "kernel");
        FAIL() << "nothing was thrown";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), testing::HasSubstr("QEMU cannot run s390x machines"));
        EXPECT_THAT(error.notes(), testing::Contains(testing::HasSubstr("qemu-system-s390x")));
    }
}

TEST(EmbeddedOwner, ThatWasKilledHasItsQemuReaped) {
    const TemporaryFolder folder{fs::temp_directory_path() / "glinda-test-"};
    const pid_t owner = ::fork();  // before libvirt starts a thread here
    if (owner == 0) {
        const PrivateRoot root;
        const Connection connection{root};
        const Domain domain{connection, machine_in(root, "hang"), {}};
        write_file(folder.path() / "root", root.path().string());
        ::raise(SIGKILL);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(owner, &status, 0), owner);
    ASSERT_TRUE(WIFSIGNALED(status));
    const fs::path root = read_file(folder.path() / "root");
    const std::string id{trim(read_file(root / "run/qemu/glinda-test-guest-with-a-long-name.pid"))};
    const auto command_line = [&id] {
        const fs::path file = fs::path{"/proc"} / id / "cmdline";
        return fs::exists(file) ? read_file(file) : "";  // a zombie has an empty one
    };
    ASSERT_THAT(command_line(), testing::HasSubstr("qemu-system"));
    EXPECT_GE(PrivateRoot::reap(), 1);
    EXPECT_EQ(command_line(), "");
    EXPECT_FALSE(fs::exists(root));
}

}  // namespace
}  // namespace glinda::virt
