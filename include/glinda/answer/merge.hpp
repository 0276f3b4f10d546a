#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace glinda::answer {

/// A user's own answer file with what a driver of its installer needs.
struct Merged {
    std::string text;
    std::vector<std::string> additions;  ///< what was added, each for a person
    std::string lacking;  ///< what could not be added, and why; empty if all could be
};

/// Adds to an answer file that the installer says when it has finished, that it does not wait for a
/// person then, and that its log comes to the host; what the file says stays as it is. All bytes
/// outside of an addition stay, but for JSON, which is laid out anew.
[[nodiscard]] Merged merge_needs(std::string_view text, std::string_view dialect);

}  // namespace glinda::answer
