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

TEST(Render, RepeatsASectionForEachThingOfAList) {
    const Scope user{{{"name", "ann"}}, {{"keys", {{{{"key", "k1"}}}, {{{"key", "k2"}}}}}}};
    const Scope scope{{{"host", "vm"}}, {{"users", {user}}, {"none", {}}}};
    EXPECT_EQ(render("{{#users}}\n{{name}}@{{host}}{{#keys}} {{key}}{{/keys}}\n{{/users}}\nend",
                     scope, "t"),
              "ann@vm k1 k2\nend");
    EXPECT_EQ(render("{{#none}}{{whatever}}{{/none}}{{^none}}empty{{/none}}{{^users}}no{{/users}}",
                     scope, "t"),
              "empty");
}

/// What becomes of a value in a dialect, and in a shell script in that.
struct Escaped {
    const char* dialect;
    const char* value;
    const char* as_value;
    const char* in_script;
};
const Escaped escaped[] = {
    {"kickstart", "plain-1.0", "plain-1.0", "plain-1.0"},
    {"kickstart", "a b", "'a b'", "'a b'"},
    {"kickstart", "", "''", "''"},
    {"kickstart", "$6$x", "'$6$x'", "'$6$x'"},
    {"shell", "it's", R"('it'\''s')", R"('it'\''s')"},
    {"installerconfig", "$(reboot)", "'$(reboot)'", "'$(reboot)'"},
    {"preseed", "a b", "a b", "'a b'"},
    {"", "a b", "a b", "'a b'"},
    {"autoinstall", R"(a"b\c)", R"(a\"b\\c)", R"('a\"b\\c')"},
    {"agama", R"("it's")", R"(\"it's\")", R"('\"it'\\''s\"')"},
    {"autoyast", "<a&b>\"", "&lt;a&amp;b&gt;&quot;", "'&lt;a&amp;b&gt;&quot;'"},
    {"unattend", "]]>", "]]&gt;", "']]&gt;'"},
    {"auto_inst", R"(it's \)", R"(it\'s \\)", R"(\'it\'\\\'\'s \\\')"},
};

TEST(Render, WritesValuesAsTheDialectWantsThem) {
    for (const Escaped& one : escaped) {
        const Scope scope{{{"v", one.value}}};
        EXPECT_EQ(render("{{v}}", scope, "t", one.dialect), one.as_value) << one.dialect;
        EXPECT_EQ(render("{{v|shell}}", scope, "t", one.dialect), one.in_script) << one.dialect;
    }
}

TEST(Password, OfAnUnattendFileIsBase64OfUtf16WithTheElementsName) {
    EXPECT_EQ(unattend_password("pw", "Password"), "cAB3AFAAYQBzAHMAdwBvAHIAZAA=");
    EXPECT_THROW(unattend_password("\xff", "Password"), Error);
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
