#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "glinda/answer/lint.hpp"
#include "glinda/catalog/family.hpp"
#include "glinda/tdl/template.hpp"

namespace glinda::pipeline {

/// What an answer file for a system has to fit, whatever machine it is installed on.
[[nodiscard]] answer::LintTarget lint_target(const catalog::Match& match,
                                             const tdl::Template& wanted);

/// What the installer will name the disks of a template's guest, "vda" …, where `disk_bus` is the
/// bus that the user wants them all on; empty: those of the template.
[[nodiscard]] std::vector<std::string> disk_names(const catalog::Hardware& hardware,
                                                  const tdl::Template& wanted,
                                                  const std::string& disk_bus);

/// What is wrong with a user's own answer file for a template's guest.
/// @throws Error (usage) if the file cannot be read or the system is not known.
[[nodiscard]] std::vector<answer::Finding> lint_answers(const std::filesystem::path& file,
                                                        const tdl::Template& wanted,
                                                        const catalog::Catalog& catalog);

/// Refuses an answer file that has errors.
/// @throws Error (usage) with all findings as notes, if one of them is an error.
void require_right(const std::vector<answer::Finding>& findings, const std::filesystem::path& file);

}  // namespace glinda::pipeline
