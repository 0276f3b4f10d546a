#include "extras.hpp"

#include <algorithm>

#include "glinda/media/byte_source.hpp"
#include "glinda/media/fetch.hpp"
#include "glinda/media/listing.hpp"
#include "glinda/media/location.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/files.hpp"
#include "glinda/util/text.hpp"
#include "medium.hpp"

namespace glinda::pipeline {
namespace {

namespace fs = std::filesystem;

/// A folder's files. Links to files are files; what else is no file and no folder is refused, as an
/// image without it would not be what was asked for.
void add_folder(const fs::path& folder, std::string below, std::vector<media::IsoChange>& changes) {
    while (below.ends_with('/'))
        below.pop_back();
    if (!below.empty())
        changes.push_back({.path = below + "/"});
    std::error_code failure;
    fs::recursive_directory_iterator next{folder, failure};
    for (; !failure && next != fs::end(next); next.increment(failure)) {
        const std::string path = below + "/" + next->path().lexically_relative(folder).string();
        std::error_code none;
        if (next->is_regular_file(none))
            changes.push_back({.path = path, .file = next->path()});
        else if (next->is_directory(none) && !next->is_symlink(none))
            changes.push_back({.path = path + "/"});
        else
            throw Error{Fault::usage,
                        format("{} is neither a file nor a folder", next->path().string())};
    }
    if (failure)
        throw Error{Fault::usage,
                    format("cannot read the folder {}: {}", folder.string(), failure.message())};
}

/// What is on a server, fetched to a folder of its own; links on one may lead around in circles.
void fetch_folder(const std::string& url, const fs::path& to, const Context& context) {
    constexpr int most_levels = 32;
    constexpr std::size_t most_files = 10000;
    struct Folder {
        std::string url;
        fs::path to;
        int levels;
    };
    std::vector<Folder> folders{{url, to, most_levels}};
    std::size_t files = 0;
    while (!folders.empty()) {
        const Folder folder = std::move(folders.back());
        folders.pop_back();
        make_folders(folder.to);
        for (const media::Listed& entry : media::list_folder(folder.url, {.stop = context.stop})) {
            const std::string from = media::url_in(folder.url, entry);
            if (folder.levels == 0 || ++files > most_files)
                throw Error{Fault::usage,
                            format("it has more than {} levels, or more than {} files and folders",
                                   most_levels, most_files)};
            if (entry.kind == media::Listed::Kind::folder) {
                folders.push_back({from, folder.to / entry.name, folder.levels - 1});
                continue;
            }
            context.progress.now(media::shown_url(from));
            media::fetch(from, folder.to / entry.name, with_progress(context));
        }
    }
}

void add(const tdl::Extra& extra, const media::Location& source, const fs::path& fetched,
         std::vector<media::IsoChange>& changes, const Context& context) {
    if (extra.kind == tdl::Extra::Kind::directory) {
        if (!source.path)
            fetch_folder(source.url, fetched, context);
        return add_folder(source.path.value_or(fetched), extra.destination, changes);
    }
    if (extra.destination.ends_with('/'))
        throw Error{Fault::usage, "the destination of a file has to end with its name"};
    if (!source.path) {
        context.progress.now(media::shown_url(source.url));
        media::fetch(source.url, fetched, with_progress(context));
    }
    changes.push_back({.path = extra.destination, .file = source.path.value_or(fetched)});
}

}  // namespace

std::vector<media::IsoChange> gather_extras(const Plan& plan, const fs::path& folder,
                                            const Context& context) {
    std::vector<media::IsoChange> changes;
    for (std::size_t i = 0; i < plan.extras.size(); ++i) {
        const tdl::Extra& extra = plan.extras[i];
        in_context(format("{}: the extra \"{}\" for {}", plan.template_file.string(), extra.source,
                          extra.destination),
                   [&] {
                       add(extra, media::locate(extra.source, plan.template_file.parent_path()),
                           folder / format("extra-{}", i), changes, context);
                   });
    }
    return changes;
}

}  // namespace glinda::pipeline
