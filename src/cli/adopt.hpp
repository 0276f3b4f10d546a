#pragma once

#include "glinda/pipeline/install.hpp"
#include "options.hpp"

namespace glinda::cli {

/// Makes a template and an answer file out of the answer file of a machine, and says on stdout what
/// was changed in it and why.
/// @returns the exit status. @throws Error (usage) if the file is none of a machine, its release
///         cannot be told, or a file of the name exists; (environment).
int adopt(const AdoptCommand& command, const pipeline::Context& context);

}  // namespace glinda::cli
