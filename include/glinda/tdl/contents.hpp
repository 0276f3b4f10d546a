#pragma once

#include <functional>
#include <string>

#include "glinda/tdl/template.hpp"

namespace glinda::tdl {

/// Brings what is at a URL that is no file's. @throws Error, also if the server has no such thing.
using Fetch = std::function<std::string(const std::string& url)>;

/// Reads and fetches the contents of files and commands of the type url. A relative `file://path`
/// starts at the folder of the template or, as in Oz, at the working directory.
/// @throws Error of `fetch`, or (usage) for a file that cannot be read and a command that is empty.
void resolve_contents(Template& wanted, const Fetch& fetch);

}  // namespace glinda::tdl
