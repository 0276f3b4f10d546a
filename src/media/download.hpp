#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "curl.hpp"
#include "glinda/media/fetch.hpp"
#include "origin.hpp"

namespace glinda::media {

/// Takes what comes of a download.
struct Receiver {
    /// The file's first byte comes next: what came before is void. It may come more than once.
    std::function<void(const Origin& origin)> begin;
    std::function<void(std::string_view bytes)> add;
};

/// What is there already.
struct Present {
    Origin part{};            ///< of which file the first bytes have come earlier …
    std::uint64_t bytes = 0;  ///< … and how many
    Origin whole{};           ///< of a copy that will do if the server's file is still that
};

enum class Outcome { whole, missing, unchanged };

/// Downloads to `to`, in as many attempts as it takes.
/// @throws Error unless all came, there is no such file, or it is that of `present.whole`.
[[nodiscard]] Outcome download(const Address& from, const FetchOptions& options, const Receiver& to,
                               const Present& present = {});

}  // namespace glinda::media
