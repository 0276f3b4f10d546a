#pragma once

// libcurl as this module uses it; only its own .cpp and those that transfer include it.

#include <curl/curl.h>

#include <string>

#include "glinda/media/fetch.hpp"
#include "glinda/util/handle.hpp"

namespace glinda::media {

using Curl = Handle<CURL, &curl_easy_cleanup>;

/// A URL that we fetch, in parts that matter here.
struct Address {
    std::string url;
    std::string scheme;
    std::string shown;  ///< the URL without user and password
};

/// @throws Error (usage) that never holds the text itself: there may be a password in it.
[[nodiscard]] Address read_address(const std::string& text);

/// What all transfers from an address have in common: which redirects are followed, how long a
/// silent server is waited for. @throws Error (environment).
[[nodiscard]] Curl start_curl(const Address& from, const FetchOptions& options);

}  // namespace glinda::media
