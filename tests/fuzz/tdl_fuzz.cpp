// Reads whatever libFuzzer makes up as a template and as fragments to merge. A finding is a crash,
// a report of the sanitizers, a slow or large input, or any exception but the one that says what is
// wrong, on one line.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "glinda/tdl/merge.hpp"

namespace {

using namespace glinda::tdl;

template <typename Action>
void expect_one_line(Action action) {
    try {
        action();
    } catch (const InvalidTemplate& error) {
        if (std::string_view{error.what()}.find('\n') != std::string_view::npos)
            std::abort();
    }
}

}  // namespace

// The name is libFuzzer's.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Schema schema{SOURCE_FOLDER "/config/tdl.rng"};
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    // Its includes are looked for where nothing is.
    const std::filesystem::path file{"/nonexistent/fuzz.tdl"};
    Template wanted;
    expect_one_line([&] { wanted = parse_template(text, file, schema); });
    if (text.find("${a}") != std::string_view::npos)
        expect_one_line([&] { wanted = parse_template(text, file, schema, {{"a", "${b}"}}); });
    if (text.starts_with("<packages"))
        expect_one_line([&] { merge_packages(wanted, text, schema, file); });
    if (text.starts_with("<repositories"))
        expect_one_line([&] { merge_repositories(wanted, text, schema, file); });
    return 0;
}
