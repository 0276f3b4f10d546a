#include "medium.hpp"

#include <gmock/gmock.h>

#include "glinda/util/error.hpp"
#include "glinda/util/text.hpp"
#include "scripted_server.hpp"
#include "silence.hpp"

namespace glinda::pipeline {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::HasSubstr;

/// A small ISO on a server that has no proof of anything, and two keys.
class MediumTest : public testing::Test {
protected:
    MediumTest() {
        make_folders(file("content"));
        write_file(file("content/file"), "Toto\n");
        runner_.output_of({.argv = {"xorriso", "-as", "mkisofs", "-quiet", "-o", file("vm.iso"),
                                    file("content")}});
        const std::string sums =
            runner_.output_of({.argv = {"sha256sum", "vm.iso"}, .directory = folder_.path()});
        write_file(file("SUMS"), sums);
        settings_.data_dir = file("data");
        settings_.cache_original_media = true;
        wanted_.file = file("vm.tdl");
        wanted_.name = "vm";
        wanted_.os = "Debian";
        wanted_.version = "13";
        wanted_.arch = "x86_64";
        wanted_.install_type = tdl::InstallType::iso;
        wanted_.location = server_.origin() + "/vm.iso";
        wanted_.checksum = tdl::Checksum{"sha256", "", sums.substr(0, 64)};
    }
    ~MediumTest() override {
        runner_.run({.argv = {"gpgconf", "--homedir", folder_.path(), "--kill", "all"}});
    }

    [[nodiscard]] fs::path file(const std::string& name) const { return folder_.path() / name; }
    Medium open(Download download = Download::needed) {
        const Context context{.settings = settings_,
                              .families = SOURCE_FOLDER "/auto",
                              .schemas = SOURCE_FOLDER "/config",
                              .runner = runner_,
                              .progress = silent_,
                              .stop = {}};
        return open_medium(wanted_, catalog_.find(wanted_.os, wanted_.version, wanted_.arch),
                           download, context);
    }
    std::string refusal() {
        try {
            open();
        } catch (const Error& error) {
            return error.what();
        }
        return "nothing was thrown";
    }
    void make_key(const std::string& name) {
        gpg({"--passphrase", "", "--quick-generate-key", name, "ed25519", "sign", "never"});
        gpg({"--armor", "--output", file(name + ".asc"), "--export", name});
    }
    void sign(const std::string& name) {
        gpg({"-u", "glinda", "--detach-sign", "--output", file(name + ".sig"), file(name)});
    }
    void gpg(std::vector<std::string> words) {
        words.insert(words.begin(), {"gpg", "--batch", "--quiet", "--homedir", folder_.path()});
        runner_.output_of({.argv = std::move(words)});
    }

    TemporaryFolder folder_{fs::temp_directory_path() / "glinda-medium-"};
    SystemRunner runner_;
    Silence silent_;
    settings::Settings settings_{};
    catalog::Catalog catalog_{SOURCE_FOLDER "/auto"};
    ScriptedServer server_{[this](const std::string&, std::size_t) {
        return http_answer("200 OK", {}, read_file(file("vm.iso")));
    }};
    tdl::Template wanted_;
};

TEST_F(MediumTest, AnIsoIsFetchedOnceUnlessThatIsAskedAgain) {
    const fs::path first = *open().root.path;
    EXPECT_EQ(read_file(first), read_file(file("vm.iso")));
    EXPECT_EQ(open().root.path, first);
    EXPECT_EQ(open(Download::always).root.path, first);
    EXPECT_EQ(server_.requests().size(), 2U);
}

TEST_F(MediumTest, AnIsoIsNotKeptIfTheSettingsSaySo) {
    settings_.cache_original_media = false;
    EXPECT_EQ(read_file(*open().root.path), read_file(file("vm.iso")));
    EXPECT_TRUE(fs::is_empty(file("data/isos")));
}

TEST_F(MediumTest, TheSignatureOfAnIsoIsChecked) {
    make_key("glinda");
    make_key("stranger");
    sign("vm.iso");
    wanted_.signature = tdl::Signature{"glinda.asc", "vm.iso.sig"};
    EXPECT_NO_THROW(open());
    wanted_.signature->key = "stranger.asc";
    EXPECT_THAT(refusal(), HasSubstr("no good signature"));
    wanted_.signature->location = "";
    EXPECT_THAT(refusal(), HasSubstr("names a key, but nothing that it has signed"));
}

TEST_F(MediumTest, TheSignatureOfAListOfChecksumsIsChecked) {
    make_key("glinda");
    sign("SUMS");
    gpg({"-u", "glinda", "--clear-sign", "--output", file("CLEAR"), file("SUMS")});
    wanted_.checksum = tdl::Checksum{"sha256", "SUMS", ""};
    wanted_.signature = tdl::Signature{"glinda.asc", "SUMS.sig"};
    EXPECT_NO_THROW(open());
    wanted_.checksum->location = "CLEAR";
    wanted_.signature->location = "";
    EXPECT_NO_THROW(open());
    write_file(file("SUMS"), std::string(64, '0') + "  vm.iso\n");
    wanted_.checksum->location = "SUMS";
    for (const char* signature : {"SUMS.sig", ""}) {
        wanted_.signature->location = signature;
        EXPECT_THAT(refusal(), HasSubstr("no good signature"));
    }
}

TEST(ProgressText, HasTheRateAndTheTimeLeft) {
    constexpr std::uint64_t mib = 1U << 20U;
    EXPECT_EQ(progress_text(10 * mib, 100 * mib, 10 * mib, 500ms), "10 of 100 MiB");
    EXPECT_EQ(progress_text(60 * mib, 100 * mib, 10 * mib, 4s),
              "60 of 100 MiB, 2.5 MiB/s, 16 s left");
    EXPECT_EQ(progress_text(100 * mib, 100 * mib, 100 * mib, 4s), "100 of 100 MiB, 25.0 MiB/s");
    EXPECT_EQ(progress_text(60 * mib, 0, 60 * mib, 4s), "60 MiB, 15.0 MiB/s");
}

}  // namespace
}  // namespace glinda::pipeline
