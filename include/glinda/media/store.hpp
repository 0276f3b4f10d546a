#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "glinda/media/fetch.hpp"
#include "glinda/util/files.hpp"

namespace glinda::media {

/// A folder of fetched files, each named by its SHA-256, that all processes may use at once. A
/// process that dies leaves neither a wrong file nor a lock in it.
struct Store {
    std::filesystem::path folder;
    /// Bytes that it may take; what was not used for longest goes first, what is in use never.
    /// 0: as many as there are.
    std::uint64_t limit = 0;
};

/// A file of a store, which stays there as long as this lives.
struct Stored {
    std::filesystem::path path;
    FileDescriptor hold;
    enum class Source { kept, fetched };
    Source source = Source::kept;
};

enum class Reuse { allowed, refused };

/// The file at an http, https or ftp URL. What the store has of it is used if it has the expected
/// digest, without asking the server; without such a digest, if the server says that it has not
/// changed. Else it is fetched: from where an earlier try was broken off, if the server still has
/// that file. Who wants a URL that another process fetches waits for that.
/// @throws Error as fetch() does.
[[nodiscard]] Stored fetch_stored(const Store& store, const std::string& url, Reuse reuse,
                                  const FetchOptions& options = {});

}  // namespace glinda::media
