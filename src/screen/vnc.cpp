#include "glinda/screen/vnc.hpp"

#include <rfb/rfbclient.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <mutex>

#include "glinda/util/error.hpp"
#include "glinda/util/handle.hpp"

namespace glinda::screen {
namespace {

using Clock = std::chrono::steady_clock;

void destroy(rfbClient* client) noexcept {
    std::free(client->frameBuffer);  // rfbClientCleanup() leaves it
    rfbClientCleanup(client);
}
using Client = Handle<rfbClient, &destroy>;

/// How much a client has received.
struct Reception {
    std::uint64_t area = 0;  ///< pixels of the update that is arriving
    int whole_updates = 0;
    int updates = 0;
};

Reception& reception_of(rfbClient* client) {
    return *static_cast<Reception*>(rfbClientGetClientData(client, nullptr));
}

void got_rectangle(rfbClient* client, int, int, int width, int height) {
    reception_of(client).area +=
        static_cast<std::uint64_t>(width) * static_cast<std::uint64_t>(height);
}

void got_update(rfbClient* client) {
    Reception& reception = reception_of(client);
    const std::uint64_t all =
        static_cast<std::uint64_t>(client->width) * static_cast<std::uint64_t>(client->height);
    ++reception.updates;
    if (reception.area >= all)
        ++reception.whole_updates;
    reception.area = 0;
}

Client connect(const std::filesystem::path& socket, std::chrono::milliseconds timeout,
               Reception& reception) {
    static std::once_flag once;
    std::call_once(once, [] { rfbEnableClientLogging = FALSE; });
    Client client{rfbGetClient(8, 3, 4)};
    if (client == nullptr)
        throw Error{Fault::environment, "cannot make a VNC client: out of memory"};
    std::free(client->serverHost);
    client->serverHost = ::strdup(socket.c_str());  // rfbClientCleanup() frees it
    client->serverPort = 0;
    client->canHandleNewFBSize = TRUE;
    client->appData.encodingsString = "raw";
    client->connectTimeout = client->readTimeout = static_cast<unsigned>(
        std::chrono::duration_cast<std::chrono::seconds>(timeout).count() + 1);
    client->GotFrameBufferUpdate = &got_rectangle;
    client->FinishedFrameBufferUpdate = &got_update;
    rfbClientSetClientData(client.get(), nullptr, &reception);
    // rfbInitClient() frees its argument when it fails.
    rfbClient* const handed_over = client.release();
    if (rfbInitClient(handed_over, nullptr, nullptr) == FALSE)
        throw Error{Fault::environment, "cannot reach the VNC server at " + socket.string()};
    return Client{handed_over};
}

/// Handles the server's next message; false if none comes by `deadline`.
bool handle_message(rfbClient* client, Clock::time_point deadline) {
    // libvncclient counts microseconds in 32 bits.
    const auto left = std::min<std::chrono::microseconds>(
        std::chrono::duration_cast<std::chrono::microseconds>(deadline - Clock::now()),
        std::chrono::hours{1});
    const int ready =
        left.count() <= 0 ? 0 : WaitForMessage(client, static_cast<unsigned>(left.count()));
    if (ready < 0 || (ready > 0 && HandleRFBServerMessage(client) == FALSE))
        throw Error{Fault::environment, "the VNC server has closed the connection"};
    return ready > 0;
}

/// Handles what the server sends until `count` whole updates were received.
void receive(rfbClient* client, const Reception& reception, int count, Clock::time_point deadline) {
    while (reception.whole_updates < count)
        if (!handle_message(client, deadline))
            throw Error{Fault::timeout, "the VNC server has not sent its screen in time"};
}

Frame frame_of(const rfbClient& client) {
    Frame frame{.width = static_cast<unsigned>(client.width),
                .height = static_cast<unsigned>(client.height),
                .pixels = {}};
    const std::size_t count = std::size_t{frame.width} * frame.height;
    frame.pixels.resize(count * 3);
    const unsigned red = client.format.redShift;
    const unsigned green = client.format.greenShift;
    const unsigned blue = client.format.blueShift;
    std::uint8_t* to = frame.pixels.data();
    for (std::size_t at = 0; at < count; ++at) {
        std::uint32_t pixel = 0;
        std::memcpy(&pixel, client.frameBuffer + at * sizeof pixel, sizeof pixel);
        *to++ = static_cast<std::uint8_t>(pixel >> red);
        *to++ = static_cast<std::uint8_t>(pixel >> green);
        *to++ = static_cast<std::uint8_t>(pixel >> blue);
    }
    return frame;
}

}  // namespace

Frame capture(const std::filesystem::path& socket, std::chrono::milliseconds timeout) {
    const Clock::time_point deadline = Clock::now() + timeout;
    Reception reception;
    const Client client = connect(socket, timeout, reception);
    receive(client.get(), reception, 1, deadline);
    // QEMU draws nothing while nobody looks: its first picture is stale, or black.
    if (SendFramebufferUpdateRequest(client.get(), 0, 0, client->width, client->height, FALSE) ==
        FALSE)
        throw Error{Fault::environment, "the VNC server has closed the connection"};
    receive(client.get(), reception, 2, deadline);
    return frame_of(*client);
}

struct Viewer::State {
    State(const std::filesystem::path& socket, std::chrono::milliseconds timeout)
        : client{connect(socket, timeout, reception)} {}

    Reception reception;
    Client client;
    int seen = 0;  ///< updates
};

Viewer::Viewer(const std::filesystem::path& socket, std::chrono::milliseconds timeout)
    : state_{std::make_unique<State>(socket, timeout)} {}
Viewer::~Viewer() = default;

bool Viewer::wait(Clock::time_point deadline) {
    while (state_->reception.updates == state_->seen)
        if (!handle_message(state_->client.get(), deadline))
            return false;
    state_->seen = state_->reception.updates;
    return true;
}

Frame Viewer::frame() const {
    return state_->seen == 0 ? Frame{} : frame_of(*state_->client);
}

void Viewer::close() noexcept {
    ::shutdown(state_->client->sock, SHUT_RDWR);
}

}  // namespace glinda::screen
