#pragma once

#include <gmock/gmock.h>

#include <filesystem>
#include <string>

#include "glinda/tdl/template.hpp"
#include "glinda/util/files.hpp"

namespace glinda::tdl {

constexpr const char* url_install =
    "<install type='url'><url>http://example.org/tree</url></install>";

/// Reads templates that stand in a folder of their own.
class ReaderTest : public testing::Test {
protected:
    /// The content of an `<os>` that is right, with `rest` in it.
    static std::string os(const std::string& rest = "", const std::string& install = url_install) {
        return "<name>Hurd</name><version>13</version><arch>x86_64</arch>" + install + rest;
    }
    /// A template that is right, with `rest` on its line 3.
    static std::string with(const std::string& rest) {
        return "<template><name>vm</name>\n<os>" + os() + "</os>\n" + rest + "</template>";
    }
    static std::string with_os(const std::string& content) {
        return "<template><name>vm</name>\n<os>\n" + content + "</os></template>";
    }

    Template read(const std::string& text, const Variables& variables = {}) {
        write_file(file_, text);
        return read_template(file_, schema(), variables);
    }
    /// What is wrong with a template; all are the user's fault, and told in one line.
    Mistake mistake(const std::string& text, const Variables& variables = {}) {
        try {
            read(text, variables);
        } catch (const InvalidTemplate& error) {
            EXPECT_EQ(error.fault(), Fault::usage);
            EXPECT_THAT(error.what(), testing::Not(testing::HasSubstr("\n")));
            return error.mistake();
        }
        ADD_FAILURE() << "it was accepted: " << text.substr(0, 1000);
        return {};
    }
    std::string complaint(const std::string& text, const Variables& variables = {}) {
        return InvalidTemplate{mistake(text, variables)}.what();
    }
    static const Schema& schema() {
        static const Schema schema{SOURCE_FOLDER "/config/tdl.rng"};
        return schema;
    }

    TemporaryFolder folder_{std::filesystem::temp_directory_path() / "glinda-test-"};
    std::filesystem::path file_ = folder_.path() / "vm.tdl";
};

}  // namespace glinda::tdl
