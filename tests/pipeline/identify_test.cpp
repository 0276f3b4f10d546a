#include "glinda/pipeline/identify.hpp"

#include <gmock/gmock.h>

#include <cstdlib>

#include "glinda/media/server.hpp"
#include "glinda/util/error.hpp"
#include "range_server.hpp"
#include "sample_media.hpp"
#include "silence.hpp"

namespace glinda::pipeline {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

/// The host's own database knows nothing: what is told comes of our entries and of the medium.
class Identifying : public testing::TestWithParam<SampleMedium> {
protected:
    Identifying() {
        write_file(made(scratch_.path() / "os/debian.org") / "debian-11.xml",
                   "<libosinfo version='0.0.1'><os id='http://debian.org/debian/11'/></libosinfo>");
        ::setenv("OSINFO_SYSTEM_DIR", scratch_.path().c_str(), 1);
        ::setenv("OSINFO_LOCAL_DIR", (scratch_.path() / "none").c_str(), 1);
        ::setenv("OSINFO_USER_DIR", (scratch_.path() / "none").c_str(), 1);
    }
    ~Identifying() override { ::unsetenv("OSINFO_SYSTEM_DIR"); }

    static fs::path made(const fs::path& folder) {
        make_folders(folder);
        return folder;
    }

    Identity identify(const std::string& where) {
        return pipeline::identify(where, {.settings = settings_,
                                          .families = SOURCE_FOLDER "/auto",
                                          .schemas = SOURCE_FOLDER "/config",
                                          .runner = runner_,
                                          .progress = silence_,
                                          .stop = {}});
    }

    Error refusal(const std::string& where) {
        try {
            std::ignore = identify(where);
        } catch (const Error& error) {
            return error;
        }
        return {Fault::guest, "nothing was thrown"};
    }

    TemporaryFolder scratch_{fs::temp_directory_path() / "glinda-identify-"};
    settings::Settings settings_;
    SystemRunner runner_;
    Silence silence_;
    media::IsoFolder folder_;
};

TEST_P(Identifying, AnImageIsToldByItsMarks) {
    const SampleMedium& sample = GetParam();
    const Identity identity = identify(make_image(folder_, sample).string());
    EXPECT_EQ(identity.kind, Identity::Kind::image);
    EXPECT_EQ(identity.family, sample.family);
    EXPECT_EQ(identity.release, sample.release);
    EXPECT_EQ(identity.version, sample.version);
    EXPECT_EQ(identity.arch, sample.arch);
    EXPECT_EQ(identity.label, sample.label);
    EXPECT_EQ(identity.kernel, sample.kernel);
    EXPECT_EQ(identity.initrd, sample.initrd);
    EXPECT_EQ(identity.size, fs::file_size(folder_ / "medium.iso"));
    EXPECT_TRUE(identity.boot && !identity.boot->optical_bios);
}

std::string name_of(const testing::TestParamInfo<SampleMedium>& info) {
    std::string name = format("{}{}", info.param.family, info.index);
    std::erase(name, '-');
    return name;
}

INSTANTIATE_TEST_SUITE_P(Samples, Identifying, testing::ValuesIn(sample_media()), name_of);

using IdentifyingATree = Identifying;

TEST_F(IdentifyingATree, TheReleaseThatLibosinfoKnowsHasItsResources) {
    const Identity identity = identify(make_image(folder_, sample_media().at(2)).string());
    EXPECT_EQ(identity.id, "debian13");
    EXPECT_EQ(identity.minimum_memory, 780U << 20U);
    EXPECT_EQ(identity.minimum_disk, std::uint64_t{4} << 30U);
    EXPECT_EQ(identity.is_live, false);
    EXPECT_THAT(identity.known_by, ElementsAre("libosinfo", ".disk/info"));
}

TEST_F(IdentifyingATree, AFolderIsToldLikeTheMediumItWas) {
    add_files(folder_, sample_media().at(0));
    const Identity identity = identify((folder_ / "tree").string());
    EXPECT_EQ(identity.kind, Identity::Kind::tree);
    EXPECT_EQ(identity.family, "anaconda");
    EXPECT_EQ(identity.release, "Fedora 38");
    EXPECT_EQ(identity.kernel, "images/pxeboot/vmlinuz");
    EXPECT_FALSE(identity.boot);
    EXPECT_FALSE(identity.is_live);
    EXPECT_THAT(identity.known_by, ElementsAre(".treeinfo"));
}

TEST_F(IdentifyingATree, AMirrorBehindAUrlIsToldByItsReleaseFile) {
    folder_.add("dists/stable/Release",
                "Origin: Debian\nLabel: Debian\nSuite: stable\nVersion: 13.1\nCodename: trixie\n");
    const std::string netboot =
        "dists/trixie/main/installer-amd64/current/images/netboot/debian-installer/amd64/";
    folder_.add(netboot + "linux", "k");
    folder_.add(netboot + "initrd.gz", "i");
    const media::TreeServer server{folder_ / "tree"};
    const Identity identity = identify(format("http://127.0.0.1:{}", server.port()));
    EXPECT_EQ(identity.family, "debian-installer");
    EXPECT_EQ(identity.release, "Debian 13.1");
    EXPECT_EQ(identity.arch, "x86_64");
    EXPECT_EQ(identity.kernel, netboot + "linux");
    EXPECT_EQ(identity.initrd, netboot + "initrd.gz");
}

TEST_F(IdentifyingATree, WithoutAMarkItIsToldByWhereItsKernelIs) {
    folder_.add("casper/vmlinuz", "k");
    folder_.add("casper/initrd", "i");
    const Identity identity = identify((folder_ / "tree").string());
    EXPECT_EQ(identity.family, "subiquity");
    EXPECT_EQ(identity.release, "");
    EXPECT_EQ(identity.kernel, "casper/vmlinuz");
}

TEST_F(IdentifyingATree, AKernelThatTwoFamiliesHaveThereTellsNone) {
    folder_.add("boot/x86_64/loader/linux", "k");
    const Identity identity = identify((folder_ / "tree").string());
    EXPECT_EQ(identity.family, "");
    EXPECT_EQ(identity.arch, "x86_64");
    EXPECT_EQ(identity.kernel, "boot/x86_64/loader/linux");
}

TEST_F(IdentifyingATree, AllThatWasLookedForIsNamedWhenNothingWasThere) {
    folder_.add("index.html", "hello");
    const media::TreeServer server{folder_ / "tree"};
    const std::string root = format("http://127.0.0.1:{}/", server.port());
    const Error error = refusal(root);
    EXPECT_EQ(error.fault(), Fault::usage);
    EXPECT_EQ(error.what(), root +
                                " is no medium: it is neither an ISO image nor an installation "
                                "tree that glinda knows");
    EXPECT_THAT(error.notes(), AllOf(Contains("there is no " + root + ".treeinfo"),
                                     Contains("there is no " + root + ".disk/info"),
                                     Contains("there is no " + root + "casper/vmlinuz"),
                                     Contains("there is no " + root + "install.amd/vmlinuz")));
}

TEST_F(IdentifyingATree, APathThatLeadsOutOfTheTreeIsNotTaken) {
    folder_.add(".treeinfo",
                "[general]\nfamily = Fedora\nversion = 38\narch = x86_64\n"
                "[images-x86_64]\nkernel = ../outside\ninitrd = /etc/passwd\n");
    write_file(folder_ / "outside", "k");
    const Identity identity = identify((folder_ / "tree").string());
    EXPECT_EQ(identity.kernel, "");
    EXPECT_EQ(identity.initrd, "");
}

TEST_F(IdentifyingATree, OfAnImageBehindAUrlLessThanAMebibyteIsFetched) {
    constexpr std::uint64_t ten_gigabytes = 10'000'000'000;
    const fs::path image = make_image(folder_, sample_media().at(4));
    fs::resize_file(image, ten_gigabytes);
    const RangeServer server{image};
    const Identity identity = identify(server.url());
    EXPECT_EQ(identity.family, "subiquity");
    EXPECT_EQ(identity.kernel, "casper/vmlinuz");
    EXPECT_EQ(identity.size, ten_gigabytes);
    EXPECT_LT(server.bytes_sent(), 1U << 20U);
}

/// Media of one family as they are sold: all is in UDF, most of it in a WIM file of gigabytes.
class IdentifyingWim : public Identifying {
protected:
    /// A WIM file of the tree, made by wimlib, with what its images say of themselves.
    void add_wim(const std::string& name, const std::vector<std::string>& images) {
        make_folders(folder_ / "empty");
        make_folders(folder_ / "tree/sources");
        const fs::path file = folder_ / ("tree/sources/" + name);
        for (std::size_t i = 0; i < images.size(); ++i) {
            const std::vector<std::string_view> facts = split(images[i], ';');
            std::vector<std::string> argv{"wimlib-imagex", i == 0 ? "capture" : "append",
                                          (folder_ / "empty").string(), file.string(),
                                          std::string{facts.at(0)}};
            for (std::size_t fact = 1; fact < facts.size(); ++fact)
                argv.push_back(format("--image-property=WINDOWS/{}", facts[fact]));
            runner_.output_of({.argv = argv});
        }
    }
    fs::path image(const char* label = "CCCOMA_X64FRE_EN-US_DV9") {
        folder_.add("README.TXT", "This disc contains a \"UDF\" file system");
        const fs::path path = folder_ / "medium.iso";
        runner_.output_of({.argv = {"genisoimage", "-quiet", "-V", label, "-o", path.string(),
                                    "-udf", "-hide", "sources", (folder_ / "tree").string()}});
        return path;
    }

    const std::string build_ = "VERSION/MAJOR=10;VERSION/MINOR=0;VERSION/BUILD=22631";
};

TEST_F(IdentifyingWim, ItsImagesTellTheReleaseTheLabelDoesNot) {
    add_wim("install.wim",
            {"Windows 11 Home;ARCH=9;EDITIONID=Core;LANGUAGES/LANGUAGE=en-US;" + build_,
             "Windows 11 Pro;ARCH=9;EDITIONID=Professional;LANGUAGES/LANGUAGE=en-US;" + build_});
    add_wim("boot.wim", {"Microsoft Windows Setup (x64);ARCH=0;" + build_});
    const RangeServer server{image()};
    const Identity identity = identify(server.url());
    EXPECT_EQ(identity.family, "windows-setup");
    EXPECT_EQ(identity.version, "11");
    EXPECT_EQ(identity.arch, "x86_64");
    EXPECT_EQ(identity.label, "CCCOMA_X64FRE_EN-US_DV9");
    EXPECT_THAT(identity.editions, ElementsAre("Windows 11 Home", "Windows 11 Pro"));
    EXPECT_THAT(identity.languages, ElementsAre("en-US"));
    EXPECT_THAT(identity.known_by, Contains("sources/install.wim"));
    EXPECT_LT(server.bytes_sent(), 1U << 20U);
}

TEST_F(IdentifyingWim, EachKindOfImageIsKnown) {
    struct Case {
        const char* file;
        const char* image;
        const char* version;
        const char* arch;
    };
    for (const Case& known :
         {Case{"install.esd", "Windows 10 Pro;ARCH=12;", "10", "aarch64"},
          Case{"install.wim", "Windows Server 2022 SERVERSTANDARD;ARCH=9;", "2022", "x86_64"},
          Case{"install.wim", "Windows Server 2012 R2 SERVERSTANDARD;ARCH=9;", "", ""},
          Case{"boot.wim", "Microsoft Windows Setup (x86);ARCH=0;", "", "i686"}}) {
        fs::remove_all(folder_ / "tree");
        add_wim(known.file, {known.image + build_});
        const Identity identity = identify(image("SOME_LABEL").string());
        EXPECT_EQ(identity.version, known.version) << known.image;
        EXPECT_EQ(identity.arch, known.arch) << known.image;
    }
}

TEST_F(IdentifyingWim, AnImageWithUdfAloneIsTold) {
    add_wim("install.wim", {"Windows 10 Pro;ARCH=9;" + build_});
    const fs::path path = image("ONLY_UDF");
    std::string bytes = read_file(path);
    for (std::size_t at = 32768; bytes.compare(at + 1, 5, "CD001") == 0; at += 2048)
        bytes.replace(at + 1, 5, "CD000");
    write_file(path, bytes);
    const Identity identity = identify(path.string());
    EXPECT_EQ(identity.version, "10");
    EXPECT_EQ(identity.label, "ONLY_UDF");
    EXPECT_EQ(identity.size, bytes.size());
    EXPECT_FALSE(identity.boot);
}

TEST_F(IdentifyingWim, TextInAWimIsFitForATerminal) {
    add_wim("install.wim", {"Windows 11 \x1b[31mEvil\x1b[0m;ARCH=9;" + build_});
    EXPECT_THAT(identify(image().string()).editions, ElementsAre("Windows 11 Evil"));
}

TEST_F(IdentifyingATree, WhatIsNoMediumIsRefusedWithOneMessage) {
    write_file(folder_ / "text", "no medium");
    const Error text = refusal((folder_ / "text").string());
    EXPECT_EQ(text.fault(), Fault::usage);
    EXPECT_THAT(text.what(), HasSubstr("text is no ISO 9660 image"));
    EXPECT_THAT(refusal((folder_ / "none").string()).what(), HasSubstr("No such file"));
    EXPECT_THAT(refusal("ftp://127.0.0.1/a.iso").what(), HasSubstr("only http and https URLs can"));
}

TEST_F(IdentifyingATree, TextOfAMediumIsFitForATerminal) {
    folder_.add(".discinfo", "1.0\n\x1b[31mEvil\x1b[0m\n9\nx86_64\n");
    folder_.add(".treeinfo", "[general]\nfamily=\x1b[2JEvil\nversion=9\x1b]0;title\x07\n");
    const Identity identity = identify((folder_ / "tree").string());
    EXPECT_EQ(identity.release.find('\x1b'), std::string::npos);
    EXPECT_EQ(identity.release, "Evil 9");
}

}  // namespace
}  // namespace glinda::pipeline
