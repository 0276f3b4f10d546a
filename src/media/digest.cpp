#include "digest.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "glinda/util/error.hpp"
#include "glinda/util/text.hpp"

namespace glinda::media {
namespace {

struct Algorithm {
    std::string_view name;
    GChecksumType type;
};

constexpr std::array algorithms{
    Algorithm{"md5", G_CHECKSUM_MD5}, Algorithm{"sha1", G_CHECKSUM_SHA1},
    Algorithm{"sha256", G_CHECKSUM_SHA256}, Algorithm{"sha384", G_CHECKSUM_SHA384},
    Algorithm{"sha512", G_CHECKSUM_SHA512}};

GChecksumType type_of(const Digest& digest) {
    const auto* const found = std::ranges::find(algorithms, digest.algorithm, &Algorithm::name);
    if (found == algorithms.end())
        throw Error{Fault::usage, format("{} is no digest algorithm; md5, sha1, sha256, sha384 and "
                                         "sha512 are",
                                         digest.algorithm)};
    const bool is_hex = std::ranges::all_of(
        digest.hex, [](unsigned char letter) { return std::isxdigit(letter) != 0; });
    const auto length = static_cast<std::size_t>(g_checksum_type_get_length(found->type)) * 2;
    if (!is_hex || digest.hex.size() != length)
        throw Error{Fault::usage, format("'{}' is no {} digest: that has {} hexadecimal digits",
                                         digest.hex, digest.algorithm, length)};
    return found->type;
}

}  // namespace

Digester::Digester(Digest expected)
    : expected_{std::move(expected)}, sum_{g_checksum_new(type_of(expected_))} {}

void Digester::add(std::string_view bytes) {
    g_checksum_update(sum_.get(), reinterpret_cast<const guchar*>(bytes.data()),
                      static_cast<gssize>(bytes.size()));
}

void Digester::check(std::string_view name) const {
    // Reading a sum ends it.
    const Handle<GChecksum, &g_checksum_free> copy{g_checksum_copy(sum_.get())};
    const std::string_view got = g_checksum_get_string(copy.get());
    if (got != lower(expected_.hex))
        throw Error{Fault::environment,
                    format("{} has the {} digest {}, not {}", name, expected_.algorithm, got,
                           lower(expected_.hex)),
                    {"either the file was changed on its way or the expected digest is another "
                     "file's"}};
}

}  // namespace glinda::media
