#include <png.h>

#include <array>
#include <map>
#include <optional>

#include "glinda/screen/frame.hpp"
#include "glinda/util/error.hpp"

namespace glinda::screen {
namespace {

using Colour = std::array<std::uint8_t, 3>;

/// A picture whose pixels are places in a list of colours.
struct Indexed {
    std::vector<std::uint8_t> colours;  ///< red, green, blue
    std::vector<std::uint8_t> pixels;
};

/// A console has two to sixteen colours; nothing if there are more than 256.
std::optional<Indexed> indexed(const Frame& frame) {
    constexpr std::size_t most = 256;
    Indexed picture;
    std::map<Colour, std::uint8_t> places;
    auto place = places.end();
    for (std::size_t at = 0; at + 2 < frame.pixels.size(); at += 3) {
        const Colour colour{frame.pixels[at], frame.pixels[at + 1], frame.pixels[at + 2]};
        if (place == places.end() || place->first != colour) {
            place = places.try_emplace(colour, static_cast<std::uint8_t>(places.size())).first;
            if (places.size() > most)
                return std::nullopt;
            if (places.size() * 3 > picture.colours.size())
                picture.colours.insert(picture.colours.end(), colour.begin(), colour.end());
        }
        picture.pixels.push_back(place->second);
    }
    return picture;
}

}  // namespace

std::string to_png(const Frame& frame) {
    const auto palette = indexed(frame);
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    image.width = frame.width;
    image.height = frame.height;
    image.format = palette ? PNG_FORMAT_RGB_COLORMAP : PNG_FORMAT_RGB;
    image.colormap_entries = palette ? static_cast<unsigned>(palette->colours.size() / 3) : 0;
    image.flags = PNG_IMAGE_FLAG_FAST;
    png_alloc_size_t size = 0;
    std::string content;
    const auto encode = [&](void* to) {
        if (png_image_write_to_memory(&image, to, &size, 0,
                                      (palette ? palette->pixels : frame.pixels).data(), 0,
                                      palette ? palette->colours.data() : nullptr) == 0)
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
