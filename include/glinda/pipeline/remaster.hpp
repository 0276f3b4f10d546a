#pragma once

#include <filesystem>
#include <optional>

#include "glinda/pipeline/install.hpp"
#include "glinda/tdl/template.hpp"

namespace glinda::pipeline {

/// What a person asks of a medium that installs by itself.
struct RemasterRequest {
    std::filesystem::path template_file;
    std::filesystem::path to;                          ///< the new ISO
    std::optional<std::filesystem::path> answer_file;  ///< the user's own, in place of ours
    Additions additions = Additions::wanted;
    tdl::Variables variables;  ///< of the template
    Existing existing = Existing::refuse;
    Lint lint = Lint::any_machine;
};

/// Writes the ISO of a template so that it boots its installer by itself, with the answer file, as
/// install() would remaster it. It holds secrets: only its owner may read it. An ISO that was there
/// before is replaced only by a finished one.
/// @throws Error with the fault of whoever has to act.
void remaster(const RemasterRequest& request, const Context& context);

}  // namespace glinda::pipeline
