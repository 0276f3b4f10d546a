#pragma once

#include <string>

#include "glinda/pipeline/identify.hpp"

namespace glinda::cli {

/// What a medium is, for a person: a line for each fact, what is not known included.
[[nodiscard]] std::string text_of(const pipeline::Identity& identity);

/// The same as one JSON object, where null is what is not known.
[[nodiscard]] std::string json_of(const pipeline::Identity& identity);

}  // namespace glinda::cli
