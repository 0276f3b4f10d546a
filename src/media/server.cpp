#include "glinda/media/server.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <utility>

#include "byte_range.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/handle.hpp"

namespace glinda::media {
namespace {

using Response = Handle<MHD_Response, &MHD_destroy_response>;

/// Opens what stands below `folder`, or nothing: the kernel lets neither ".." nor a link out.
FileDescriptor open_below(int folder, std::string_view path) {
    const std::size_t start = path.find_first_not_of('/');
    const std::string name{start == std::string_view::npos ? "." : path.substr(start)};
    open_how how{};
    how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;  // the last one for a pipe that nobody writes
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
    // glibc has no function for it.
    return FileDescriptor{
        static_cast<int>(::syscall(SYS_openat2, folder, name.c_str(), &how, sizeof how))};
}

struct Answer {
    unsigned status;
    Response response;
};

Answer plain(unsigned status) {
    return {status, Response{MHD_create_response_from_buffer(0, nullptr, MHD_RESPMEM_PERSISTENT)}};
}

Answer answer(MHD_Connection* connection, int folder, std::string_view path,
              std::string_view method) {
    if (method != MHD_HTTP_METHOD_GET && method != MHD_HTTP_METHOD_HEAD)
        return plain(MHD_HTTP_METHOD_NOT_ALLOWED);
    FileDescriptor file = open_below(folder, path);
    struct stat status {};
    if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode))
        return plain(MHD_HTTP_NOT_FOUND);
    const auto size = static_cast<std::uint64_t>(status.st_size);
    const char* wanted =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_RANGE);
    const std::optional<ByteRange> range =
        wanted == nullptr ? std::nullopt : read_byte_range(wanted, size);
    const ByteRange part = range.value_or(ByteRange{.first = 0, .length = size});
    // The library closes the file with the response.
    Response response{
        MHD_create_response_from_fd_at_offset64(part.length, file.release(), part.first)};
    MHD_add_response_header(response.get(), MHD_HTTP_HEADER_ACCEPT_RANGES, "bytes");
    if (!range)
        return {MHD_HTTP_OK, std::move(response)};
    MHD_add_response_header(response.get(), MHD_HTTP_HEADER_CONTENT_RANGE,
                            to_text(part, size).c_str());
    return {MHD_HTTP_PARTIAL_CONTENT, std::move(response)};
}

}  // namespace

struct TreeServer::Handler {
    static MHD_Result handle(void* self, MHD_Connection* connection, const char* url,
                             const char* method, const char*, const char*, std::size_t* upload,
                             void** state) {
        // The first call comes before the body; what is queued now would close the connection.
        if (*state == nullptr) {
            *state = self;
            return MHD_YES;
        }
        if (*upload != 0) {
            *upload = 0;  // a body that nobody asked for
            return MHD_YES;
        }
        const auto& server = *static_cast<const TreeServer*>(self);
        const Answer found = answer(connection, server.folder_.get(), url, method);
        if (server.on_request_)
            server.on_request_(url, static_cast<int>(found.status));
        return MHD_queue_response(connection, found.status, found.response.get());
    }
};

void TreeServer::Stop::operator()(MHD_Daemon* daemon) const noexcept {
    MHD_stop_daemon(daemon);
}

TreeServer::TreeServer(const std::filesystem::path& folder, OnRequest on_request)
    : folder_{open_file(folder, O_RDONLY | O_DIRECTORY)}, on_request_{std::move(on_request)} {
    if (!open_below(folder_.get(), "."))
        throw system_error("cannot serve the folder " + folder.string());
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    daemon_.reset(MHD_start_daemon(MHD_USE_AUTO | MHD_USE_INTERNAL_POLLING_THREAD, 0, nullptr,
                                   nullptr, &Handler::handle, this, MHD_OPTION_SOCK_ADDR, &address,
                                   MHD_OPTION_END));
    if (!daemon_)
        throw system_error("cannot serve " + folder.string() + " on 127.0.0.1");
    port_ = MHD_get_daemon_info(daemon_.get(), MHD_DAEMON_INFO_BIND_PORT)->port;
}

}  // namespace glinda::media
