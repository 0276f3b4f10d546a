#pragma once

#include <string>

namespace glinda::answer {

/// The SHA-512 hash of a password with a new salt, as crypt(5) writes it ("$6$…").
/// @throws Error (environment).
[[nodiscard]] std::string hash_password(const std::string& password);

/// A password as an unattend file has it in an element of that name: the base64 of UTF-16 with the
/// element's name behind (Microsoft's "Hide Sensitive Data in an Answer File"). It hides nothing.
/// @throws Error (usage) if it is no UTF-8.
[[nodiscard]] std::string unattend_password(const std::string& password,
                                            const std::string& element);

}  // namespace glinda::answer
