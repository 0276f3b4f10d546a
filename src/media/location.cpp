#include "glinda/media/location.hpp"

#include <gio/gio.h>

#include "glinda/util/error.hpp"
#include "glinda/util/handle.hpp"
#include "glinda/util/text.hpp"

namespace glinda::media {
namespace {

using Text = Handle<gchar, &g_free>;

Error not_a_url(std::string_view url, const GError* error) {
    return {Fault::usage, format("\"{}\" is no URL{}{}", url, error == nullptr ? "" : ": ",
                                 error == nullptr ? "" : error->message)};
}

}  // namespace

Location locate(std::string_view text, const std::filesystem::path& folder) {
    const std::string url{trim(text)};
    const std::size_t colon = url.find("://");
    if (colon == std::string::npos)
        return {.path = (folder / url).lexically_normal(), .url = {}};
    const std::string scheme = lower(url.substr(0, colon));
    if (scheme == "http" || scheme == "https" || scheme == "ftp")
        return {.path = std::nullopt, .url = url};
    if (scheme != "file")
        throw Error{Fault::usage,
                    format("{} is of a kind that glinda cannot fetch", url),
                    {"give a path, or a file, http, https or ftp URL"}};
    GError* error = nullptr;
    const Text path{g_filename_from_uri(url.c_str(), nullptr, &error)};
    const Handle<GError, &g_error_free> owned{error};
    if (!path)
        throw not_a_url(url, error);
    return {.path = std::filesystem::path{path.get()}.lexically_normal(), .url = {}};
}

UrlParts split_url(const std::string& url) {
    GError* error = nullptr;
    const Handle<GUri, &g_uri_unref> uri{g_uri_parse(url.c_str(), G_URI_FLAGS_ENCODED, &error)};
    const Handle<GError, &g_error_free> owned{error};
    if (!uri || g_uri_get_host(uri.get()) == nullptr)
        throw not_a_url(url, error);
    UrlParts parts{.scheme = lower(g_uri_get_scheme(uri.get())),
                   .host = g_uri_get_host(uri.get()),
                   .path = g_uri_get_path(uri.get())};
    if (parts.host.find(':') != std::string::npos)
        parts.host = "[" + parts.host + "]";
    if (const gint port = g_uri_get_port(uri.get()); port > 0)
        parts.host += format(":{}", port);
    if (parts.path.empty())
        parts.path = "/";
    return parts;
}

bool is_loopback(const std::string& host) {
    const std::string name = lower(host.substr(
        0, host.rfind(':') == std::string::npos || host.ends_with(']') ? host.size()
                                                                       : host.rfind(':')));
    if (name == "localhost" || name.starts_with("localhost."))
        return true;
    const bool bracketed = name.starts_with('[') && name.ends_with(']');
    const std::string bare = bracketed ? name.substr(1, name.size() - 2) : name;
    GInetAddress* address = g_inet_address_new_from_string(bare.c_str());
    const Handle<GInetAddress, &g_object_unref> owned{address};
    return address != nullptr && g_inet_address_get_is_loopback(address) != FALSE;
}

}  // namespace glinda::media
