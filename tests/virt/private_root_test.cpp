#include "glinda/virt/private_root.hpp"

#include <gmock/gmock.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <thread>

namespace glinda::virt {
namespace {

namespace fs = std::filesystem;

class Root : public testing::Test {
protected:
    void SetUp() override {
        try {
            const PrivateRoot tried{base_};
        } catch (const Error& error) {
            GTEST_SKIP() << error.what();
        }
    }

    TemporaryFolder folder_{"/tmp/glinda-test-", 0711};
    fs::path base_ = folder_.path() / "base";
};

mode_t mode_of(const fs::path& path) {
    struct stat status {};
    EXPECT_EQ(::lstat(path.c_str(), &status), 0);
    return status.st_mode & 07777U;
}

/// Starts a process that has `name` in its command line, as QEMU has its root's path.
pid_t start_helper(std::string name) {
    std::string minute = "60";
    std::array<char*, 3> argv{name.data(), minute.data(), nullptr};
    pid_t id = 0;
    EXPECT_EQ(::posix_spawnp(&id, "sleep", nullptr, nullptr, argv.data(), nullptr), 0);
    // exec(2) lets its caller go on some instructions before the command line can be read.
    while (read_file("/proc/" + std::to_string(id) + "/cmdline").empty()) {
    }
    return id;
}

TEST_F(Root, IsGoneAtTheEndOfItsLife) {
    fs::path path;
    {
        const PrivateRoot root{base_};
        path = root.path();
        EXPECT_EQ(mode_of(root.io()), 0700U);
        EXPECT_EQ(root.uri(), "qemu:///embed?root=" + path.string());
        EXPECT_THAT(read_file(path / "etc/qemu.conf"),
                    testing::HasSubstr("stdio_handler = \"file\""));
    }
    EXPECT_FALSE(fs::exists(path));
    EXPECT_TRUE(fs::is_empty(base_));
}

TEST_F(Root, LeavesRoomForLibvirtsSocketsInItsPath) {
    const PrivateRoot root;
    EXPECT_LE(root.path().string().size(), 55U);
}

TEST_F(Root, OfALivingOwnerIsNotReaped) {
    const PrivateRoot root{base_};
    EXPECT_EQ(PrivateRoot::reap(base_), 0);
    EXPECT_TRUE(fs::exists(root.path() / "etc/qemu.conf"));
}

TEST_F(Root, ThatIsGoneBeforeItIsLookedAtIsNoFailure) {
    std::jthread others{[&](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            std::error_code none;
            fs::create_directory(base_ / "other", none);
            fs::remove_all(base_ / "other", none);
        }
    }};
    for (int i = 0; i < 20'000; ++i)
        ASSERT_NO_THROW(PrivateRoot::reap(base_));
}

TEST_F(Root, OfAKilledOwnerIsReapedWithItsProcesses) {
    const pid_t owner = ::fork();
    if (owner == 0) {
        const PrivateRoot root{base_};
        write_file(base_ / "ready", root.path().string());
        ::raise(SIGKILL);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(owner, &status, 0), owner);
    ASSERT_TRUE(WIFSIGNALED(status));
    const fs::path root = read_file(base_ / "ready");
    fs::remove(base_ / "ready");
    ASSERT_TRUE(fs::exists(root));
    const pid_t helper = start_helper(root / "qemu");
    write_file(root / "helper.pid", std::to_string(helper) + "\n");

    EXPECT_EQ(PrivateRoot::reap(base_), 1);
    EXPECT_FALSE(fs::exists(root));
    ASSERT_EQ(::waitpid(helper, &status, 0), helper);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

TEST_F(Root, NeverKillsAProcessThatOnlyInheritedANumber) {
    const pid_t stranger = start_helper("stranger");
    {
        const PrivateRoot root{base_};
        write_file(root.path() / "old.pid", std::to_string(stranger));
    }
    EXPECT_EQ(::waitpid(stranger, nullptr, WNOHANG), 0);
    ::kill(stranger, SIGKILL);
    ::waitpid(stranger, nullptr, 0);
}

TEST_F(Root, TakesTheEndOfADaemonThatNoProcess1Takes) {
    ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);  // so that none does
    const PrivateRoot root{base_};
    const fs::path number = root.path() / "run/qemu/guest.pid";
    const pid_t starter = ::fork();
    if (starter == 0) {
        if (const pid_t daemon = ::fork(); daemon != 0)
            write_file(number, std::to_string(daemon) + "\n");
        else
            ::pause();
        std::_Exit(0);
    }
    ASSERT_EQ(::waitpid(starter, nullptr, 0), starter);
    const pid_t daemon = std::stoi(read_file(number));
    ASSERT_EQ(::kill(daemon, SIGKILL), 0);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{30};
    while (::kill(daemon, 0) == 0 && std::chrono::steady_clock::now() < deadline)
        std::this_thread::yield();
    EXPECT_EQ(::kill(daemon, 0), -1);
}

TEST_F(Root, IsNotMadeBehindALinkThatSomebodyElseLaid) {
    const fs::path trap = folder_.path() / "trap";
    fs::create_symlink(folder_.path(), trap);
    EXPECT_THROW(PrivateRoot{trap}, Error);
    EXPECT_THROW(PrivateRoot::reap(trap), Error);
}

TEST_F(Root, IsNotMadeWhereOthersMayWrite) {
    const fs::path open = folder_.path() / "open";
    fs::create_directory(open);
    fs::permissions(open, fs::perms::all);
    EXPECT_THROW(PrivateRoot{open}, Error);
}

TEST_F(Root, IsNotMadeInSomebodyElsesFolder) {
    if (::geteuid() != 0)
        GTEST_SKIP() << "only root can give a folder away";
    const fs::path foreign = folder_.path() / "foreign";
    fs::create_directory(foreign);
    ASSERT_EQ(::chown(foreign.c_str(), 12345, 12345), 0);
    EXPECT_THROW(PrivateRoot{foreign}, Error);
}

TEST_F(Root, CanBeEnteredByQemusUserWhateverTheUmask) {
    const mode_t before = ::umask(077);
    {
        const PrivateRoot root{base_};
        const mode_t expected = ::geteuid() == 0 ? 0711 : 0700;
        EXPECT_EQ(mode_of(base_), 0711U);
        EXPECT_EQ(mode_of(root.path()), expected);
        EXPECT_EQ(mode_of(root.path() / "lib"), expected);
    }
    ::umask(before);
}

}  // namespace
}  // namespace glinda::virt
