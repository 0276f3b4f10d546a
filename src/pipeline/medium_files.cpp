#include "medium_files.hpp"

#include <memory>

#include "glinda/media/byte_source.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/files.hpp"
#include "glinda/util/text.hpp"

namespace glinda::pipeline {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_text = std::size_t{256} << 10U;

/// Whatever else stands there, such as a pipe, is not opened.
bool is_file(const fs::path& path) {
    std::error_code none;
    return fs::is_regular_file(path, none);
}

/// ESD is WIM with another compression.
bool is_wim(const std::string& path) {
    return path.ends_with(".wim") || path.ends_with(".esd");
}

}  // namespace

MediumFiles MediumFiles::of_image(const media::Iso* iso, const media::Udf* udf, std::string name) {
    const auto on_iso = [iso](const std::string& path) {
        return iso != nullptr && iso->exists(path);
    };
    const auto on_udf = [udf](const std::string& path) {
        return udf != nullptr && udf->size_of(path).has_value();
    };
    return {std::move(name) + ": ",
            [=](const std::string& path) -> std::optional<std::string> {
                if (on_iso(path))
                    return iso->read(path, most_text);
                const auto size = udf != nullptr ? udf->size_of(path) : std::nullopt;
                if (!size)
                    return std::nullopt;
                if (*size > most_text)
                    throw Error{Fault::usage, format("{} has {} bytes, more than the {} that it "
                                                     "may have",
                                                     path, *size, most_text)};
                return udf->read(path, 0, most_text);
            },
            [=](const std::string& path) -> media::ReadPart {
                if (on_iso(path))
                    return [=](std::uint64_t at, std::size_t length) {
                        return iso->read(path, at, length);
                    };
                if (!on_udf(path))
                    return {};
                return [=](std::uint64_t at, std::size_t length) {
                    return udf->read(path, at, length);
                };
            },
            [=](const std::string& path) { return on_iso(path) || on_udf(path); }};
}

MediumFiles MediumFiles::of_folder(const fs::path& folder) {
    return {(folder / "").string(),
            [folder](const std::string& path) {
                return is_file(folder / path)
                           ? std::optional{read_file(folder / path, Fault::usage, most_text)}
                           : std::nullopt;
            },
            [folder](const std::string& path) -> media::ReadPart {
                if (!is_file(folder / path))
                    return {};
                return [file = std::shared_ptr{media::open_bytes(folder / path)}](
                           std::uint64_t at, std::size_t length) { return file->read(at, length); };
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
            // Systems that come in such files do not install from trees behind URLs.
            [](const std::string&) { return media::ReadPart{}; },
            [root, options](const std::string& path) {
                return media::exists_at(root + path, options);
            }};
}

std::optional<std::string> MediumFiles::images_in(const std::string& path) {
    const media::ReadPart read = open_(path);
    const auto xml = read ? media::wim_xml(read) : std::nullopt;
    if (!xml)
        return std::nullopt;
    std::vector<WimImage> images = read_wim_images(*xml);
    std::string text = lines_of(images);
    if (images_.empty())
        images_ = std::move(images);
    return text;
}

const std::optional<std::string>& MediumFiles::text(const std::string& path) {
    auto known = texts_.find(path);
    if (known == texts_.end()) {
        known = texts_.emplace(path, is_wim(path) ? images_in(path) : read_(path)).first;
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
