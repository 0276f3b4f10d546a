#include "glinda/answer/password.hpp"

#include <crypt.h>

#include <array>

#include "glinda/util/error.hpp"

namespace glinda::answer {

std::string hash_password(const std::string& password) {
    std::array<char, CRYPT_GENSALT_OUTPUT_SIZE> setting{};
    // No bytes of ours: libxcrypt then takes them from the operating system.
    if (::crypt_gensalt_rn("$6$", 0, nullptr, 0, setting.data(), setting.size()) == nullptr)
        throw system_error("cannot make a salt for the root password");
    crypt_data data{};
    const char* hash = ::crypt_r(password.c_str(), setting.data(), &data);
    if (hash == nullptr || *hash == '*')
        throw system_error("cannot hash the root password");
    return hash;
}

}  // namespace glinda::answer
