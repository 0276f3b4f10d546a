#include "extras.hpp"

#include <algorithm>

#include "glinda/media/fetch.hpp"
#include "glinda/media/location.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/text.hpp"

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

void add(const tdl::Extra& extra, const media::Location& source, const fs::path& fetched,
         std::vector<media::IsoChange>& changes, const Context& context) {
    if (extra.kind == tdl::Extra::Kind::directory) {
        if (!source.path)
            throw Error{Fault::usage,
                        "a folder cannot be fetched: a server has no list of its files that "
                        "programs can rely on",
                        {"give a folder of this host, or a <file> for each file"}};
        return add_folder(*source.path, extra.destination, changes);
    }
    if (extra.destination.ends_with('/'))
        throw Error{Fault::usage, "the destination of a file has to end with its name"};
    if (!source.path) {
        context.progress.now(source.url);
        media::fetch(source.url, fetched, {.stop = context.stop});
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
