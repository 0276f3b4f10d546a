// Oz's own test suite: its templates with the verdict and the values that Oz finds in each. They
// are Oz's (LGPL) and not kept here; GLINDA_OZ_CASES names the folder that has them, with a table
// expected.tsv: file, verdict, …, and in the sixth column the values as JSON.
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "glinda/tdl/contents.hpp"
#include "glinda/util/text.hpp"
#include "reader.hpp"

namespace glinda::tdl {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

std::string bytes_of(const Content& content) {
    return content.bytes.value_or("no bytes of " + content.url);
}

json to_json(const Package& package) {
    json values{{"name", package.name}};
    for (const auto& [name, value] : {std::pair{"repo", package.repository},
                                      {"file", package.file},
                                      {"args", package.arguments}})
        if (value)
            values[name] = *value;
    return values;
}

json to_json(const Repository& repository) {
    return {{"name", repository.name},
            {"url", repository.url},
            {"signed", repository.is_signed},
            {"persisted", repository.persisted},
            {"sslverify", repository.verify_tls}};
}

/// What Oz would have made of a template: only what differs from its defaults.
json as_oz_says_it(const Template& got) {
    const bool iso = got.install_type == InstallType::iso;
    json values{{"name", got.name},
                {"distro", got.os},
                {"update", got.version},
                {"arch", got.arch},
                {"installtype", iso ? "iso" : "url"},
                {iso ? "iso" : "url", got.location}};
    if (!got.description.empty())
        values["description"] = got.description;
    if (got.key)
        values["key"] = *got.key;
    if (got.root_password)
        values["rootpw"] = got.root_password->text;
    if (got.checksum)
        values["iso_" + got.checksum->algorithm + "_url"] = got.checksum->location;
    for (const Package& package : got.packages)
        values["packages"].push_back(to_json(package));
    for (const Repository& repository : got.repositories)
        values["repositories"].push_back(to_json(repository));
    for (const File& file : got.files)
        values["files"][file.name] = bytes_of(file.content);
    for (const Command& command : got.commands)
        values["commands"].push_back(bytes_of(command.content));
    return values;
}

/// What the table says that is no value of ours, or is told otherwise.
json expected_values(const std::string& text, const Template& got) {
    json values = json::parse(text);
    values.erase("version");  // of the language
    if (values.contains("disksize")) {
        EXPECT_EQ(values["disksize"], format("{}", got.disks.front().size));
        values.erase("disksize");
    }
    return values;
}

/// Oz's suite stands at "tests/tdl/" in its repository, and its templates name their scripts so.
std::string locally(std::string text, const fs::path& folder) {
    for (const char* path : {"file://./tests/tdl", "file://tests/tdl"})
        if (const std::size_t at = text.find(path); at != std::string::npos)
            text.replace(at, std::string{path}.size(), "file://" + folder.string());
    return text;
}

void expect_case(const fs::path& folder, const std::vector<std::string_view>& row,
                 const Schema& schema) {
    const fs::path file = folder / row[0];
    std::optional<Template> got;
    try {
        got = parse_template(locally(read_file(file), folder), file, schema);
    } catch (const InvalidTemplate& error) {
        EXPECT_EQ(row[1], "invalid") << error.what();
        EXPECT_GT(error.mistake().line, 0) << error.what();
        EXPECT_NE(error.mistake().element, "") << error.what();
        return;
    }
    ASSERT_EQ(row[1], "valid");
    // Two name a server; its part is played here, and the table leaves their contents out.
    bool fetched = false;
    resolve_contents(*got, [&](const std::string&) {
        fetched = true;
        return "echo";
    });
    json values = as_oz_says_it(*got);
    if (fetched) {
        values.erase("commands");
        values.erase("files");
    }
    EXPECT_EQ(values, expected_values(std::string{row[5]}, *got));
}

TEST(OzCases, HaveTheVerdictAndTheValuesThatOzFinds) {
    const char* folder = std::getenv("GLINDA_OZ_CASES");
    if (folder == nullptr)
        GTEST_SKIP() << "GLINDA_OZ_CASES names no folder with Oz's templates and expected.tsv";
    const Schema schema{SOURCE_FOLDER "/config/tdl.rng"};
    const std::string table = read_file(fs::path{folder} / "expected.tsv");
    int cases = 0;
    for (const std::string_view line : split(table, '\n')) {
        if (line.empty() || line.starts_with('#'))
            continue;
        const auto row = split(line, '\t');
        ASSERT_GE(row.size(), 6U) << line;
        SCOPED_TRACE(std::string{row[0]});
        expect_case(folder, row, schema);
        ++cases;
    }
    EXPECT_EQ(cases, 65);
}

}  // namespace
}  // namespace glinda::tdl
