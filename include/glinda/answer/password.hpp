#pragma once

#include <string>

namespace glinda::answer {

/// The SHA-512 hash of a password with a new salt, as crypt(5) writes it ("$6$…").
/// @throws Error (environment).
[[nodiscard]] std::string hash_password(const std::string& password);

}  // namespace glinda::answer
