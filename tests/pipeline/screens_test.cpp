#include "screens.hpp"

#include <gmock/gmock.h>

namespace glinda::pipeline {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

class FilmTest : public testing::Test {
protected:
    /// Two dots, of which the second one's colour is the number.
    static screen::Frame frame(unsigned number) {
        return {.width = 2,
                .height = 1,
                .pixels = {255, 255, 255, static_cast<std::uint8_t>(number >> 8U),
                           static_cast<std::uint8_t>(number), 0}};
    }
    [[nodiscard]] std::size_t pictures() const {
        std::size_t count = 0;
        std::error_code none;
        for (const auto& entry : fs::directory_iterator{build_.path() / "screens", none})
            count += entry.path().extension() == ".png" ? 1 : 0;
        return count;
    }

    TemporaryFolder folder_{fs::temp_directory_path() / "glinda-test-"};
    report::BuildFolder build_{folder_.path(), "vm"};
    Film film_{build_};
    Film::Clock::time_point start_{};
};

TEST_F(FilmTest, APictureIsKeptOnceWithItsText) {
    film_.add(frame(1), {.lines = {"one", "two"}}, start_);
    film_.add(frame(1), {.lines = {"one", "two"}}, start_ + 9s);
    EXPECT_EQ(pictures(), 1U);
    EXPECT_EQ(film_.newest(), build_.path() / "screens/0001.png");
    EXPECT_EQ(read_file(build_.path() / "screens/0001.txt"), "one\ntwo\n");
    EXPECT_EQ(build_.events().back().text, "screens/0001.png");
}

TEST_F(FilmTest, AScreenWithoutAPictureIsNotKept) {
    film_.add({.width = 2, .height = 1, .pixels = std::vector<std::uint8_t>(6, 0)}, {}, start_);
    EXPECT_EQ(film_.newest(), fs::path{});
}

TEST_F(FilmTest, OfAChangingScreenNotEveryPictureIsKept) {
    for (unsigned number = 0; number < 20; ++number)
        film_.add_moving(frame(number), {}, start_ + number * 100ms);
    EXPECT_EQ(pictures(), 1U);
}

TEST_F(FilmTest, TheirNumberIsBoundedAndTheNewestIsThere) {
    for (unsigned number = 0; number < 300; ++number) {
        film_.add(frame(number), {.lines = {"text"}}, start_ + number * 1s);
        ASSERT_LE(pictures(), 48U);
    }
    EXPECT_GE(pictures(), 24U);
    EXPECT_TRUE(fs::exists(film_.newest()));
    EXPECT_EQ(film_.newest().filename(), "0300.png");
    EXPECT_TRUE(fs::exists(build_.path() / "screens/0001.png")) << "the first one stays";
}

}  // namespace
}  // namespace glinda::pipeline
