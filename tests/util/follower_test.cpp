#include "glinda/util/follower.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>

#include "glinda/util/mailbox.hpp"

namespace glinda {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

class FollowerTest : public testing::Test {
protected:
    TemporaryFolder folder_{fs::temp_directory_path() / "glinda-test-"};
    fs::path file_ = folder_.path() / "log";
    FileDescriptor writer_ = open_file(file_, O_WRONLY | O_CREAT | O_APPEND);
    Mailbox<std::string> got_;

    Follower::Source source() {
        return {file_, [this](std::string_view bytes) { got_.send(std::string{bytes}); }};
    }
    std::string next() {
        return got_.receive(std::chrono::steady_clock::now() + 10s).value_or("nothing came");
    }
};

TEST_F(FollowerTest, ReadsWhatIsThereAndWhatComes) {
    write_all(writer_.get(), "first", "log");
    const Follower follower{{source()}};
    EXPECT_EQ(next(), "first");
    write_all(writer_.get(), "second", "log");
    EXPECT_EQ(next(), "second");
}

TEST_F(FollowerTest, ReadsToTheEndBeforeItGoes) {
    {
        const Follower follower{{source()}};
        write_all(writer_.get(), "last words", "log");
    }
    EXPECT_EQ(next(), "last words");
}

TEST_F(FollowerTest, AMissingFileIsAnError) {
    EXPECT_THROW(Follower({{folder_.path() / "none", [](std::string_view) {}}}), Error);
}

TEST(MailboxTest, WaitsForNothingBeyondTheDeadlineOrAStop) {
    Mailbox<int> mailbox;
    EXPECT_EQ(mailbox.receive(std::chrono::steady_clock::now()), std::nullopt);
    std::stop_source source;
    source.request_stop();
    EXPECT_EQ(mailbox.receive(std::chrono::steady_clock::now() + 1h, source.get_token()),
              std::nullopt);
    mailbox.send(3);
    EXPECT_EQ(mailbox.receive(std::chrono::steady_clock::now()), 3);
}

}  // namespace
}  // namespace glinda
