#include <gtest/gtest.h>
#include <png.h>

#include "glinda/screen/frame.hpp"
#include "glinda/util/error.hpp"

namespace glinda::screen {
namespace {

TEST(Png, ReadBackIsThePictureThatWasWritten) {
    const Frame frame{.width = 3,
                      .height = 2,
                      .pixels = {255, 0, 0, 0, 255, 0, 0, 0, 255, 1, 2, 3, 4, 5, 6, 7, 8, 9}};
    const std::string content = to_png(frame);
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    ASSERT_NE(png_image_begin_read_from_memory(&image, content.data(), content.size()), 0);
    image.format = PNG_FORMAT_RGB;
    Frame got{.width = image.width, .height = image.height, .pixels = {}};
    got.pixels.resize(PNG_IMAGE_SIZE(image));
    ASSERT_NE(png_image_finish_read(&image, nullptr, got.pixels.data(), 0, nullptr), 0);
    EXPECT_EQ(got, frame);
}

TEST(Png, OfNothingIsRefused) {
    EXPECT_THROW(to_png({}), Error);
}

}  // namespace
}  // namespace glinda::screen
