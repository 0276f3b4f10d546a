#pragma once

#include <string>
#include <string_view>

namespace glinda::answer {

/// How a value is written into a file of a dialect (see catalog::Family::dialect) so that it stays
/// what it is: as one word in kickstart and shell, as what stands between the quotation marks in
/// YAML, JSON and Perl, as text in XML. A preseed and an unknown dialect take values as they are.
[[nodiscard]] std::string escape(std::string_view value, std::string_view dialect);

/// The same of a value in a shell script that stands in a file of a dialect: one word of the
/// script, and that in the dialect's quotation, if it has one.
[[nodiscard]] std::string escape_in_script(std::string_view value, std::string_view dialect);

}  // namespace glinda::answer
