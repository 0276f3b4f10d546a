#include "authorized_keys.hpp"

#include <gmock/gmock.h>

#include "glinda/guest/session.hpp"
#include "glinda/util/files.hpp"
#include "glinda/util/process.hpp"

namespace glinda::pipeline {
namespace {

namespace fs = std::filesystem;

/// The "guest" is this host's shell.
class AuthorizedKeys : public testing::Test {
protected:
    AuthorizedKeys() { make_folders(file_.parent_path()); }

    static void run(const std::string& script) {
        const Result result = SystemRunner{}.run({.argv = {"sh"}, .input = script});
        EXPECT_EQ(result.status, 0) << result.errors;
    }
    void let_in() const { run(letting_in(key_, guest::shell_word(file_.string()))); }
    void keep_out() const { run(keeping_out(key_, guest::shell_word(file_.string()))); }

    TemporaryFolder folder_{fs::temp_directory_path() / "glinda-keys-"};
    fs::path file_ = folder_.path() / "a user's/.ssh/authorized_keys";
    std::string key_ = "ssh-ed25519 AAAA/+= throw-away";
};

TEST_F(AuthorizedKeys, AreTheUsersAloneAgain) {
    const std::string own = "# mine\nssh-rsa BBBB me\nssh-ed25519 AAAA/+= throw-away too\n";
    write_file(file_, own, 0640);
    let_in();
    EXPECT_EQ(read_file(file_), own + key_ + "\n");
    keep_out();
    EXPECT_EQ(read_file(file_), own);
    EXPECT_EQ(fs::status(file_).permissions(), fs::perms{0640});
}

TEST_F(AuthorizedKeys, ThatWereMadeForTheKeyGo) {
    let_in();
    EXPECT_EQ(fs::status(file_).permissions(), fs::perms{0600});
    keep_out();
    EXPECT_FALSE(fs::exists(file_));
}

TEST_F(AuthorizedKeys, WithoutTheKeyStayAsTheyAre) {
    keep_out();
    EXPECT_FALSE(fs::exists(file_));
    write_file(file_, "");
    keep_out();
    EXPECT_TRUE(fs::exists(file_));
}

}  // namespace
}  // namespace glinda::pipeline
