#include "glinda/media/checksum.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "digest.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/files.hpp"
#include "glinda/util/text.hpp"

namespace glinda::media {
namespace {

/// "SHA256 (name) = hex", as the BSDs' md5(1) and `sha256sum --tag` write it.
std::optional<std::string_view> bsd_line(std::string_view line, std::string_view algorithm,
                                         std::string_view name) {
    const std::string rest = format(" ({}) = ", name);
    if (lower(line.substr(0, algorithm.size())) != algorithm ||
        !line.substr(algorithm.size()).starts_with(rest))
        return std::nullopt;
    return trim(line.substr(algorithm.size() + rest.size()));
}

/// "hex  name" or "hex *name", as md5sum(1) writes it; a backslash before it marks an escaped name.
std::optional<std::string_view> gnu_line(std::string_view line, std::string_view name) {
    const std::vector<std::string_view> parts = words(line);
    if (parts.size() != 2)
        return std::nullopt;
    std::string_view file = parts[1];
    if (file.starts_with('*'))
        file.remove_prefix(1);
    if (file.substr(file.rfind('/') + 1) != name)
        return std::nullopt;
    return parts[0].substr(parts[0].starts_with('\\') ? 1 : 0);
}

}  // namespace

std::optional<std::string> find_checksum(std::string_view list, std::string_view algorithm,
                                         std::string_view name) {
    for (const std::string_view line : split(list, '\n')) {
        auto hex = bsd_line(trim(line), algorithm, name);
        if (!hex)
            hex = gnu_line(trim(line), name);
        if (hex)
            return lower(*hex);
    }
    return std::nullopt;
}

void check_file(const std::filesystem::path& file, const Digest& expected,
                const std::stop_token& stop) {
    require_digest(expected);
    Digester digester{expected.algorithm};
    const FileDescriptor input = open_file(file, O_RDONLY, 0, Fault::usage);
    std::string buffer(std::size_t{1} << 20U, '\0');
    ssize_t got = 0;
    while ((got = ::read(input.get(), buffer.data(), buffer.size())) > 0) {
        if (stop.stop_requested())
            throw Error{Fault::cancelled, "interrupted"};
        digester.add({buffer.data(), static_cast<std::size_t>(got)});
    }
    if (got < 0)
        throw system_error("cannot read " + file.string());
    compare(expected, digester.take(), file.string());
}

}  // namespace glinda::media
