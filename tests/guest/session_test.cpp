#include "glinda/guest/session.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <csignal>
#include <future>

#include "glinda/util/error.hpp"
#include "glinda/util/files.hpp"
#include "glinda/util/process.hpp"
#include "glinda/util/text.hpp"
#include "password_server.hpp"
#include "ssh_server.hpp"

namespace glinda::guest {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using testing::HasSubstr;
using testing::Not;

class Guest : public testing::Test, protected SshServer {};

template <typename Action>
Error error_of(Action action) {
    try {
        action();
    } catch (const Error& error) {
        return error;
    }
    ADD_FAILURE() << "nothing was thrown";
    return {Fault::usage, ""};
}

TEST_F(Guest, RunsAScriptAndKeepsItsOutputsApart) {
    const CommandResult result = session().run("echo out; echo err >&2; exit 3");
    EXPECT_EQ(result.status, 3);
    EXPECT_EQ(result.signal, "");
    EXPECT_EQ(result.output, "out\n");
    EXPECT_EQ(result.errors, "err\n");
}

TEST_F(Guest, RunsOneScriptAfterTheOther) {
    Session guest = session();
    EXPECT_EQ(guest.run("variable=left").status, 0);
    EXPECT_EQ(guest.run("echo \"<$variable>\"").output, "<>\n");
    EXPECT_EQ(guest.run("").status, 0);
}

TEST_F(Guest, ACommandThatReadsItsInputDoesNotSwallowTheRestOfTheScript) {
    EXPECT_EQ(session().run("cat; echo after").output, "after\n");
}

TEST_F(Guest, QuotesHereDocumentsAndSyntaxOfBashArriveAsTheyAre) {
    EXPECT_EQ(session()
                  .run("a=(\"it's\" '$HOME' \\\\); printf '%s\\n' \"${a[@]}\"\n"
                       "cat <<'END'\n\"$(no)\" \\\nEND")
                  .output,
              "it's\n$HOME\n\\\n\"$(no)\" \\\n");
}

TEST_F(Guest, AScriptNeitherShowsInTheProcessListNorHasALimitOfLength) {
    std::string script = "ps -eo args; echo ${#script}; #" + std::string(500'000, 'x') + "secret";
    const CommandResult result = session().run(script);
    EXPECT_THAT(result.output, HasSubstr(std::to_string(script.size())));
    EXPECT_THAT(result.output, Not(HasSubstr("xxxx")));
}

TEST_F(Guest, AFileArrivesByteForByteWithMissingFolders) {
    Session guest = session();
    std::string bytes(3'000'000, 'x');
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<char>(i * i);
    const auto file = folder_.path() / "new folder" / "it's $HOME";
    guest.write(file.string(), bytes);
    EXPECT_EQ(read_file(file), bytes);
    EXPECT_EQ(std::filesystem::status(file).permissions(), std::filesystem::perms{0644});
    guest.write(file.string(), "");
    EXPECT_EQ(read_file(file), "");
}

TEST_F(Guest, AFileThatIsThereKeepsItsMode) {
    const auto file = folder_.path() / "script";
    write_file(file, "old", 0750);
    session().write(file.string(), std::string_view{"\0new", 4});
    EXPECT_EQ(read_file(file), (std::string_view{"\0new", 4}));
    EXPECT_EQ(std::filesystem::status(file).permissions(), std::filesystem::perms{0750});
}

TEST_F(Guest, AFileGetsTheModeAndTheOwnerThatAreAskedFor) {
    Session guest = session();
    const auto file = folder_.path() / "with mode";
    const std::string me{trim(SystemRunner{}.output_of({.argv = {"id", "-un"}}))};
    guest.write(file.string(), "first", {.mode = 04750U, .owner = me + ":"});
    EXPECT_EQ(std::filesystem::status(file).permissions(), std::filesystem::perms{04750});
    guest.write(file.string(), "second", {.mode = 0600U});
    EXPECT_EQ(std::filesystem::status(file).permissions(), std::filesystem::perms{0600});
    EXPECT_EQ(read_file(file), "second");
    const Error error = error_of([&] { guest.write(file.string(), "", {.owner = "none:such"}); });
    EXPECT_THAT(error.what(), HasSubstr("none:such"));
}

TEST_F(Guest, AFileThatCannotBeWrittenIsNamedAndTheSessionGoesOn) {
    Session guest = session();
    const Error error =
        error_of([&] { guest.write(folder_.path().string(), std::string(1'000'000, 'x')); });
    EXPECT_EQ(error.fault(), Fault::guest);
    EXPECT_THAT(error.what(), HasSubstr("cannot write " + folder_.path().string()));
    EXPECT_EQ(guest.run("echo on").output, "on\n");
}

TEST_F(Guest, MuchOutputArrivesWholeAndInOrder) {
    std::string expected;
    for (int i = 1; i <= 10'000; ++i)
        expected += format("line {} of the test\n", i);
    std::string streamed;
    const CommandResult result = session().run(
        "seq -f 'line %.0f of the test' 10000; seq -f 'line %.0f of the test' 10000 >&2",
        {.limit = 60s, .on_output = [&](Stream stream, std::string_view text) {
             if (stream == Stream::output)
                 streamed += text;
         }});
    EXPECT_EQ(result.output, expected);
    EXPECT_EQ(result.errors, expected);
    EXPECT_EQ(streamed, expected);
}

TEST_F(Guest, OutputIsSeenBeforeTheScriptEnds) {
    Session guest = session();
    const auto fifo = (folder_.path() / "fifo").string();
    SystemRunner{}.output_of({.argv = {"mkfifo", fifo}});
    // The script ends only after its first word was received.
    const CommandResult result =
        guest.run("echo first; cat " + fifo, {.on_output = [&](Stream, std::string_view text) {
                      if (text == "first\n")
                          write_all(open_file(fifo, O_WRONLY).get(), "second\n", fifo);
                  }});
    EXPECT_EQ(result.output, "first\nsecond\n");
}

TEST_F(Guest, TheSignalThatEndedAScriptIsNamed) {
    const CommandResult result = session().run("kill -TERM $$");
    EXPECT_EQ(result.status, 255);
    EXPECT_EQ(result.signal, "TERM");
}

TEST_F(Guest, ADaemonThatKeepsTheOutputOpenDoesNotHoldUpTheScript) {
    const CommandResult result =
        session().run("sleep 20 & echo started", {.limit = std::chrono::seconds{15}});
    EXPECT_EQ(result.status, 0);
    EXPECT_EQ(result.output, "started\n");
}

TEST_F(Guest, AScriptIsGivenUpAtItsLimitAndTheNextOneRuns) {
    Session guest = session();
    const Error error = error_of([&] { guest.run("sleep 20", {.limit = 200ms}); });
    EXPECT_EQ(error.fault(), Fault::timeout);
    EXPECT_EQ(error.what(), format("the script in the guest at 127.0.0.1:{} did not end within {}",
                                   listener_.port(), to_text(200ms)));
    EXPECT_EQ(guest.run("echo still here").output, "still here\n");
}

TEST_F(Guest, AStopEndsARunningScript) {
    boot();
    std::stop_source stop;
    Session guest = Session::wait_for(login(), steady_clock::now() + 30s, stop.get_token());
    const Error error = error_of([&] {
        guest.run("echo started; sleep 20",
                  {.on_output = [&](Stream, std::string_view) { stop.request_stop(); }});
    });
    EXPECT_EQ(error.fault(), Fault::cancelled);
}

TEST_F(Guest, AConnectionThatBreaksIsSaidToHaveBroken) {
    const Error error = error_of([&] { session().run("kill -KILL $PPID; sleep 20"); });
    EXPECT_EQ(error.fault(), Fault::guest);
    EXPECT_THAT(error.what(), HasSubstr("broke"));
}

TEST_F(Guest, AGuestIsWaitedForUntilItsServerAnswers) {
    auto waiting = std::async(std::launch::async, [this] {
        return Session::wait_for(login(), steady_clock::now() + 30s);
    });
    listener_.accept().reset();  // hangs up
    listener_.accept().reset();  // hangs up
    boot();
    EXPECT_EQ(waiting.get().run("echo up").output, "up\n");
}

TEST_F(Guest, APortThatAcceptsButNeverSpeaksIsATimeout) {
    const auto start = steady_clock::now();
    const Error error = error_of([&] { std::ignore = Session::wait_for(login(), start + 700ms); });
    EXPECT_EQ(error.fault(), Fault::timeout);
    EXPECT_THAT(error.what(), HasSubstr(format("127.0.0.1:{}", listener_.port())));
    EXPECT_GE(steady_clock::now() - start, 700ms);
    EXPECT_LT(steady_clock::now() - start, 5s);
}

TEST_F(Guest, AStopEndsTheWaitForAGuest) {
    std::stop_source stop;
    auto waiting = std::async(std::launch::async, [&] {
        return error_of([&] {
            std::ignore = Session::wait_for(login(), steady_clock::now() + 100s, stop.get_token());
        });
    });
    listener_.accept().reset();  // hangs up
    stop.request_stop();
    EXPECT_EQ(waiting.get().fault(), Fault::cancelled);
}

TEST_F(Guest, AWrongPasswordIsRefusedAtOnceAndNotRepeated) {
    std::ignore = session();
    Login wrong = login();
    wrong.secret = Password{"open sesame"};
    const Error error =
        error_of([&] { std::ignore = Session::wait_for(wrong, steady_clock::now() + 100s); });
    EXPECT_EQ(error.fault(), Fault::guest);
    EXPECT_EQ(error.what(),
              format("the guest at 127.0.0.1:{} refuses {}'s password", wrong.port, wrong.user));
    EXPECT_THAT(error.notes(), Not(testing::IsEmpty()));
    EXPECT_THAT(error.notes().at(0), Not(HasSubstr("sesame")));
}

TEST_F(Guest, AKeyThatTheGuestDoesNotKnowIsRefused) {
    std::ignore = session();
    Login stranger = login();
    stranger.secret = PrivateKey{folder_.path() / "host"};
    EXPECT_THAT(error_of([&] {
                    std::ignore = Session::wait_for(stranger, steady_clock::now() + 100s);
                }).what(),
                HasSubstr("'s key"));
}

TEST_F(Guest, AThrowAwayKeyOpensTheDoorBeforeAnythingElseIsTried) {
    Login login = this->login();
    login.secret = Password{"wrong"};
    login.offered = ThrowAwayKey{};
    write_file(folder_.path() / "user.pub", login.offered->line() + "\n");
    boot();
    const auto deadline = steady_clock::now() + 30s;
    EXPECT_EQ(Session::wait_for(login, deadline).run("echo in").output, "in\n");
    login.secret = NoSecret{};
    EXPECT_NO_THROW(std::ignore = Session::wait_for(login, deadline));
    login.offered = ThrowAwayKey{};
    EXPECT_THAT(error_of([&] { std::ignore = Session::wait_for(login, deadline); }).what(),
                testing::EndsWith("'s throw-away key"));
}

TEST_F(Guest, AnUnknownThrowAwayKeyIsNoHindrance) {
    Login login = this->login();
    login.offered = ThrowAwayKey{};
    boot();
    EXPECT_NO_THROW(std::ignore = Session::wait_for(login, steady_clock::now() + 30s));
}

TEST(Credential, IsTheKeysLineForSystemd) {
    const ThrowAwayKey key;
    EXPECT_THAT(key.line(), testing::MatchesRegex("ssh-ed25519 [A-Za-z0-9+/=]+ glinda-throw-away"));
    EXPECT_NE(key.line(), ThrowAwayKey{}.line());
    const std::string credential = root_credential(key);
    constexpr std::string_view head = "io.systemd.credential.binary:ssh.authorized_keys.root=";
    ASSERT_THAT(credential, testing::StartsWith(std::string{head}));
    EXPECT_EQ(SystemRunner{}.output_of(
                  {.argv = {"base64", "--decode"}, .input = credential.substr(head.size())}),
              key.line() + "\n");
}

TEST_F(Guest, AKeyFileThatCannotBeReadIsSaidBeforeAnyWaiting) {
    Login login{.secret = PrivateKey{"/none/such"}};
    const Error error =
        error_of([&] { std::ignore = Session::wait_for(login, steady_clock::now() + 100s); });
    EXPECT_EQ(error.fault(), Fault::usage);
    EXPECT_THAT(error.what(), HasSubstr("/none/such"));
}

TEST_F(Guest, APasswordOpensTheDoor) {
    const PasswordServer server{folder_.path() / "host", "open sesame", PasswordServer::Way::plain};
    EXPECT_NO_THROW((Session{{.port = server.port(), .secret = Password{"open sesame"}},
                             steady_clock::now() + 30s}));
}

TEST_F(Guest, APasswordAnswersTheQuestionOfAServerThatOnlyAsks) {
    const PasswordServer server{folder_.path() / "host", "open sesame",
                                PasswordServer::Way::asking};
    EXPECT_NO_THROW((Session{{.port = server.port(), .secret = Password{"open sesame"}},
                             steady_clock::now() + 30s}));
}

}  // namespace
}  // namespace glinda::guest
