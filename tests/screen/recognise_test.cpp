#include "glinda/screen/recognise.hpp"

#include <gmock/gmock.h>

#include "glinda/util/error.hpp"

namespace glinda::screen {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Stands in for the program.
class FakeTesseract : public Runner {
public:
    Result run(const Command& command) override {
        asked = command;
        return {0, " Installation failed\n\n  The disk is too small\x0c\n", ""};
    }
    Command asked;
};

TEST(Recognise, HandsThePictureToTheProgramAndTakesItsLines) {
    FakeTesseract tesseract;
    const ScreenText text = recognise("a picture", tesseract);
    EXPECT_EQ(tesseract.asked.argv.front(), "tesseract");
    EXPECT_EQ(tesseract.asked.input, "a picture");
    EXPECT_THAT(text.lines, ElementsAre("Installation failed", "The disk is too small"));
    EXPECT_EQ(text.last_words, text.lines);
}

TEST(Recognise, SaysThatTheProgramIsNotThere) {
    class Nobody : public Runner {
        Result run(const Command&) override {
            return SystemRunner{}.run({.argv = {"glinda-no-such-program"}});
        }
    } nobody;
    try {
        static_cast<void>(recognise("a picture", nobody));
        FAIL() << "it ran";
    } catch (const Error& error) {
        EXPECT_EQ(error.fault(), Fault::environment);
        EXPECT_THAT(error.what(), HasSubstr("glinda-no-such-program"));
    }
}

TEST(IsPicture, UnlessItHasOneColour) {
    EXPECT_FALSE(is_picture({}));
    EXPECT_FALSE(is_picture({.width = 2, .height = 1, .pixels = {1, 2, 3, 1, 2, 3}}));
    EXPECT_TRUE(is_picture({.width = 2, .height = 1, .pixels = {1, 2, 3, 1, 2, 4}}));
}

}  // namespace
}  // namespace glinda::screen
