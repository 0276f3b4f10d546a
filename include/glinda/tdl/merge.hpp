#pragma once

#include <filesystem>
#include <string_view>

#include "glinda/tdl/template.hpp"

namespace glinda::tdl {

/// Merges the XML of a `<packages>` element into a template, as Oz's merge_packages() does: each
/// package takes the place of all of its name and comes last. `source` is what the fragment is
/// called in messages; its includes are relative to the folder of that.
/// @throws InvalidTemplate if the fragment is wrong; the template is as it was then.
void merge_packages(Template& into, std::string_view fragment, const Schema& schema,
                    const std::filesystem::path& source = "packages");

/// Merges the XML of a `<repositories>` element, as Oz's merge_repositories() does: one of a name
/// that is there already takes its place, others come last.
/// @throws InvalidTemplate if the fragment is wrong; the template is as it was then.
void merge_repositories(Template& into, std::string_view fragment, const Schema& schema,
                        const std::filesystem::path& source = "repositories");

}  // namespace glinda::tdl
