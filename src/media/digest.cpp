#include "digest.hpp"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "glinda/util/error.hpp"
#include "glinda/util/text.hpp"

namespace glinda::media {
namespace {

struct Algorithm {
    std::string_view name;
    gnutls_digest_algorithm_t type;
};

constexpr std::array algorithms{
    Algorithm{"md5", GNUTLS_DIG_MD5}, Algorithm{"sha1", GNUTLS_DIG_SHA1},
    Algorithm{"sha256", GNUTLS_DIG_SHA256}, Algorithm{"sha384", GNUTLS_DIG_SHA384},
    Algorithm{"sha512", GNUTLS_DIG_SHA512}};

gnutls_digest_algorithm_t type_of(const std::string& name) {
    const auto* const found = std::ranges::find(algorithms, name, &Algorithm::name);
    if (found == algorithms.end())
        throw Error{Fault::usage, format("{} is no digest algorithm; md5, sha1, sha256, sha384 and "
                                         "sha512 are",
                                         name)};
    return found->type;
}

hash_hd_st* start(gnutls_digest_algorithm_t type) {
    gnutls_hash_hd_t sum = nullptr;
    if (const int code = gnutls_hash_init(&sum, type); code != 0)
        throw Error{Fault::environment,
                    format("cannot compute the digest {}: {}", gnutls_digest_get_name(type),
                           gnutls_strerror(code))};
    return sum;
}

}  // namespace

void Digester::Release::operator()(hash_hd_st* sum) const noexcept {
    gnutls_hash_deinit(sum, nullptr);
}

Digester::Digester(const std::string& algorithm)
    : size_{gnutls_hash_get_len(type_of(algorithm))}, sum_{start(type_of(algorithm))} {}

void Digester::add(std::string_view bytes) {
    constexpr std::size_t block = 256U << 10U;
    pending_ += bytes;
    if (pending_.size() >= block)
        hand_over();
}

/// Gives what is pending to the worker, which the first block starts.
void Digester::hand_over() {
    constexpr std::size_t most = 8;
    std::unique_lock guard{mutex_};
    changed_.wait(guard, [this] { return blocks_.size() < most; });
    blocks_.push_back(std::move(pending_));
    pending_.clear();
    if (!spare_.empty()) {
        pending_.swap(spare_.back());
        spare_.pop_back();
    }
    if (!worker_.joinable())
        worker_ = std::jthread{[this](const std::stop_token& stop) { work(stop); }};
    changed_.notify_all();
}

void Digester::work(const std::stop_token& stop) {
    std::unique_lock guard{mutex_};
    while (changed_.wait(guard, stop, [this] { return !blocks_.empty(); })) {
        std::string& block = blocks_.front();  // stays where it is when others come
        guard.unlock();
        gnutls_hash(sum_.get(), block.data(), block.size());
        guard.lock();
        block.clear();
        spare_.push_back(std::move(block));
        blocks_.pop_front();
        changed_.notify_all();
    }
}

std::string Digester::take() {
    {
        std::unique_lock guard{mutex_};
        changed_.wait(guard, [this] { return blocks_.empty(); });
    }
    gnutls_hash(sum_.get(), pending_.data(), pending_.size());
    pending_.clear();
    std::array<unsigned char, 64> digest{};
    gnutls_hash_output(sum_.get(), digest.data());
    std::string hex;
    for (unsigned i = 0; i < size_; ++i)
        hex += format("{:02x}", digest.at(i));
    return hex;
}

void require_digest(const Digest& digest) {
    const bool is_hex = std::ranges::all_of(
        digest.hex, [](unsigned char letter) { return std::isxdigit(letter) != 0; });
    const std::size_t length = std::size_t{gnutls_hash_get_len(type_of(digest.algorithm))} * 2;
    if (!is_hex || digest.hex.size() != length)
        throw Error{Fault::usage, format("'{}' is no {} digest: that has {} hexadecimal digits",
                                         digest.hex, digest.algorithm, length)};
}

void compare(const Digest& expected, std::string_view got, std::string_view name) {
    if (got != lower(expected.hex))
        throw Error{Fault::environment,
                    format("{} has the {} digest {}, not {}", name, expected.algorithm, got,
                           lower(expected.hex)),
                    {"either the file was changed on its way or the expected digest is another "
                     "file's"}};
}

}  // namespace glinda::media
