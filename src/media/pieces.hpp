#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "curl.hpp"
#include "glinda/media/fetch.hpp"
#include "origin.hpp"

namespace glinda::media {

/// What is still to come of a file.
struct Missing {
    Address from;  ///< http or https
    Origin origin;
    std::uint64_t first = 0;  ///< byte
};

/// Fetches what is missing over four connections, in pieces of 4 MiB, and hands it on in its order;
/// what comes before its turn is kept, 16 MiB at most. Whether all came: false as soon as an answer
/// is not exactly what was asked for, or breaks off. What was handed on until then is right.
/// @throws what `add` throws; Error (cancelled) at once on a stop.
[[nodiscard]] bool fetch_pieces(const Missing& missing, const FetchOptions& options,
                                const std::function<void(std::string_view bytes)>& add);

}  // namespace glinda::media
