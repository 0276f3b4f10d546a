#pragma once

#include <filesystem>
#include <string>

#include "glinda/util/process.hpp"

namespace glinda::media {

/// The OpenPGP packets of a key that may be wrapped as text (RFC 9580, 6); others are given back
/// as they are. gpgv(1) reads no wrapped keys.
/// @throws Error (usage) if a wrapped key is no whole one.
[[nodiscard]] std::string unwrap_key(const std::string& key);

/// Has gpgv(1) check a detached signature, wrapped or not.
/// @throws Error (environment) unless one of the keys in the file `key` made it, of `file`.
void check_signature(Runner& runner, const std::filesystem::path& key,
                     const std::filesystem::path& signature, const std::filesystem::path& file);

/// The text in a file that is signed within itself, without anything that is not signed.
/// @throws Error (environment) unless one of the keys in the file `key` signed it.
[[nodiscard]] std::string signed_text(Runner& runner, const std::filesystem::path& key,
                                      const std::filesystem::path& file);

}  // namespace glinda::media
