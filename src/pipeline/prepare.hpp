#pragma once

#include <vector>

#include "glinda/catalog/family.hpp"
#include "glinda/media/remaster.hpp"
#include "glinda/pipeline/install.hpp"
#include "glinda/tdl/template.hpp"
#include "medium.hpp"
#include "plan.hpp"

namespace glinda::pipeline {

/// All that is known before anything is made: the system, its medium, and what to do.
struct Prepared {
    catalog::Catalog catalog;
    catalog::Match match;  ///< in that catalog
    Medium medium;
    Plan plan;
};

/// Finds the system and opens its medium. @throws Error if the request cannot be met.
[[nodiscard]] Prepared prepare(const InstallRequest& request, const Context& context,
                               const tdl::Template& wanted);

/// What the ISO of the plan has to have: the files that the installer looks for there, and, if it
/// is to be remastered, boot menus that start the installer by themselves.
/// @throws Error (usage) if it has no boot menu that its family is known for.
[[nodiscard]] std::vector<media::IsoChange> medium_changes(const Prepared& prepared);

}  // namespace glinda::pipeline
