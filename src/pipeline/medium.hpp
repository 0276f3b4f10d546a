#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "glinda/catalog/family.hpp"
#include "glinda/media/fetch.hpp"
#include "glinda/media/iso.hpp"
#include "glinda/media/location.hpp"
#include "glinda/media/server.hpp"
#include "glinda/media/store.hpp"
#include "glinda/osdb/database.hpp"
#include "glinda/pipeline/install.hpp"
#include "glinda/tdl/template.hpp"
#include "medium_files.hpp"
#include "plan.hpp"

namespace glinda::pipeline {

/// A medium that is ready to be read: a tree at a URL or in a folder, or an ISO on this host.
struct Medium {
    media::Location root;
    std::optional<TemporaryFile> downloaded;    ///< the ISO, if it was fetched for this build only
    std::optional<media::Stored> stored;        ///< the ISO, if the cache has it
    std::unique_ptr<media::TreeServer> server;  ///< gives a local tree to the guest
    std::optional<MediumFiles> tree;            ///< its files, if it is a tree
    MirrorFacts mirror;
    std::optional<osdb::Release> release;  ///< what libosinfo knows of it
};

/// What libosinfo wants to know of an image.
[[nodiscard]] osdb::Volume volume_of(const media::Iso& iso);

/// The files of a tree. Local ones are looked at in place, others by requests to their server.
[[nodiscard]] MediumFiles files_of_tree(const media::Location& root, const Context& context);

/// What libosinfo says of a tree by its .treeinfo; nothing if it has none, as with some families.
[[nodiscard]] std::optional<osdb::Release> ask_treeinfo(const osdb::Database& database,
                                                        MediumFiles& files);

/// A download that tells how far it is and what it waits for, and ends when the work is stopped.
[[nodiscard]] media::FetchOptions with_progress(const Context& context);

/// Finds the medium of a template, fetches and checks it where that is needed, and identifies it.
/// @throws Error (usage) if it is not what the template says, (environment) if it is not there.
[[nodiscard]] Medium open_medium(const tdl::Template& wanted, const catalog::Match& match,
                                 Download download, const Context& context);

/// How far a download is, with its rate since it began and the time that is left at that rate; 0
/// for a `total` that is not known.
[[nodiscard]] std::string progress_text(std::uint64_t bytes, std::uint64_t total,
                                        std::uint64_t bytes_since, std::chrono::milliseconds since);

/// Writes a file of the medium to `to`. @throws Error that names the file.
void copy_from_medium(const Medium& medium, const std::string& path,
                      const std::filesystem::path& to, const Context& context);

}  // namespace glinda::pipeline
