// The remastered medium from outside: what is on it, and that machines boot it by themselves.

#include <gmock/gmock.h>

#include <algorithm>

#include "glinda/util/process.hpp"
#include "glinda/util/text.hpp"
#include "paths_in.hpp"
#include "program.hpp"

namespace glinda::cli {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
namespace fs = std::filesystem;

class Remaster : public testing::Test {
protected:
    /// A template of the medium; `more` stands in its <install>.
    fs::path tdl(const std::string& more = "", const std::string& type = "iso",
                 const std::string& medium = "medium.iso", const std::string& task = "install") {
        fs::path file = folder_.path() / "vm.tdl";
        write_file(file, format("<template><name>vm</name><os><name>Stand-In</name>"
                                "<version>1</version><arch>x86_64</arch>"
                                "<install type='{0}'><{0}>{1}</{0}>{2}</install>"
                                "<rootpw>s3cret</rootpw>"
                                "<kernelparam>glinda.test={3}</kernelparam></os></template>",
                                type, TEST_GUEST "/" + medium, more, task));
        return file;
    }
    /// Runs the command; the result is the program's.
    Result remaster(const fs::path& tdl, const std::vector<std::string>& more = {}) {
        std::vector<std::string> argv{GLINDA,
                                      "remaster",
                                      tdl.string(),
                                      "-o",
                                      out_.string(),
                                      "--set",
                                      std::string{"glinda.data="} + STAND_IN,
                                      "--set",
                                      "paths.data_dir=" + folder_.path().string()};
        argv.insert(argv.end(), more.begin(), more.end());
        return SystemRunner{}.run({.argv = argv});
    }
    /// The content of a file in the result.
    [[nodiscard]] std::string read(const std::string& path) const {
        return SystemRunner{}.output_of({.argv = {"bsdtar", "-xOf", out_.string(), path}});
    }
    /// What a machine that boots the result by itself says on its serial lines, the console first.
    [[nodiscard]] std::vector<std::string> boot(const std::vector<std::string>& more) const {
        const std::string console = (folder_.path() / "console").string();
        const std::string log = (folder_.path() / "log").string();
        const std::string disk = (folder_.path() / "disk").string();
        write_file(disk, std::string(1 << 20, '\0'));
        std::vector<std::string> argv{"qemu-system-x86_64",
                                      "-accel",
                                      "tcg",
                                      "-machine",
                                      "q35",
                                      "-m",
                                      "512",
                                      "-display",
                                      "none",
                                      "-nodefaults",
                                      "-no-reboot",
                                      "-serial",
                                      "file:" + console,
                                      "-serial",
                                      "file:" + log,
                                      "-drive",
                                      "if=virtio,format=raw,file=" + disk};
        argv.insert(argv.end(), more.begin(), more.end());
        SystemRunner{}.output_of({.argv = argv, .timeout = std::chrono::minutes{4}});
        return {read_file(console), read_file(log)};
    }
    [[nodiscard]] std::vector<std::string> as_cd() const {
        return {"-cdrom", out_.string(), "-boot", "d"};
    }
    /// The tree in the result, as libarchive reads it.
    [[nodiscard]] fs::path extracted() const {
        fs::path tree = folder_.path() / "tree";
        make_folders(tree);
        SystemRunner{}.output_of({.argv = {"bsdtar", "-xf", out_.string(), "-C", tree.string()}});
        return tree;
    }
    static void expect_installed(const std::vector<std::string>& said) {
        EXPECT_THAT(said, ElementsAre(HasSubstr("glinda test guest: install"),
                                      HasSubstr("stand-in: finished")));
        EXPECT_THAT(said.at(1), Not(HasSubstr("step answers failed")));
    }

    TemporaryFolder folder_{fs::temp_directory_path() / "glinda-test-"};
    const fs::path out_ = folder_.path() / "out.iso";
};

TEST_F(Remaster, LeavesAMediumWithTheExtrasThatOnlyItsOwnerMayRead) {
    make_folders(folder_.path() / "folder/below");
    write_file(folder_.path() / "folder/below/file", "of a folder");
    const Result result =
        remaster(tdl("<extras><file source='vm.tdl' destination='/extra/a.tdl'/>"
                     "<directory source='folder' destination='/'/></extras>"));
    ASSERT_EQ(result.status, 0) << result.errors;
    EXPECT_EQ(result.output, out_.string() + "\n");
    EXPECT_EQ(fs::status(out_).permissions(), fs::perms{0600});
    EXPECT_EQ(read("extra/a.tdl"), read_file(folder_.path() / "vm.tdl"));
    EXPECT_EQ(read("below/file"), "of a folder");
    EXPECT_THAT(read("boot/grub/grub.cfg"), HasSubstr("glinda.test=install"));
    EXPECT_THAT(SystemRunner{}.run({.argv = {"checkisomd5", out_.string()}}).status, 0);
    SystemRunner{}.output_of(
        {.argv = {"md5sum", "--quiet", "-c", "md5sum.txt"}, .directory = extracted()});
}

TEST_F(Remaster, ReplacesAFileOnlyIfItMay) {
    write_file(out_, "mine");
    const Result refused = remaster(tdl());
    EXPECT_EQ(refused.status, 2);
    EXPECT_THAT(refused.errors, AllOf(HasSubstr("out.iso exists already"), HasSubstr("-p")));
    EXPECT_EQ(read_file(out_), "mine");
    EXPECT_EQ(remaster(tdl(), {"-p"}).status, 0);
    EXPECT_THAT(read("isolinux/isolinux.cfg"), HasSubstr("default glinda"));
}

TEST_F(Remaster, SaysWhatItCannotDo) {
    const auto said = [&](const fs::path& tdl, const std::vector<std::string>& more = {}) {
        const Result result = remaster(tdl, more);
        EXPECT_EQ(result.status, 2);
        EXPECT_FALSE(fs::exists(out_));
        return result.errors;
    };
    EXPECT_THAT(said(tdl("", "url")), HasSubstr("only an ISO can be remastered"));
    EXPECT_THAT(
        said(tdl("<extras><file source='/etc/hostname' destination='a/../../b'/></extras>")),
        HasSubstr("is no path for a file in an image"));
    EXPECT_THAT(said(tdl("<extras><directory source='gopher://x.invalid/' destination='/a'/>"
                         "</extras>")),
                HasSubstr("gopher://x.invalid/ is of a kind that glinda cannot fetch"));
    make_folders(out_);
    EXPECT_THAT(remaster(tdl(), {"-p"}).errors, HasSubstr("out.iso is no file"));
}

/// A tree in the lines of guest-init's "list".
std::vector<std::string> listed(const fs::path& tree) {
    std::vector<std::string> all{"folder ."};
    for (const auto& entry : fs::recursive_directory_iterator{tree}) {
        const std::string path = "./" + entry.path().lexically_relative(tree).string();
        if (entry.is_symlink())
            all.push_back(format("link {} {}", path, fs::read_symlink(entry.path()).string()));
        else if (entry.is_directory())
            all.push_back("folder " + path);
        else
            all.push_back(format("file {} {} {}", entry.file_size(),
                                 SystemRunner{}
                                     .output_of({.argv = {"sha256sum", entry.path().string()}})
                                     .substr(0, 64),
                                 path));
    }
    std::ranges::sort(all);
    return all;
}

/// What the guest said of the tree that it saw.
std::vector<std::string> listed_by(std::string guest) {
    std::erase(guest, '\r');
    std::vector<std::string> all;
    for (const std::string_view line : split(guest, '\n'))
        if (line.starts_with("file ") || line.starts_with("folder ") || line.starts_with("link "))
            all.emplace_back(line);
    std::ranges::sort(all);
    return all;
}

constexpr const char* extra =
    "<extras><file source='vm.tdl' destination='/extra/a b.tdl'/></extras>";

TEST_F(Remaster, LinuxAndAllOtherReadersSeeTheSameTree) {
    ASSERT_EQ(remaster(tdl(extra)).status, 0);
    const std::vector<std::string> expected = listed(extracted());
    EXPECT_THAT(expected, Contains(HasSubstr("./extra/a b.tdl")));
    EXPECT_THAT(expected, Contains("link ./pool/link main"));
    const std::vector<std::string> said =
        boot({"-kernel", TEST_GUEST "/kernel", "-initrd", TEST_GUEST "/initrd", "-append",
              "console=ttyS0 glinda.test=list", "-drive",
              "if=virtio,format=raw,readonly=on,file=" + out_.string()});
    EXPECT_EQ(listed_by(said.at(1)), expected);

    const auto seen_by = [&](const std::vector<std::string>& argv) {
        return paths_in(SystemRunner{}.output_of({.argv = argv}));
    };
    const std::vector<std::string> paths = seen_by({"bsdtar", "-tf", out_.string()});
    EXPECT_EQ(paths.size() + 1, expected.size());
    EXPECT_EQ(seen_by({"isoinfo", "-R", "-f", "-i", out_.string()}), paths);
    EXPECT_EQ(seen_by({"xorriso", "-indev", out_.string(), "-find", "/"}), paths);
}

TEST_F(Remaster, BootsByItselfInBios) {
    ASSERT_EQ(remaster(tdl()).status, 0);
    expect_installed(boot(as_cd()));
}

TEST_F(Remaster, BootsByItselfInUefi) {
    ASSERT_EQ(remaster(tdl()).status, 0);
    std::vector<std::string> more = as_cd();
    more.insert(more.end(),
                {"-drive", "if=pflash,format=raw,readonly=on,file=/usr/share/ovmf/OVMF.fd"});
    expect_installed(boot(more));
}

TEST_F(Remaster, BootsFromAStickToo) {
    ASSERT_EQ(remaster(tdl()).status, 0);
    expect_installed(boot({"-drive", "if=ide,format=raw,snapshot=on,file=" + out_.string()}));
}

TEST_F(Remaster, BootsFromAStickInUefiWhoseFirstPartitionHasTheSameTree) {
    ASSERT_EQ(remaster(tdl(extra, "iso", "appended.iso", "list-partition")).status, 0);
    const std::vector<std::string> said =
        boot({"-drive", "if=virtio,format=raw,readonly=on,file=" + out_.string(), "-drive",
              "if=pflash,format=raw,readonly=on,file=/usr/share/ovmf/OVMF.fd"});
    EXPECT_THAT(said.at(0), HasSubstr("glinda test guest: list-partition"));
    const std::vector<std::string> expected = listed(extracted());
    EXPECT_THAT(expected, Contains(HasSubstr("./extra/a b.tdl")));
    EXPECT_EQ(listed_by(said.at(1)), expected);
}

}  // namespace
}  // namespace glinda::cli
