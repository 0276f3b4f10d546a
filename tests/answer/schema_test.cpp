#include <gmock/gmock.h>

#include "dialect_lint.hpp"
#include "glinda/util/files.hpp"
#include "glinda/util/process.hpp"
#include "json_schema.hpp"
#include "tree.hpp"

namespace glinda::answer {
namespace {

namespace fs = std::filesystem;

const std::string agama_schema = SOURCE_FOLDER "/auto/agama/profile.json";
const std::string autoinstall_schema = SOURCE_FOLDER "/auto/subiquity/autoinstall.json";

// Right and wrong, for every part of JSON Schema that the reader knows.
const std::vector<std::string> profiles{
    R"({})",
    R"([])",
    R"({"product": {"id": "SLES"}})",
    R"({"product": {}})",
    R"({"product": {"id": 1}})",
    R"({"products": {}})",
    R"({"bootloader": {"timeout": 0}})",
    R"({"bootloader": {"timeout": -1}})",
    R"({"bootloader": {"timeout": 1.5}})",
    R"({"bootloader": {"timeout": null}})",
    R"({"questions": {"policy": "auto"}})",
    R"({"questions": {"policy": "maybe"}})",
    R"({"root": {"sshPublicKey": "a"}})",
    R"({"root": {"sshPublicKey": ["a", "b"]}})",
    R"({"root": {"sshPublicKey": [1]}})",
    R"({"storage": {"drives": [{"search": {"max": 1}, "partitions": [{"generate": "default"}]}]}})",
    R"({"storage": {"drives": [{"search": {"max": 0}}]}})",
    R"({"storage": {"drives": [{"partitions": [{"size": ["1 GiB", 5]}, {"size": {"min": 1}}]}]}})",
    R"({"storage": {"drives": [{"partitions": [{"size": {"max": 1}}]}]}})",
    R"({"storage": {"drives": [{"encryption": {"luks2": {"password": "p"}}}]}})",
    R"({"storage": {"drives": [{"encryption": {"luks2": {}}}]}})",
    R"({"storage": {"drives": [{"filesystem": {"type": {"btrfs": {"snapshots": true}}}}]}})",
    R"({"storage": {"drives": [{"filesystem": {"type": "fat"}}]}})",
};

const std::vector<std::string> user_data{
    "version: 1\n",
    "version: 2\n",
    "version: '1'\n",
    "locale: en\n",
    "version: 1\nkeyboard: {layout: no}\n",
    "version: 1\nkeyboard: {layout: 'no'}\n",
    "version: 1\nkeyboard: {layout: us, toggle: ~}\n",
    "version: 1\nkeyboard: {layout: us, toggle:}\n",
    "version: 1\nkeyboard: {layout: us, other: x}\n",
    "version: 1\nssh: {install-server: on, allow-pw: Off}\n",
    "version: 1\nssh: {install-server: y}\n",
    "version: 1\nlocale: 1_000\n",
    "version: 1\nlocale: 0x1F\n",
    "version: 1\nlocale: 089\n",
    "version: 1\nlocale: 017\n",
    "version: 1\nlocale: 12:30:45\n",
    "version: 1\nlocale: 1.5\n",
    "version: 1\nlocale: 1e5\n",
    "version: 1\nlocale: 1.0e+5\n",
    "version: 1\nlocale: .inf\n",
    "version: 1\nlocale: null\n",
    "version: 1\nlocale: nULL\n",
    "version: 1\nlocale: !!str 5\n",
    "version: 1\nlate-commands: [a, [b, c]]\n",
    "version: 1\nlate-commands: [a, [b, 5]]\n",
    "version: 1\nnetwork: {version: 2}\n",
    "version: 1\nnetwork: {network: {version: 2}}\n",
    "version: 1\nnetwork: {network: {version: 3}}\n",
    "version: 1\nidentity: &i {hostname: h, username: u, password: p}\n",
    "version: 1\nidentity: {hostname: h, username: u}\n",
    "version: 1\nreporting: {a: {type: print}}\n",
    "version: 1\nreporting: {a: {}}\n",
    "version: 1\nidentity: {hostname: h, username: u, password: p, groups: {append: [a]}}\n",
    "version: 1\nidentity: {hostname: h, username: u, password: p, groups: {add: [a]}}\n",
};

bool is_right(const Tree& tree, const fs::path& schema) {
    return tree.is_whole && !has_errors(check_schema(tree.root(), schema, {}));
}

/// Which texts the packaged validator takes for right: "1" or "0" for each. It is the oracle.
std::string oracle(const fs::path& schema, const std::vector<std::string>& texts) {
    constexpr const char* program =
        "import json, sys, yaml\n"
        "from jsonschema import Draft201909Validator as Validator\n"
        "schema = json.load(open(sys.argv[1]))\n"
        "Validator.check_schema(schema)\n"
        "print(''.join(str(int(Validator(schema).is_valid(yaml.safe_load(text))))\n"
        "              for text in json.load(sys.stdin)))\n";
    std::string input = "[";
    for (const std::string& text : texts) {
        input += input.size() == 1 ? "\"" : ",\"";
        for (const char c : text)
            input += c == '\n'               ? "\\n"
                     : c == '"' || c == '\\' ? std::string{'\\', c}
                                             : std::string{c};
        input += '"';
    }
    SystemRunner runner;
    return runner.output_of({.argv = {"python3", "-c", program, schema}, .input = input + "]"});
}

TEST(Schema, AgreesWithThePackagedValidatorOnJson) {
    std::string ours;
    for (const std::string& text : profiles)
        ours += is_right(read_json(text), agama_schema) ? '1' : '0';
    EXPECT_EQ(ours + "\n", oracle(agama_schema, profiles));
}

TEST(Schema, AgreesWithThePackagedValidatorOnYaml) {
    std::string ours;
    for (const std::string& text : user_data)
        ours += is_right(read_yaml(text), autoinstall_schema) ? '1' : '0';
    EXPECT_EQ(ours + "\n", oracle(autoinstall_schema, user_data));
}

}  // namespace
}  // namespace glinda::answer
