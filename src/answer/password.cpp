#include "glinda/answer/password.hpp"

#include <crypt.h>
#include <glib.h>

#include <array>

#include "glinda/util/error.hpp"
#include "glinda/util/handle.hpp"

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

std::string unattend_password(const std::string& password, const std::string& element) {
    const std::string text = password + element;
    gsize bytes = 0;
    const Handle<char, &g_free> wide{g_convert(text.data(), static_cast<gssize>(text.size()),
                                               "UTF-16LE", "UTF-8", nullptr, &bytes, nullptr)};
    if (wide == nullptr)
        throw Error{Fault::usage, "a password is no UTF-8"};
    const auto* data = reinterpret_cast<const guchar*>(wide.get());
    const Handle<char, &g_free> encoded{g_base64_encode(data, bytes)};
    return encoded.get();
}

}  // namespace glinda::answer
