#include <png.h>

#include "glinda/screen/frame.hpp"
#include "glinda/util/error.hpp"

namespace glinda::screen {

std::string to_png(const Frame& frame) {
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    image.width = frame.width;
    image.height = frame.height;
    image.format = PNG_FORMAT_RGB;
    image.flags = PNG_IMAGE_FLAG_FAST;
    png_alloc_size_t size = 0;
    std::string content;
    const auto encode = [&](void* to) {
        if (png_image_write_to_memory(&image, to, &size, 0, frame.pixels.data(), 0, nullptr) == 0)
            throw Error{Fault::environment,
                        std::string{"cannot encode a picture: "} + image.message};
    };
    encode(nullptr);  // only measures
    content.resize(size);
    encode(content.data());
    content.resize(size);
    return content;
}

}  // namespace glinda::screen
