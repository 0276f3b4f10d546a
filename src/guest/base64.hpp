#pragma once

#include <glib.h>

#include <string>
#include <string_view>

#include "glinda/util/handle.hpp"

namespace glinda::guest {

[[nodiscard]] inline std::string to_base64(std::string_view bytes) {
    const Handle<char, &g_free> text{
        g_base64_encode(reinterpret_cast<const guchar*>(bytes.data()), bytes.size())};
    return text.get();
}

/// What is no base64 in the text is left out.
[[nodiscard]] inline std::string from_base64(const std::string& text) {
    gsize size = 0;
    const Handle<guchar, &g_free> bytes{g_base64_decode(text.c_str(), &size)};
    return {reinterpret_cast<const char*>(bytes.get()), size};
}

}  // namespace glinda::guest
