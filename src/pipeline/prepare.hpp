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

/// What makes an ISO boot the installer of the plan by itself.
/// @throws Error (usage) if it has no boot menu that its family is known for.
[[nodiscard]] std::vector<media::IsoChange> boot_changes(const Prepared& prepared);

}  // namespace glinda::pipeline
