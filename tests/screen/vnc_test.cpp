#include "glinda/screen/vnc.hpp"

#include <gmock/gmock.h>
#include <rfb/rfb.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <stop_token>
#include <thread>

#include "glinda/util/error.hpp"
#include "glinda/util/files.hpp"
#include "glinda/util/handle.hpp"

namespace glinda::screen {
namespace {

using namespace std::chrono_literals;

constexpr int width = 16;
constexpr int height = 8;

FileDescriptor listen_at(const std::filesystem::path& path) {
    FileDescriptor listening{::socket(AF_UNIX, SOCK_STREAM, 0)};
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.string().copy(address.sun_path, sizeof address.sun_path - 1);
    EXPECT_EQ(::bind(listening.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(listening.get(), 1), 0);
    return listening;
}

/// A VNC server in this process whose screen changes after its first picture was sent.
class Server {
public:
    explicit Server(const std::filesystem::path& path) : listening_{listen_at(path)} {
        rfbLogEnable(FALSE);
        screen_.reset(rfbGetScreen(nullptr, nullptr, width, height, 8, 3, 4));
        screen_->frameBuffer = pixels_.data();
        screen_->cursor = nullptr;  // it would be painted over the first pixel
        screen_->autoPort = FALSE;
        screen_->port = screen_->ipv6port = -1;  // no TCP
        screen_->screenData = this;
        screen_->displayFinishedHook = [](rfbClientPtr client, int) {
            static_cast<Server*>(client->screen->screenData)->paint();
        };
        rfbInitServer(screen_.get());
        thread_ = std::jthread{[this](const std::stop_token& stop) {
            rfbNewClient(screen_.get(), ::accept(listening_.get(), nullptr, nullptr));
            while (!stop.stop_requested())
                rfbProcessEvents(screen_.get(), 10'000);
        }};
    }

private:
    /// Every pixel becomes red 10, green 20 and blue 30.
    void paint() {
        for (std::size_t at = 0; at < pixels_.size(); at += 4) {
            pixels_[at] = 10;
            pixels_[at + 1] = 20;
            pixels_[at + 2] = 30;
        }
        if (!std::exchange(painted_, true))
            rfbMarkRectAsModified(screen_.get(), 0, 0, width, height);
    }

    FileDescriptor listening_;
    bool painted_ = false;
    std::vector<char> pixels_ = std::vector<char>(std::size_t{width} * height * 4);
    Handle<rfbScreenInfo, &rfbScreenCleanup> screen_;
    std::jthread thread_;
};

class Capture : public testing::Test {
protected:
    TemporaryFolder folder_{std::filesystem::temp_directory_path() / "glinda-test-"};
    std::filesystem::path socket_ = folder_.path() / "vnc.sock";
};

TEST_F(Capture, TakesTheSecondPictureAsTheFirstIsStale) {
    const Server server{socket_};
    const Frame frame = capture(socket_, 10s);
    EXPECT_EQ(frame.width, 16U);
    EXPECT_EQ(frame.height, 8U);
    ASSERT_EQ(frame.pixels.size(), 384U);
    EXPECT_THAT((std::vector<int>{frame.pixels.begin(), frame.pixels.begin() + 3}),
                testing::ElementsAre(10, 20, 30));
    EXPECT_THAT((std::vector<int>{frame.pixels.end() - 3, frame.pixels.end()}),
                testing::ElementsAre(10, 20, 30));
}

TEST_F(Capture, NamesTheSocketThatNobodyListensTo) {
    try {
        std::ignore = capture(socket_);
        FAIL() << "nothing was thrown";
    } catch (const Error& error) {
        EXPECT_EQ(error.fault(), Fault::environment);
        EXPECT_THAT(error.what(), testing::HasSubstr(socket_.string()));
    }
}

TEST_F(Capture, DoesNotWaitForASilentServerForEver) {
    const FileDescriptor silent = listen_at(socket_);
    EXPECT_THROW(std::ignore = capture(socket_, 100ms), Error);
}

TEST_F(Capture, AViewerSeesEachChangeOnce) {
    const Server server{socket_};
    Viewer viewer{socket_};
    EXPECT_TRUE(viewer.frame().pixels.empty());
    const auto end = std::chrono::steady_clock::now() + 10s;
    ASSERT_TRUE(viewer.wait(end));
    Frame frame = viewer.frame();
    ASSERT_EQ(frame.pixels.size(), 384U);
    while (frame.pixels.front() != 10) {  // the second picture, or already the first
        ASSERT_TRUE(viewer.wait(end));
        frame = viewer.frame();
    }
    EXPECT_FALSE(viewer.wait(std::chrono::steady_clock::now() + 50ms));
}

TEST_F(Capture, AViewerThatIsClosedWaitsNoLonger) {
    const Server server{socket_};
    Viewer viewer{socket_};
    const auto wait = [&] {
        while (viewer.wait(std::chrono::steady_clock::time_point::max())) {
        }
    };
    const std::jthread closer{[&] { viewer.close(); }};
    EXPECT_THROW(wait(), Error);
}

}  // namespace
}  // namespace glinda::screen
