#include "glinda/media/signature.hpp"

#include <glib.h>

#include "glinda/util/error.hpp"
#include "glinda/util/handle.hpp"
#include "glinda/util/text.hpp"

namespace glinda::media {
namespace {

/// What gpgv writes to standard output.
std::string run_gpgv(Runner& runner, const std::filesystem::path& key,
                     std::vector<std::string> words, const std::filesystem::path& file) {
    words.insert(words.begin(), {"gpgv", "--keyring", std::filesystem::absolute(key).string()});
    constexpr std::chrono::minutes limit{60};  // it reads all of an ISO
    Result result = runner.run({.argv = std::move(words), .timeout = limit});
    if (result.status != 0)
        throw Error{Fault::environment,
                    format("{} has no good signature of the given key", file.string()),
                    {std::string{trim(printable(result.errors))}}};
    return std::move(result.output);
}

}  // namespace

std::string unwrap_key(const std::string& key) {
    constexpr std::string_view begin = "-----BEGIN PGP PUBLIC KEY BLOCK-----";
    constexpr std::string_view end = "-----END PGP PUBLIC KEY BLOCK-----";
    std::string packets;
    std::string base64;
    enum class At { outside, headers, content } at = At::outside;
    for (const std::string_view untrimmed : split(key, '\n')) {
        const std::string_view line = trim(untrimmed);
        if (at == At::outside && line == begin) {
            at = At::headers;
        } else if (at == At::headers && line.empty()) {
            at = At::content;
        } else if (at == At::content && line == end) {
            gsize size = 0;
            const Handle<guchar, &g_free> bytes{g_base64_decode(base64.c_str(), &size)};
            packets.append(reinterpret_cast<const char*>(bytes.get()), size);
            base64.clear();
            at = At::outside;
        } else if (at == At::content && !line.starts_with('=')) {  // that one is a checksum
            base64 += line;
        }
    }
    if (at != At::outside)
        throw Error{Fault::usage, "a public key is cut off: its last line is missing"};
    return packets.empty() ? key : packets;
}

void check_signature(Runner& runner, const std::filesystem::path& key,
                     const std::filesystem::path& signature, const std::filesystem::path& file) {
    run_gpgv(
        runner, key,
        {std::filesystem::absolute(signature).string(), std::filesystem::absolute(file).string()},
        file);
}

std::string signed_text(Runner& runner, const std::filesystem::path& key,
                        const std::filesystem::path& file) {
    return run_gpgv(runner, key, {"--output", "-", std::filesystem::absolute(file).string()}, file);
}

}  // namespace glinda::media
