#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "glinda/media/fetch.hpp"

struct hash_hd_st;  // NOLINT(readability-identifier-naming): GnuTLS names it

namespace glinda::media {

/// Adds up bytes as they come, by GnuTLS: libcurl has it loaded, and its SHA-256 uses the
/// processor's instructions for that, with which it is five times as fast as GLib's.
class Digester {
public:
    /// @throws Error (usage) if it knows no such algorithm.
    explicit Digester(const std::string& algorithm);

    void add(std::string_view bytes);

    /// The digest of what was added, in lower case; the sum begins anew.
    [[nodiscard]] std::string take();

private:
    struct Release {
        void operator()(hash_hd_st* sum) const noexcept;
    };
    unsigned size_ = 0;
    std::unique_ptr<hash_hd_st, Release> sum_;
};

/// @throws Error (usage) if the algorithm is unknown or the digest is none of it.
void require_digest(const Digest& digest);

/// @throws Error (environment) that says both values if they differ; `name` is the file's.
void compare(const Digest& expected, std::string_view got, std::string_view name);

}  // namespace glinda::media
