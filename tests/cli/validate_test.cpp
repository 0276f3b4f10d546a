// `glinda validate` from outside.

#include <gmock/gmock.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "glinda/util/files.hpp"
#include "glinda/util/process.hpp"
#include "glinda/util/text.hpp"

namespace glinda::cli {
namespace {

using nlohmann::json;
using testing::AllOf;

using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;
namespace fs = std::filesystem;

class Validate : public testing::Test {
protected:
    Result validate(std::vector<std::string> words) {
        words.insert(words.begin(), {GLINDA, "validate"});
        return SystemRunner{}.run({.argv = std::move(words),
                                   .directory = folder_.path(),
                                   .variables = {"HOME=" + folder_.path().string()}});
    }
    /// The one object of one file.
    json object(std::vector<std::string> words) {
        words.insert(words.begin(), "--json");
        const std::string output = validate(std::move(words)).output;
        EXPECT_EQ(std::ranges::count(output, '\n'), 1) << output;
        return json::parse(output);
    }
    void write(const std::string& name, const std::string& rest, const std::string& os = "") {
        write_file(folder_.path() / name,
                   "<template><name>vm</name>\n<os><name>Hurd</name><version>13</version>"
                   "<arch>x86_64</arch><install type='url'><url>http://a/</url></install>" +
                       os + "</os>\n" + rest + "</template>");
    }

    TemporaryFolder folder_{fs::temp_directory_path() / "glinda-test-"};
};

TEST_F(Validate, PrintsOneLineAFileAndIsTwoIfOneIsWrong) {
    write("good.tdl", "");
    write("bad.tdl", "<colour/>");
    const Result result = validate({"good.tdl", "bad.tdl", "none.tdl"});
    EXPECT_EQ(result.status, 2);
    EXPECT_THAT(
        split(result.output, '\n'),
        testing::ElementsAre("good.tdl: valid", "bad.tdl:3: <colour> may not stand in <template>",
                             AllOf(StartsWith("none.tdl: "), HasSubstr("No such file")), ""));
    EXPECT_THAT(result.errors, IsEmpty());
    EXPECT_EQ(validate({"good.tdl"}).status, 0);
}

TEST_F(Validate, TellsAsJsonWhatIsWrong) {
    write("bad.tdl", "<disk><size>10k</size></disk>");
    const json got = object({"bad.tdl"});
    EXPECT_EQ(got["file"], "bad.tdl");
    EXPECT_EQ(got["valid"], false);
    EXPECT_EQ(got["error"]["line"], 3);
    EXPECT_EQ(got["error"]["element"], "size");
    EXPECT_THAT(got["error"]["message"], StartsWith("<size> is \"10k\""));
    EXPECT_EQ(got["template"], nullptr);
    const json missing = object({"none.tdl"});
    EXPECT_EQ(missing["error"]["line"], nullptr);
    EXPECT_EQ(missing["error"]["element"], nullptr);
}

TEST_F(Validate, NamesTheIncludedFileThatIsWrong) {
    write_file(folder_.path() / "size.xml", "<disk>\n<size>x</size></disk>");
    write("vm.tdl", "<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='size.xml'/>");
    const json got = object({"vm.tdl"});
    EXPECT_EQ(got["file"], "vm.tdl");
    EXPECT_EQ(got["error"]["line"], 2);
    EXPECT_THAT(got["error"]["message"], StartsWith("size.xml:2: <size> is \"x\""));
}

TEST_F(Validate, TellsAsJsonWhatWasUnderstood) {
    write("vm.tdl", "");
    EXPECT_EQ(object({"vm.tdl"}), json::parse(R"({
        "file": "vm.tdl", "valid": true, "error": null,
        "template": {
            "name": "vm", "description": null, "included": [],
            "os": {"name": "Hurd", "version": "13", "arch": "x86_64",
                   "install": {"type": "url", "location": "http://a/", "checksum": null,
                               "signature": null},
                   "rootpw_set": false, "key_set": false, "kernelparam": null,
                   "locale": null, "keyboard": null, "timezone": null, "hostname": null,
                   "network": null,
                   "icicle_command": null, "extras": [], "firmware": null, "ssh_keys": [],
                   "users": []},
            "disk": {"size": 10737418240, "bus": null, "format": null, "layout": "partitions",
                     "filesystem": null, "swap": 0},
            "disks": [{"size": 10737418240, "bus": null, "format": null, "layout": "partitions",
                       "filesystem": null, "swap": 0}],
            "packages": [], "files": [], "precommands": [], "commands": [], "repositories": [],
            "datasources": []
        }})"));
}

TEST_F(Validate, TellsAsJsonEachPart) {
    write("vm.tdl",
          "<packages><package name='p'><file>f</file></package></packages>"
          "<files><file name='/a'>caf\xc3\xa9</file>"
          "<file name='/b' type='url'>file://b</file></files>"
          "<commands><command name='y' position='2'>y</command>"
          "<command name='x' position='1' type='base64'>eA==</command></commands>"
          "<repositories><repository name='r'><url>http://r/</url><persisted>no</persisted>"
          "</repository></repositories>",
          "<rootpw>secret</rootpw><key>secret</key>");
    const json got = object({"vm.tdl"})["template"];
    EXPECT_EQ(got["packages"], json::parse(R"([
        {"name": "p", "repository": null, "file": "f", "arguments": null}])"));
    EXPECT_EQ(got["files"], json::parse(R"([
        {"name": "/a", "type": "raw", "content_base64": "Y2Fmw6k="},
        {"name": "/b", "type": "url", "url": "file://b"}])"));
    EXPECT_EQ(got["commands"], json::parse(R"([
        {"name": "x", "type": "base64", "position": 1, "content_base64": "eA=="},
        {"name": "y", "type": "raw", "position": 2, "content_base64": "eQ=="}])"));
    EXPECT_EQ(got["repositories"], json::parse(R"([
        {"name": "r", "url": "http://r/", "signed": false, "persisted": false,
         "sslverify": false}])"));
    EXPECT_EQ(got["os"]["rootpw_set"], true);
    EXPECT_EQ(got["os"]["key_set"], true);
    EXPECT_THAT(got.dump(), testing::Not(HasSubstr("secret")));
}

TEST_F(Validate, ASizeBeyondSixtyFourBitsKeepsAllItsDigits) {
    write("vm.tdl", "<disk><size>30ZB</size></disk>");
    EXPECT_THAT(validate({"--json", "vm.tdl"}).output,
                HasSubstr(R"("disk":{"size":30000000000000000000000,)"));
}

TEST_F(Validate, ANameOfAFileThatIsNoTextIsStillJson) {
    write("\xff.tdl", "");
    EXPECT_EQ(object({"\xff.tdl"})["file"], "\xef\xbf\xbd.tdl");
    EXPECT_EQ(object({"none\xff"})["valid"], false);
}

TEST_F(Validate, FillsInVariables) {
    write("vm.tdl", "<description>${a} of ${b}</description>");
    EXPECT_EQ(object({"--var", "a=x", "--var", "b=y=z", "vm.tdl"})["template"]["description"],
              "x of y=z");
    EXPECT_EQ(validate({"vm.tdl", "--var", "a=x"}).status, 2);
    const Result result = validate({"vm.tdl", "--var", "a"});
    EXPECT_EQ(result.status, 2);
    EXPECT_THAT(result.errors, HasSubstr("NAME=VALUE"));
}

TEST_F(Validate, FetchesContentsOnlyIfAsked) {
    write("vm.tdl", "<files><file name='/a' type='url'>file://content</file></files>");
    EXPECT_EQ(validate({"vm.tdl"}).status, 0);
    const Result missing = validate({"--fetch", "vm.tdl"});
    EXPECT_EQ(missing.status, 2);
    EXPECT_THAT(missing.output, AllOf(StartsWith("vm.tdl: "), HasSubstr("content")));
    write_file(folder_.path() / "content", "x");
    EXPECT_EQ(object({"--fetch", "vm.tdl"})["template"]["files"][0]["content_base64"], "eA==");
}

class ValidateAnswers : public Validate {
protected:
    /// A template of a release, and an answer file for it.
    Result validate_answers(const std::string& os, const std::string& version,
                            const std::string& answers, std::vector<std::string> words = {}) {
        write_file(folder_.path() / "vm.tdl",
                   "<template><name>vm</name><os><name>" + os + "</name><version>" + version +
                       "</version><arch>x86_64</arch><install type='url'><url>http://a/</url>"
                       "</install></os></template>");
        write_file(folder_.path() / "ks.cfg", answers);
        words.insert(words.end(), {"-a", "ks.cfg", "vm.tdl"});
        return validate(std::move(words));
    }
    const std::string right_ =
        "lang C\nkeyboard us\ntimezone Etc/UTC\nrootpw --lock\n"
        "clearpart --all --drives=vda\nautopart\n"
        "poweroff\n%packages\n@core\n%end\n";
};

TEST_F(ValidateAnswers, ARightFileIsSilentlyRight) {
    const Result result = validate_answers("CentOS", "7", right_);
    EXPECT_EQ(result.output, "vm.tdl: valid\n");
    EXPECT_EQ(result.status, 0);
}

TEST_F(ValidateAnswers, EachFaultHasItsLineAndTheStatusIsTwo) {
    const Result result = validate_answers("CentOS", "7", "zerombr yes\n" + right_);
    EXPECT_EQ(result.output,
              "vm.tdl: valid\n"
              "ks.cfg:1: error: zerombr takes no argument: \"yes\"; write zerombr alone\n");
    EXPECT_EQ(result.status, 2);
}

TEST_F(ValidateAnswers, AWarningIsNoReasonToStop) {
    const Result result = validate_answers("Rocky", "8.10", "install\n" + right_);
    EXPECT_THAT(result.output, HasSubstr("ks.cfg:1: warning: install is deprecated"));
    EXPECT_EQ(result.status, 0);
}

TEST_F(ValidateAnswers, TheDisksAreThoseOfTheFamilysMachine) {
    EXPECT_THAT(validate_answers("RHEL", "9", "ignoredisk --only-use=sda\n" + right_).output,
                HasSubstr("ks.cfg:1: error: --only-use of ignoredisk: there will be no disk sda"));
}

TEST_F(ValidateAnswers, FindingsAreFieldsOfTheJson) {
    const json got =
        json::parse(validate_answers("Fedora", "40", "install\n" + right_, {"--json"}).output);
    EXPECT_EQ(got["answers"]["file"], "ks.cfg");
    EXPECT_EQ(got["answers"]["valid"], false);
    const json& finding = got["answers"]["findings"].at(0);
    EXPECT_EQ(finding["severity"], "error");
    EXPECT_EQ(finding["line"], 1);
    EXPECT_EQ(finding["since"], "Fedora 34");
    write("other.tdl", "");
    EXPECT_FALSE(object({"other.tdl"}).contains("answers"));
}

TEST_F(ValidateAnswers, WhatNothingIsKnownOfIsAMistake) {
    const Result result = validate_answers("Hurd", "1", right_);
    EXPECT_THAT(result.output, HasSubstr("vm.tdl: the operating system Hurd is not known"));
    EXPECT_EQ(result.status, 2);
    EXPECT_THAT(validate({"-a", "none.cfg", "vm.tdl"}).output, HasSubstr("vm.tdl: "));
}

TEST_F(ValidateAnswers, AnInstallIsStoppedByTheSameFaultsUnlessToldOtherwise) {
    validate_answers("CentOS", "7", "zerombr yes\n" + right_);
    const auto install = [&](std::vector<std::string> more) {
        more.insert(more.begin(), {GLINDA, "install", "--dry-run", "-a", "ks.cfg", "vm.tdl"});
        return SystemRunner{}.run({.argv = std::move(more),
                                   .directory = folder_.path(),
                                   .variables = {"HOME=" + folder_.path().string()}});
    };
    const Result stopped = install({});
    EXPECT_EQ(stopped.status, 2);
    EXPECT_THAT(stopped.errors, AllOf(HasSubstr("ks.cfg has faults that would stop the installer"),
                                      HasSubstr("\n  ks.cfg:1: error: zerombr takes no argument"),
                                      HasSubstr("--no-lint")));
    // What follows is the medium, which is not there.
    EXPECT_THAT(install({"--no-lint"}).errors,
                AllOf(HasSubstr("http://a/"), testing::Not(HasSubstr("zerombr"))));
}

}  // namespace
}  // namespace glinda::cli
