#include "glinda/media/signature.hpp"

#include <gmock/gmock.h>

#include "glinda/util/error.hpp"
#include "glinda/util/files.hpp"

namespace glinda::media {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

/// Two keys, and a text that the first has signed.
class SignatureTest : public testing::Test {
protected:
    SignatureTest() {
        write_file(file("text"), "Toto\n");
        for (const char* name : {"glinda", "stranger"}) {
            gpg({"--passphrase", "", "--quick-generate-key", name, "ed25519", "sign", "never"});
            write_file(file(name), gpg({"--export", name}));
        }
        write_file(file("wrapped"), gpg({"--armor", "--export", "glinda"}));
        gpg({"-u", "glinda", "--detach-sign", "--output", file("sig"), file("text")});
        gpg({"-u", "glinda", "--armor", "--detach-sign", "--output", file("asc"), file("text")});
        gpg({"-u", "glinda", "--clear-sign", "--output", file("clear"), file("text")});
    }
    ~SignatureTest() override {
        runner_.run({.argv = {"gpgconf", "--homedir", home_.path(), "--kill", "all"}});
    }
    [[nodiscard]] fs::path file(const std::string& name) const { return home_.path() / name; }
    std::string gpg(std::vector<std::string> words) {
        words.insert(words.begin(), {"gpg", "--batch", "--quiet", "--homedir", home_.path()});
        return runner_.output_of({.argv = std::move(words)});
    }
    std::string refusal(const std::string& key, const std::string& signature) {
        try {
            check_signature(runner_, file(key), file(signature), file("text"));
        } catch (const Error& error) {
            EXPECT_EQ(error.fault(), Fault::environment);
            return error.what();
        }
        return "it was accepted";
    }

    TemporaryFolder home_{fs::temp_directory_path() / "glinda-gpg-"};
    SystemRunner runner_;
};

TEST_F(SignatureTest, AGoodOneIsAccepted) {
    check_signature(runner_, file("glinda"), file("sig"), file("text"));
    check_signature(runner_, file("glinda"), file("asc"), file("text"));
    EXPECT_EQ(signed_text(runner_, file("glinda"), file("clear")), "Toto\n");
}

TEST_F(SignatureTest, AWrappedKeyIsUnwrapped) {
    EXPECT_EQ(unwrap_key(read_file(file("wrapped"))), read_file(file("glinda")));
    EXPECT_EQ(unwrap_key(read_file(file("glinda"))), read_file(file("glinda")));
    EXPECT_THROW(std::ignore = unwrap_key("-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmDM"), Error);
}

TEST_F(SignatureTest, AnotherKeyOrAnotherTextIsRefused) {
    EXPECT_THAT(refusal("stranger", "sig"), HasSubstr("no good signature"));
    EXPECT_THROW(std::ignore = signed_text(runner_, file("stranger"), file("clear")), Error);
    EXPECT_THAT(refusal("glinda", "text"), HasSubstr("no good signature"));
    write_file(file("text"), "toto\n");
    EXPECT_THAT(refusal("glinda", "sig"), HasSubstr(file("text").string()));
}

TEST_F(SignatureTest, WhatIsNotSignedIsNoPartOfTheText) {
    write_file(file("clear"), "an addition\n" + read_file(file("clear")) + "another\n");
    std::string text;
    try {
        text = signed_text(runner_, file("glinda"), file("clear"));
    } catch (const Error&) {
        return;  // that is as good
    }
    EXPECT_EQ(text, "Toto\n");
}

}  // namespace
}  // namespace glinda::media
