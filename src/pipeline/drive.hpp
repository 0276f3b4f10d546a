#pragma once

#include <filesystem>

#include "glinda/media/remaster.hpp"
#include "glinda/pipeline/install.hpp"
#include "plan.hpp"

namespace glinda::pipeline {

/// Writes the drive that a plan has for its files, with the extras that are on it, too.
/// @throws Error (environment).
void make_answer_drive(const Plan& plan, const std::vector<media::IsoChange>& extras,
                       const std::filesystem::path& to, const Context& context);

}  // namespace glinda::pipeline
