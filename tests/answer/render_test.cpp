#include "glinda/answer/render.hpp"

#include <crypt.h>
#include <gmock/gmock.h>

#include "glinda/answer/password.hpp"
#include "glinda/util/error.hpp"

namespace glinda::answer {
namespace {

using testing::HasSubstr;

std::string complaint(std::string_view text, const Values& values, Fault fault) {
    try {
        std::ignore = render(text, values, "preseed.cfg");
    } catch (const Error& error) {
        EXPECT_EQ(error.fault(), fault);
        return error.what();
    }
    ADD_FAILURE() << "it was rendered: " << text;
    return "";
}

TEST(Render, FillsValuesAndSections) {
    const Values values{{"name", "vm"}, {"list", "a b"}, {"none", ""}};
    EXPECT_EQ(render("host {{name}}", values, "t"), "host vm");
    EXPECT_EQ(
        render("{{#list}}\nhas {{list}}\n{{/list}}\n{{#none}}\nno\n{{/none}}\nend", values, "t"),
        "has a b\nend");
    EXPECT_EQ(render("{{^none}}yes{{/none}}{{^list}}no{{/list}}", values, "t"), "yes");
    EXPECT_EQ(render("{{#list}}1{{#none}}2{{/none}}3{{/list}}", values, "t"), "13");
}

TEST(Render, AMistypedNameIsAnErrorWithItsLine) {
    EXPECT_THAT(complaint("a\n{{pasword}}", {{"password", "x"}}, Fault::environment),
                HasSubstr("preseed.cfg:2: there is no value named \"pasword\""));
}

TEST(Render, AnUnbalancedTemplateIsAnError) {
    const Values values{{"a", "1"}};
    EXPECT_THAT(complaint("{{#a}}", values, Fault::environment), HasSubstr("not closed"));
    EXPECT_THAT(complaint("{{/a}}", values, Fault::environment), HasSubstr("no open section"));
    EXPECT_THAT(complaint("{{a", values, Fault::environment), HasSubstr("{{ without }}"));
}

TEST(Render, AValueCannotAddALineToAnAnswerFile) {
    EXPECT_THAT(complaint("{{a}}", {{"a", "x\nd-i evil"}}, Fault::usage), HasSubstr("line break"));
}

TEST(Password, IsASaltedHashThatCryptAccepts) {
    const std::string hash = hash_password("s3cret");
    EXPECT_THAT(hash, testing::StartsWith("$6$"));
    EXPECT_NE(hash, hash_password("s3cret"));
    crypt_data data{};
    EXPECT_STREQ(crypt_r("s3cret", hash.c_str(), &data), hash.c_str());
    EXPECT_STRNE(crypt_r("other", hash.c_str(), &data), hash.c_str());
}

}  // namespace
}  // namespace glinda::answer
