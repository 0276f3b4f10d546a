#pragma once

#include <string>
#include <vector>

#include "glinda/answer/render.hpp"
#include "glinda/catalog/family.hpp"
#include "glinda/tdl/template.hpp"
#include "plan.hpp"

namespace glinda::pipeline {

/// All that the files of a family are filled with.
/// @throws Error (usage) if the template asks for something that no answer file can say.
[[nodiscard]] answer::Scope scope_of(const tdl::Template& wanted, const catalog::Match& match,
                                     const MirrorFacts& mirror, const Passwords& passwords,
                                     const std::string& disk);

/// The name of a repository as package managers and file names take it.
[[nodiscard]] std::string repository_id(const tdl::Repository& repository);

/// What stands in place of secrets where people can read it.
[[nodiscard]] Passwords hidden(const Passwords& passwords);

}  // namespace glinda::pipeline
