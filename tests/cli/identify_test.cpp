// `glinda identify` from outside.

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "sample_media.hpp"

namespace glinda::cli {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class Identify : public testing::Test {
protected:
    /// The host's own database knows nothing.
    Identify() {
        make_folders(folder_ / "osinfo/os/debian.org");
        write_file(folder_ / "osinfo/os/debian.org/debian-11.xml",
                   "<libosinfo version='0.0.1'><os id='http://debian.org/debian/11'/></libosinfo>");
    }

    Result identify(std::vector<std::string> words) {
        words.insert(words.begin(), {GLINDA, "identify"});
        return SystemRunner{}.run(
            {.argv = std::move(words),
             .variables = {"HOME=" + (folder_ / "").string(),
                           "OSINFO_SYSTEM_DIR=" + (folder_ / "osinfo").string()}});
    }

    media::IsoFolder folder_;
    std::filesystem::path image_ = make_image(folder_, sample_media().at(2));
};

TEST_F(Identify, PrintsALineForEachFact) {
    const Result result = identify({image_.string()});
    EXPECT_EQ(result.status, 0);
    EXPECT_THAT(result.errors, IsEmpty());
    EXPECT_EQ(result.output,
              "medium:         ISO image\n"
              "family:         debian-installer\n"
              "release:        Debian 13 (debian13)\n"
              "version:        13.1.0\n"
              "architecture:   x86_64\n"
              "volume label:   Debian 13.1.0 amd64 n\n"
              "kernel:         install.amd/vmlinuz\n"
              "initrd:         install.amd/initrd.gz\n"
              "boot records:   none\n"
              "minimum memory: 780 MiB\n"
              "minimum disk:   4.0 GiB\n"
              "live:           no\n"
              "size:           " +
                  std::to_string(std::filesystem::file_size(image_)) +
                  " bytes\n"
                  "known by:       libosinfo, .disk/info\n");
}

TEST_F(Identify, PrintsOneObject) {
    const Result result = identify({"--json", (folder_ / "tree").string()});
    EXPECT_EQ(result.status, 0);
    const auto json = nlohmann::json::parse(result.output);
    EXPECT_EQ(json["medium"], "tree");
    EXPECT_EQ(json["family"], "debian-installer");
    EXPECT_EQ(json["version"], "13.1.0");
    EXPECT_EQ(json["kernel"], "install.amd/vmlinuz");
    EXPECT_TRUE(json["boot_records"].is_null());
    EXPECT_TRUE(json["live"].is_null());
    EXPECT_EQ(json["known_by"], nlohmann::json({".disk/info"}));
}

TEST_F(Identify, IsTwoForWhatIsNoMedium) {
    const Result result = identify({(folder_ / "tree/install.amd").string()});
    EXPECT_EQ(result.status, 2);
    EXPECT_THAT(result.output, IsEmpty());
    EXPECT_THAT(result.errors, HasSubstr("tree/install.amd is no medium: "));
}

}  // namespace
}  // namespace glinda::cli
