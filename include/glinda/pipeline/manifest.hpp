#pragma once

#include <filesystem>

#include "glinda/inventory/manifest.hpp"
#include "glinda/pipeline/install.hpp"

namespace glinda::pipeline {

/// What a person asks of one list of what is installed.
struct ManifestRequest {
    std::filesystem::path template_file;
    std::filesystem::path domain_xml;  ///< names the image
    tdl::Variables variables;          ///< of the template
};

/// Lists what is installed in a finished image. The package database is read from the disk; only
/// for the template's extra command a throw-away overlay of the image is booted.
/// @throws Error (usage) if the domain XML names no image, (environment) if the image cannot be
///         read or has no package database that is known, (guest) and (timeout) as test(),
///         (cancelled).
[[nodiscard]] inventory::Manifest manifest(const ManifestRequest& request, const Context& context);

/// The packages of a manifest that somebody kept, or, of a domain XML, those of its image now.
/// @throws Error (usage) if the file is neither; as manifest().
[[nodiscard]] std::vector<inventory::Package> packages_of(const std::filesystem::path& file,
                                                          const Context& context);

}  // namespace glinda::pipeline
