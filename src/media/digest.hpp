#pragma once

#include <glib.h>

#include <string_view>

#include "glinda/media/fetch.hpp"
#include "glinda/util/handle.hpp"

namespace glinda::media {

/// Adds up bytes as they come and compares the result.
class Digester {
public:
    /// @throws Error (usage) if the algorithm is unknown or the digest is none of it.
    explicit Digester(Digest expected);

    void add(std::string_view bytes);

    /// @throws Error (environment) that says both values if they differ; `name` is the file's.
    void check(std::string_view name) const;

private:
    Digest expected_;
    Handle<GChecksum, &g_checksum_free> sum_;
};

}  // namespace glinda::media
