#pragma once

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <string>

#include "glinda/guest/session.hpp"
#include "glinda/util/files.hpp"
#include "glinda/util/process.hpp"
#include "glinda/util/text.hpp"
#include "listener.hpp"

namespace glinda::guest {

/// What stands in for a guest: OpenSSH's server on this host, with a key of its own and one that
/// may log in.
class SshServer {
protected:
    SshServer() {
        SystemRunner runner;
        for (const char* name : {"host", "user"})
            runner.output_of({.argv = {"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f",
                                       (folder_.path() / name).string()}});
        write_file(folder_.path() / "config",
                   format("ListenAddress 127.0.0.1\nPort {0}\nHostKey {1}/host\n"
                          "AuthorizedKeysFile {1}/user.pub\nStrictModes no\nUsePAM no\n"
                          "PidFile none\nPermitRootLogin yes\nPasswordAuthentication yes\n",
                          listener_.port(), folder_.path().string()));
    }
    ~SshServer() {
        if (server_ > 0) {
            ::kill(server_, SIGTERM);
            ::waitpid(server_, nullptr, 0);
        }
    }

    void boot() {
        listener_.close();
        const std::string config = (folder_.path() / "config").string();
        const std::string log = (folder_.path() / "log").string();
        make_folders("/run/sshd", 0755);  // its own start script makes it
        server_ = ::fork();
        if (server_ == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGTERM);
            ::execl("/usr/sbin/sshd", "/usr/sbin/sshd", "-D", "-E", log.c_str(), "-f",
                    config.c_str(), nullptr);
            ::_exit(127);
        }
    }

    [[nodiscard]] Login login() const {
        return {.port = listener_.port(),
                .user = std::string{trim(SystemRunner{}.output_of({.argv = {"id", "-un"}}))},
                .secret = PrivateKey{folder_.path() / "user"}};
    }

    [[nodiscard]] Session session() {
        boot();
        return Session::wait_for(login(),
                                 std::chrono::steady_clock::now() + std::chrono::seconds{30});
    }

    TemporaryFolder folder_{std::filesystem::temp_directory_path() / "glinda-guest-"};
    Listener listener_;
    pid_t server_ = 0;
};

}  // namespace glinda::guest
