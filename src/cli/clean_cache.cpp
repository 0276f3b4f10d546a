#include "clean_cache.hpp"

#include <cstdio>
#include <iostream>

#include "glinda/pipeline/cache.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/text.hpp"

namespace glinda::cli {
namespace {

using pipeline::CacheFolder;
using pipeline::Caches;

std::string size_text(const CacheFolder& folder) {
    const std::string in_use =
        folder.in_use == 0 ? "" : format(" ({} in use, left alone)", folder.in_use);
    return format("{} file{}, {:.1f} MiB{}", folder.files, folder.files == 1 ? "" : "s",
                  static_cast<double>(folder.bytes) / (1U << 20U), in_use);
}

void show(std::FILE* stream, const Caches& caches) {
    CacheFolder sum;
    for (const CacheFolder& folder : caches.folders) {
        fmt::print(stream, "{}: {}\n", folder.path.string(), size_text(folder));
        sum.files += folder.files;
        sum.bytes += folder.bytes;
        sum.in_use += folder.in_use;
    }
    fmt::print(stream, "in all: {}\n", size_text(sum));
}

bool is_agreed() {
    fmt::print(stderr, "remove all that? (y/N) ");
    for (std::string line; std::getline(std::cin, line);) {
        const std::string answer = lower(trim(line));
        if (answer.empty() || answer == "n" || answer == "no")
            return false;
        if (answer == "y" || answer == "yes")
            return true;
        fmt::print(stderr, "please answer y or n: ");
    }
    throw Error{Fault::usage,
                "nobody answered, so nothing was removed",
                {"give -f to have it removed without a question"}};
}

}  // namespace

int clean_cache(const CleanCacheCommand& command, const std::filesystem::path& data_dir,
                Progress& progress) {
    const Caches caches = pipeline::find_caches(data_dir);
    for (const std::filesystem::path& link : caches.links)
        progress.warning(link.string() + " is a link, which is not followed");
    if (command.dry_run) {
        show(stdout, caches);
        return 0;
    }
    if (!command.force) {
        show(stderr, caches);
        if (!is_agreed())
            return 0;
    }
    for (const CacheFolder& folder : caches.folders) {
        fmt::print("Removing cached content from {}\n", folder.path.string());
        if (!pipeline::empty(folder))
            progress.warning("left in " + folder.path.string() + " what is in use");
    }
    return 0;
}

}  // namespace glinda::cli
