#pragma once

#include <filesystem>
#include <vector>

#include "glinda/media/remaster.hpp"
#include "glinda/pipeline/install.hpp"
#include "plan.hpp"

namespace glinda::pipeline {

/// What the <extras> of a template put onto its ISO: a file at its destination, the content of a
/// folder into its own. What comes from a URL is fetched into `folder`.
/// @throws Error (usage) if one is not what the template says or cannot be on an ISO; as
///         media::fetch() does.
[[nodiscard]] std::vector<media::IsoChange> gather_extras(const Plan& plan,
                                                          const std::filesystem::path& folder,
                                                          const Context& context);

}  // namespace glinda::pipeline
