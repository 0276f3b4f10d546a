#include "medium_files.hpp"

#include "glinda/media/byte_source.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/files.hpp"

namespace glinda::pipeline {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_text = std::size_t{256} << 10U;

/// Whatever else stands there, such as a pipe, is not opened.
bool is_file(const fs::path& path) {
    std::error_code none;
    return fs::is_regular_file(path, none);
}

}  // namespace

MediumFiles MediumFiles::of_image(const media::Iso& iso, std::string name) {
    return {std::move(name) + ": ",
            [&iso](const std::string& path) {
                return iso.exists(path) ? std::optional{iso.read(path, most_text)} : std::nullopt;
            },
            [&iso](const std::string& path) { return iso.exists(path); }};
}

MediumFiles MediumFiles::of_folder(const fs::path& folder) {
    return {(folder / "").string(),
            [folder](const std::string& path) {
                return is_file(folder / path)
                           ? std::optional{read_file(folder / path, Fault::usage, most_text)}
                           : std::nullopt;
            },
            [folder](const std::string& path) { return is_file(folder / path); }};
}

MediumFiles MediumFiles::of_url(const std::string& url, const media::FetchOptions& options) {
    const std::string root = url.ends_with('/') ? url : url + "/";
    return {media::shown_url(root),
            [root, options](const std::string& path) -> std::optional<std::string> {
                if (!media::exists_at(root + path, options))
                    return std::nullopt;
                return media::fetch_text(root + path, most_text, options);
            },
            [root, options](const std::string& path) {
                return media::exists_at(root + path, options);
            }};
}

const std::optional<std::string>& MediumFiles::text(const std::string& path) {
    auto known = texts_.find(path);
    if (known == texts_.end()) {
        known = texts_.emplace(path, read_(path)).first;
        found_[path] = known->second.has_value();
    }
    return known->second;
}

bool MediumFiles::has(const std::string& path) {
    auto known = found_.find(path);
    if (known == found_.end())
        known = found_.emplace(path, find_(path)).first;
    return known->second;
}

std::vector<std::string> MediumFiles::missed() const {
    std::vector<std::string> all;
    for (const auto& [path, found] : found_)
        if (!found)
            all.push_back(root_ + path);
    return all;
}

}  // namespace glinda::pipeline
