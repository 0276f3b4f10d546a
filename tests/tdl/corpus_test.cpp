// What the fuzzer (tests/fuzz) made of templates and once was trouble, and what stands for the
// rest.
#include "reader.hpp"

namespace glinda::tdl {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

/// "" if the text is right, else the one line that says why it is not.
std::string verdict(const fs::path& file, const Schema& schema) {
    try {
        std::ignore = parse_template(read_file(file), "corpus.tdl", schema, {});
    } catch (const InvalidTemplate& error) {
        return error.what();
    }
    return "";
}

TEST(Corpus, IsReadOrRefusedWithOneLine) {
    const Schema schema{SOURCE_FOLDER "/config/tdl.rng"};
    int right = 0;
    int wrong = 0;
    for (const fs::directory_entry& file : fs::directory_iterator{TEST_DATA "/tdl-corpus"}) {
        const std::string said = verdict(file.path(), schema);
        // The name says what is to come of it.
        EXPECT_EQ(said.empty(), file.path().filename().string().starts_with("right-"))
            << file.path() << ": " << said;
        EXPECT_THAT(said, Not(HasSubstr("\n"))) << file.path();
        EXPECT_LT(said.size(), 600U) << file.path();
        ++(said.empty() ? right : wrong);
    }
    EXPECT_GE(right, 3);
    EXPECT_GE(wrong, 10);
}

}  // namespace
}  // namespace glinda::tdl
