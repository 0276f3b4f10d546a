#pragma once

// libisofs as this module uses it; only its own .cpp, iso.cpp and session.cpp include it.

#include <sys/stat.h>
#include <sys/types.h>

#include <cstdint>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#define LIBISOFS_WITHOUT_LIBBURN  // what the library asks for where libburn is not used
#include <libisofs/libisofs.h>

#include "glinda/media/byte_source.hpp"
#include "glinda/media/iso.hpp"
#include "glinda/util/handle.hpp"

namespace glinda::media::isofs {

using DataSource = Handle<IsoDataSource, &iso_data_source_unref>;
using Memory = Handle<unsigned char, &std::free>;
using ReadOptions = Handle<IsoReadOpts, &iso_read_opts_free>;

/// An image that is known to be whole.
struct Image {
    DataSource source;
    std::string head;  ///< its first bytes: volume_head, or as many as it has
    Volume volume;
    std::uint64_t file_size = 0;
};

/// Makes the library ready; open_image() does so, too. @throws Error (usage) if it cannot be.
void start();

/// @throws Error (usage) if it is no whole ISO 9660 image, (environment) if it cannot be read.
[[nodiscard]] Image open_image(const std::filesystem::path& path);

/// The same of bytes that come from elsewhere; `name` is how messages call them.
[[nodiscard]] Image open_image(std::unique_ptr<ByteSource> bytes, const std::string& name);

/// Lets `source` read so many blocks from now on, and no more: an image may be
/// made so that libisofs would read for ever, such as by a continuation area (SUSP, 5.1) that leads
/// to itself.
void limit_reads(IsoDataSource* source, std::uint64_t blocks);

/// Opens a folder for reading, of an image behind `source`, and all of its records with it.
/// @throws as check() does; Error (usage) for a record that libisofs would read past the end of.
void open_folder(IsoFileSource* folder, std::string_view doing, IsoDataSource* source);

/// How images are read: by Rock Ridge names, else Joliet, else ISO 9660, all as UTF-8.
[[nodiscard]] ReadOptions read_options();

/// Nothing if `code` means success.
/// @throws what the ByteSource behind `source` threw, if it did; else Error (usage) that says what
///         was being done, in libisofs's words why it failed.
void check(int code, std::string_view doing, const IsoDataSource* source = nullptr);

/// A copy as iso_memory_stream_new() takes it over: to be freed by free(3), and never empty.
/// @throws Error (environment) if there is not enough memory.
[[nodiscard]] Memory copy_of(std::string_view content);

/// What libisofs has complained of as fatal since the last call; empty if nothing.
[[nodiscard]] std::string take_complaint();

}  // namespace glinda::media::isofs
