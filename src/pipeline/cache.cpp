#include "glinda/pipeline/cache.hpp"

#include <sys/stat.h>

#include <algorithm>

#include "glinda/util/error.hpp"
#include "glinda/util/hold.hpp"
#include "glinda/util/text.hpp"

namespace glinda::pipeline {
namespace {

namespace fs = std::filesystem;

/// What lies in a folder; nothing if there is no such folder. @throws Error (environment).
std::vector<fs::path> content_of(const fs::path& folder) {
    std::vector<fs::path> content;
    std::error_code failure;
    for (auto entry = fs::directory_iterator{folder, failure};
         !failure && entry != fs::directory_iterator{}; entry.increment(failure))
        content.push_back(entry->path());
    if (failure && failure != std::errc::no_such_file_or_directory)
        throw Error{Fault::environment,
                    format("cannot read {}: {}", folder.string(), failure.message())};
    return content;
}

void measure(const fs::path& folder, CacheFolder& sum) {
    constexpr std::uint64_t block = 512;  // stat(2): whatever the file system's own are
    for (const fs::path& path : content_of(folder)) {
        struct stat status {};
        if (::lstat(path.c_str(), &status) != 0)
            throw system_error("cannot read " + path.string());
        if (S_ISDIR(status.st_mode)) {
            measure(path, sum);
            continue;
        }
        if (S_ISREG(status.st_mode) && is_held(path)) {
            ++sum.in_use;
            continue;
        }
        ++sum.files;
        sum.bytes += static_cast<std::uint64_t>(status.st_blocks) * block;
    }
}

}  // namespace

Caches find_caches(const fs::path& data_dir) {
    Caches caches;
    for (const char* name : {"floppies", "floppycontent", "icicletmp", "isocontent", "isos", "jeos",
                             "kernels", "screenshots"}) {
        const fs::path path = data_dir / name;
        std::error_code none;
        const fs::file_type type = fs::symlink_status(path, none).type();
        if (type == fs::file_type::symlink)
            caches.links.push_back(path);
        if (type != fs::file_type::directory)
            continue;
        CacheFolder folder{.path = path};
        measure(path, folder);
        caches.folders.push_back(folder);
    }
    return caches;
}

namespace {

/// Whether the folder is empty now.
bool empty_folder(const fs::path& folder) {
    bool all = true;
    for (const fs::path& path : content_of(folder)) {
        std::error_code failure;
        if (fs::symlink_status(path, failure).type() != fs::file_type::directory)
            all = remove_unless_held(path) && all;
        else if (!empty_folder(path))
            all = false;
        else if (!fs::remove(path, failure) && failure)
            throw Error{Fault::environment,
                        format("cannot remove {}: {}", path.string(), failure.message())};
    }
    return all;
}

}  // namespace

bool empty(const CacheFolder& folder) {
    return empty_folder(folder.path);
}

}  // namespace glinda::pipeline
