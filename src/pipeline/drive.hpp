#pragma once

#include <filesystem>

#include "glinda/pipeline/install.hpp"
#include "plan.hpp"

namespace glinda::pipeline {

/// Writes the drive that a plan has for its files.
/// @throws Error (environment).
void make_answer_drive(const Plan& plan, const std::filesystem::path& to, const Context& context);

}  // namespace glinda::pipeline
