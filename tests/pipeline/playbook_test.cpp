#include "playbook.hpp"

#include <gmock/gmock.h>

#include <cstdlib>

#include "glinda/util/error.hpp"
#include "glinda/util/files.hpp"
#include "ssh_server.hpp"

namespace glinda::pipeline {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::HasSubstr;

/// A program in Ansible's place that does what an inventory is for: it logs in by OpenSSH's client.
constexpr const char* stand_in =
    "#!/bin/sh -e\n"
    "[ \"$1\" = -i ]; cp \"$2\" hosts.seen; echo \"$3\" >playbook.seen; pwd\n"
    "value() { sed -nE \"s/.* $1='([^']*)'.*/\\1/p; s/.* $1=([^ ']*) .*/\\1/p\" hosts.seen; }\n"
    "exec ssh $(value ansible_ssh_common_args) -i \"$(value ansible_ssh_private_key_file)\" "
    "-p \"$(value ansible_port)\" \"$(value ansible_user)@$(value ansible_host)\" "
    "'cat; echo in the guest' <\"$3\"\n";

/// The "guest" is this host; only a file of the test's folder says which keys may log in.
class Playbook : public testing::Test, protected guest::SshServer {
protected:
    Playbook() : path_{std::getenv("PATH")} {
        write_file(folder_.path() / "play.yml", "- hosts: all\n");
        make_folders(folder_.path() / "bin");
    }
    ~Playbook() override { ::setenv("PATH", path_.c_str(), 1); }
    void install(const std::string& program) {
        write_file(folder_.path() / "bin/ansible-playbook", program, 0755);
        ::setenv("PATH", ((folder_.path() / "bin").string() + ":" + path_).c_str(), 1);
    }
    void run(guest::Session& guest) {
        SystemRunner runner;
        run_playbook(
            guest, login(), folder_.path() / "play.yml", runner, 60s,
            [&](std::string_view text) { output_ += text; },
            [&] {
                ++restarts_;
                guest = guest::Session::wait_for(login(), std::chrono::steady_clock::now() + 30s);
                return true;
            },
            guest::shell_word((folder_.path() / "user.pub").string()));
    }
    [[nodiscard]] std::string keys() const { return read_file(folder_.path() / "user.pub"); }

    std::string path_;
    std::string output_;
    int restarts_ = 0;
};

TEST_F(Playbook, IsRunAgainstTheGuestWithAKeyThatIsGoneAfterwards) {
    install(stand_in);
    guest::Session guest = session();
    const std::string before = keys();
    run(guest);
    EXPECT_THAT(output_, HasSubstr(folder_.path().string() + "\n- hosts: all\nin the guest\n"));
    EXPECT_EQ(keys(), before);
    EXPECT_EQ(restarts_, 0);
    const std::string hosts = read_file(folder_.path() / "hosts.seen");
    EXPECT_THAT(hosts, HasSubstr("guest ansible_host=127.0.0.1 ansible_port=" +
                                 std::to_string(login().port)));
    const std::size_t key = hosts.find("='") + 2;
    EXPECT_FALSE(fs::exists(hosts.substr(key, hosts.find('\'', key) - key)));
    EXPECT_THAT(read_file(folder_.path() / "playbook.seen"), testing::EndsWith("/play.yml\n"));
}

TEST_F(Playbook, ThatRestartsTheGuestIsSurvived) {
    guest::Session guest = session();
    install("#!/bin/sh\nkill " + guest.run("echo $PPID").output);  // what serves that session
    const std::string before = keys();
    run(guest);
    EXPECT_EQ(restarts_, 1);
    EXPECT_EQ(keys(), before);
}

TEST_F(Playbook, ThatFailsIsNamedWithTheEndOfItsOutput) {
    install("#!/bin/sh\necho fatal: no such role; exit 2\n");
    guest::Session guest = session();
    try {
        run(guest);
        ADD_FAILURE();
    } catch (const Error& error) {
        EXPECT_EQ(error.fault(), Fault::guest);
        EXPECT_THAT(error.what(), HasSubstr("play.yml: ansible-playbook ended with status 2"));
        EXPECT_THAT(error.notes(), testing::ElementsAre(HasSubstr("fatal: no such role")));
    }
}

TEST_F(Playbook, WithoutAnsibleIsTheHostsFault) {
    guest::Session guest = session();
    ::setenv("PATH", (folder_.path() / "bin").c_str(), 1);
    for (const char* const program : {"ssh-keygen", "id"})
        fs::create_symlink(std::string{"/usr/bin/"} + program, folder_.path() / "bin" / program);
    try {
        run(guest);
        ADD_FAILURE();
    } catch (const Error& error) {
        EXPECT_EQ(error.fault(), Fault::environment);
        EXPECT_THAT(error.notes(), testing::Contains(HasSubstr("ansible-core")));
    }
}

}  // namespace
}  // namespace glinda::pipeline
