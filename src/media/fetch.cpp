#include "glinda/media/fetch.hpp"

#include <tuple>

#include "digest.hpp"
#include "download.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/files.hpp"
#include "glinda/util/text.hpp"
#include "part_file.hpp"

namespace glinda::media {
namespace {

/// Fetches to `to` and compares the digest, if one is expected.
Outcome fetch_checked(const Address& from, const FetchOptions& options, const Receiver& to) {
    std::optional<Digester> digester;
    if (options.expected) {
        require_digest(*options.expected);
        digester.emplace(options.expected->algorithm);
    }
    const auto begin = [&](const Origin& origin) {
        to.begin(origin);
        if (digester)
            std::ignore = digester->take();
    };
    const auto add = [&](std::string_view bytes) {
        to.add(bytes);
        if (digester)
            digester->add(bytes);
    };
    const Outcome outcome = download(from, options, {begin, add});
    if (digester && outcome == Outcome::whole)
        compare(*options.expected, digester->take(), from.shown);
    return outcome;
}

}  // namespace

void fetch(const std::string& url, const std::filesystem::path& to, const FetchOptions& options) {
    const Address from = read_address(url);
    // Not a secret, and a hypervisor's own user may have to read it.
    PartFile target = make_part_file(to, 0644);
    const int file = target.descriptor.get();
    const std::string name = to.string();
    const auto begin = [&](const Origin&) { empty_file(file, name); };
    const auto add = [&](std::string_view bytes) { write_all(file, bytes, name); };
    if (fetch_checked(from, options, {begin, add}) == Outcome::missing)
        throw Error{Fault::environment,
                    format("cannot fetch {}: there is no such file", from.shown)};
    target.file.keep_as(to);
}

std::optional<std::string> fetch_text(const std::string& url, std::size_t limit,
                                      const FetchOptions& options) {
    const Address from = read_address(url);
    std::string text;
    const auto begin = [&](const Origin&) { text.clear(); };
    const auto add = [&](std::string_view bytes) {
        if (bytes.size() > limit - text.size())
            throw Error{
                Fault::environment,
                format("{} is larger than the {} bytes that it may have", from.shown, limit)};
        text += bytes;
    };
    if (fetch_checked(from, options, {begin, add}) == Outcome::missing)
        return std::nullopt;
    return text;
}

}  // namespace glinda::media
