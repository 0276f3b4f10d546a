#include "glinda/media/remaster.hpp"

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <map>
#include <random>
#include <thread>

#include "glinda/media/iso.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/text.hpp"
#include "iso_folder.hpp"
#include "paths_in.hpp"

namespace glinda::media {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class RemasterTest : public testing::Test {
protected:
    RemasterTest() {
        folder_.add("isolinux/isolinux.bin", std::string(30'000, 'b'));
        folder_.add("isolinux/isolinux.cfg", "default menu\n");
        folder_.add("boot/efi.img", std::string(200'000, 'e'));
        folder_.add("boot/grub/grub.cfg", "set timeout=60\n");
        folder_.add("install.amd/initrd.gz", std::string(3'000'000, 'i'));
        folder_.add("a name of some length, which is longer than plain names", "long");
        for (int number = 0; number < 200; ++number)
            folder_.add("pool/" + std::string(60, 'p') + std::to_string(number), "p");
        folder_.add("pool/" + std::string(230, 'q'), "q");
        fs::create_symlink("isolinux", folder_ / "tree/link");
        iso_ = make("made.iso", {"-iso-level", "3"});
    }

    /// A medium of the tree that BIOS and UEFI boot.
    [[nodiscard]] fs::path make(const std::string& name, std::vector<std::string> options) const {
        for (const std::string_view option :
             words("-R -J -joliet-long -b isolinux/isolinux.bin -c isolinux/boot.cat -no-emul-boot "
                   "-boot-load-size 4 -boot-info-table -eltorito-alt-boot -e boot/efi.img "
                   "-no-emul-boot -isohybrid-gpt-basdat"))
            options.emplace_back(option);
        options.insert(options.end(), {"-V", "Some-label 1.0"});
        return folder_.make(name, options);
    }

    [[nodiscard]] RemasterPlan plan() const {
        return {.iso = iso_,
                .changes = {{"/isolinux/isolinux.cfg", "default glinda\n"},
                            {"boot/grub/grub.cfg", "set timeout=0\n"},
                            {"/new/folder/ks.cfg", "text\n"},
                            {"/empty", ""}}};
    }

    /// The overlay, as the guest sees it.
    fs::path flat(const fs::path& overlay) {
        runner_.output_of({.argv = {"qemu-img", "convert", "-f", "qcow2", "-O", "raw",
                                    overlay.string(), (folder_ / "flat.iso").string()}});
        return folder_ / "flat.iso";
    }

    /// The tree that xorriso sees in an image: path, type, size, mode and where its content is.
    std::map<std::string, std::string> tree(const fs::path& iso) {
        std::map<std::string, std::string> all;
        const std::string report = runner_.output_of(
            {.argv = {"xorriso", "-indev", iso.string(), "-find", "/", "-exec", "lsdl", "--"}});
        for (const std::string_view line : split(report, '\n'))
            if (const std::size_t name = line.find('\''); name != std::string_view::npos)
                all.emplace(line.substr(name), line.substr(0, name));
        return all;
    }

    /// The lines of an xorriso report that begin with any of the prefixes.
    std::vector<std::string> lines(const fs::path& iso, const std::string& option,
                                   const std::string& prefix) {
        std::vector<std::string> found;
        const std::string report =
            runner_.output_of({.argv = {"xorriso", "-indev", iso.string(), option, "plain"}});
        for (const std::string_view line : split(report, '\n'))
            if (line.starts_with(prefix))
                found.emplace_back(line);
        return found;
    }

    std::string refusal(const IsoChange& change) {
        try {
            remaster({.iso = iso_, .changes = {change}}, folder_ / "out.qcow2");
        } catch (const Error& error) {
            EXPECT_EQ(error.fault(), Fault::usage);
            EXPECT_FALSE(fs::exists(folder_ / "out.qcow2"));
            return error.what();
        }
        return "nothing was thrown";
    }

    IsoFolder folder_;
    fs::path iso_;
    SystemRunner runner_;
};

void expect_the_changes(const Iso& iso) {
    EXPECT_EQ(iso.read("/isolinux/isolinux.cfg", 100), "default glinda\n");
    EXPECT_EQ(iso.read("/boot/grub/grub.cfg", 100), "set timeout=0\n");
    EXPECT_EQ(iso.read("/new/folder/ks.cfg", 100), "text\n");
    EXPECT_EQ(iso.read("/empty", 100), "");
    EXPECT_EQ(iso.read("/link/isolinux.cfg", 100), "default glinda\n");
    EXPECT_EQ(iso.read("/install.amd/initrd.gz", 3'000'000), std::string(3'000'000, 'i'));
    EXPECT_EQ(iso.volume().label, "Some-label 1.0");
}

TEST_F(RemasterTest, AnOverlayHoldsTheChangesAndTheIsoStaysAsItWas) {
    const std::string before = read_file(iso_);
    remaster(plan(), folder_ / "out.qcow2");
    expect_the_changes(Iso{flat(folder_ / "out.qcow2")});
    EXPECT_EQ(read_file(iso_), before);
    EXPECT_LT(fs::file_size(folder_ / "out.qcow2"), 1'000'000U);
    EXPECT_EQ(fs::status(folder_ / "out.qcow2").permissions(), fs::perms{0600});
    runner_.output_of({.argv = {"qemu-img", "check", "-q", (folder_ / "out.qcow2").string()}});
}

TEST_F(RemasterTest, NothingElseInTheTreeChanges) {
    remaster(plan(), folder_ / "out.qcow2");
    std::map<std::string, std::string> before = tree(iso_);
    std::map<std::string, std::string> after = tree(flat(folder_ / "out.qcow2"));
    EXPECT_GT(before.size(), 200U);
    for (const char* changed : {"'/isolinux/isolinux.cfg'", "'/boot/grub/grub.cfg'"})
        EXPECT_NE(before.extract(changed).mapped(), after.extract(changed).mapped());
    for (const char* added : {"'/new'", "'/new/folder'", "'/new/folder/ks.cfg'", "'/empty'"})
        EXPECT_EQ(after.erase(added), 1U) << added;
    EXPECT_EQ(after, before);
}

TEST_F(RemasterTest, BootEntriesAndPartitionsStay) {
    remaster(plan(), folder_ / "out.qcow2");
    const fs::path after = flat(folder_ / "out.qcow2");
    const std::vector<std::string> entries = lines(iso_, "-report_el_torito", "El Torito boot img");
    EXPECT_EQ(entries.size(), 2U);
    EXPECT_EQ(lines(after, "-report_el_torito", "El Torito boot img"), entries);
    EXPECT_EQ(read_file(after).substr(0, 32768), read_file(iso_).substr(0, 32768));
}

TEST_F(RemasterTest, TheUuidStays) {
    // GRUB's search and archisosearchuuid= look for it.
    iso_ = make("dated.iso", {"--modification-date=2019010203040500"});
    const auto uuid = [&](const fs::path& iso) {
        return runner_.output_of(
            {.argv = {"/sbin/blkid", "-p", "-o", "value", "-s", "UUID", iso.string()}});
    };
    ASSERT_EQ(uuid(iso_), "2019-01-02-03-04-05-00\n");
    remaster_to_file(runner_, plan(), folder_ / "out.iso");
    EXPECT_EQ(uuid(folder_ / "out.iso"), uuid(iso_));
    std::string bytes = read_file(iso_);
    bytes.replace(32768 + 830, 16, 16, '0');  // a medium that was never changed
    write_file(iso_, bytes);
    remaster_to_file(runner_, plan(), folder_ / "out.iso");
    EXPECT_EQ(uuid(folder_ / "out.iso"), "2019-01-02-03-04-05-00\n");
}

TEST_F(RemasterTest, PlainAndJolietNamesStay) {
    remaster(plan(), folder_ / "out.qcow2");
    const fs::path after = flat(folder_ / "out.qcow2");
    for (const std::vector<std::string>& kind : {std::vector<std::string>{"-f"}, {"-J", "-f"}}) {
        const auto names = [&](const fs::path& iso) {
            std::vector<std::string> argv{"isoinfo", "-i", iso.string()};
            argv.insert(argv.end(), kind.begin(), kind.end());
            const std::string output = runner_.output_of({.argv = argv});
            std::vector<std::string> all;
            for (const std::string_view line : split(output, '\n'))
                if (lower(line).find("new") == std::string::npos &&
                    lower(line).find("empty") == std::string::npos)
                    all.emplace_back(line);
            std::ranges::sort(all);
            return all;
        };
        EXPECT_EQ(names(after), names(iso_));
    }
}

TEST_F(RemasterTest, AFileStandsAlone) {
    remaster_to_file(runner_, plan(), folder_ / "out.iso");
    fs::remove(iso_);
    expect_the_changes(Iso{folder_ / "out.iso"});
}

/// What checkisomd5 says of an image in its last words.
std::string verdict_of(Runner& runner, const fs::path& iso) {
    const Result result = runner.run({.argv = {"checkisomd5", "--verbose", iso.string()}});
    const std::string said = result.output + result.errors;
    constexpr std::string_view mark = "the result is: ";
    const std::size_t found = said.find(mark);
    return found == std::string::npos ? said : said.substr(found + mark.size(), 4);
}

TEST_F(RemasterTest, AnImplantedChecksumIsRightOrNone) {
    EXPECT_EQ(verdict_of(runner_, iso_), "NA.\n");
    runner_.output_of({.argv = {"implantisomd5", iso_.string()}});
    ASSERT_EQ(verdict_of(runner_, iso_), "PASS");
    remaster(plan(), folder_ / "out.qcow2");
    EXPECT_EQ(verdict_of(runner_, flat(folder_ / "out.qcow2")), "NA.\n");
    remaster_to_file(runner_, plan(), folder_ / "out.iso");
    EXPECT_EQ(verdict_of(runner_, folder_ / "out.iso"), "PASS");
}

TEST_F(RemasterTest, TheListOfChecksumsFollowsTheChanges) {
    const std::string list =
        "d41d8cd98f00b204e9800998ecf8427e  ./boot/grub/grub.cfg\n"
        "b026324c6904b2a9cb4b88d6d61c81d1 *pool/other\n"
        "d41d8cd98f00b204e9800998ecf8427e *isolinux/isolinux.cfg\n";
    remaster_to_file(runner_, {.iso = iso_, .changes = {{"/md5sum.txt", list}}},
                     folder_ / "listed.iso");
    RemasterPlan more = plan();
    more.iso = folder_ / "listed.iso";
    remaster_to_file(runner_, more, folder_ / "out.iso");
    EXPECT_EQ(Iso{folder_ / "out.iso"}.read("md5sum.txt", 1000),
              "784edb99d32635008c2cd722e6d854cc  ./boot/grub/grub.cfg\n"
              "b026324c6904b2a9cb4b88d6d61c81d1 *pool/other\n"
              "ba2912fb0999b5f1edacf4048dab902c *isolinux/isolinux.cfg\n"
              "d41d8cd98f00b204e9800998ecf8427e  ./empty\n"
              "e1cbb0c3879af8347246f12c559a86b5  ./new/folder/ks.cfg\n");
}

TEST_F(RemasterTest, FilesOfTheHostAreTakenAsTheyAre) {
    const std::string content(300'000, 'h');
    write_file(folder_ / "host file", content);
    remaster({.iso = iso_,
              .changes = {{.path = "extra/file", .file = folder_ / "host file"},
                          {.path = "extra/folder/"}}},
             folder_ / "out.qcow2");
    const Iso iso{flat(folder_ / "out.qcow2")};
    EXPECT_EQ(iso.read("extra/file", content.size()), content);
    EXPECT_TRUE(iso.list("extra/folder").empty());
    runner_.output_of({.argv = {"qemu-img", "check", "-q", (folder_ / "out.qcow2").string()}});
}

TEST_F(RemasterTest, AllReadersSeeTheSameTree) {
    // libarchive wants what continues a long name to stand before the file's content, which it
    // never does in an appended session.
    fs::remove(folder_ / ("tree/pool/" + std::string(230, 'q')));
    iso_ = folder_.make("shorter.iso", {"-R", "-J", "-joliet-long", "-V", "Some-label 1.0"});
    remaster_to_file(runner_, plan(), folder_ / "out.iso");
    const std::string iso = (folder_ / "out.iso").string();
    const auto names = [&](const std::vector<std::string>& argv) {
        return paths_in(runner_.output_of({.argv = argv}));
    };
    const std::vector<std::string> rock_ridge = names({"isoinfo", "-R", "-f", "-i", iso});
    EXPECT_GT(rock_ridge.size(), 200U);
    EXPECT_EQ(names({"bsdtar", "-tf", iso}), rock_ridge);
    EXPECT_EQ(names({"xorriso", "-indev", iso, "-find", "/"}), rock_ridge);
    const std::string changed =
        runner_.output_of({.argv = {"isoinfo", "-J", "-i", iso, "-x", "/isolinux/isolinux.cfg"}});
    EXPECT_EQ(changed, "default glinda\n");
}

TEST_F(RemasterTest, AKillAtAnyMomentLeavesTheOldFileOrTheNewOne) {
    const fs::path out = folder_ / "result" / "out.iso";
    make_folders(out.parent_path());
    const auto start = std::chrono::steady_clock::now();
    remaster_to_file(runner_, plan(), out);
    const auto whole = std::chrono::steady_clock::now() - start;
    write_file(out, "old");
    std::mt19937 random{std::random_device{}()};
    int killed = 0;
    for (int run = 0; killed < 50; ++run) {
        ASSERT_LT(run, 1000) << "too late to kill it";
        const pid_t child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0) {
            remaster_to_file(runner_, plan(), out);
            ::_exit(0);
        }
        std::this_thread::sleep_for(whole * (random() % 1000) / 1000);
        ::kill(child, SIGKILL);
        int status = 0;
        ::waitpid(child, &status, 0);
        killed += WIFSIGNALED(status) ? 1 : 0;
        if (read_file(out) != "old") {
            expect_the_changes(Iso{out});
            write_file(out, "old");
        }
        for (const auto& entry : fs::directory_iterator{out.parent_path()})
            EXPECT_THAT(entry.path().filename().string(),
                        testing::AnyOf("out.iso", ".out.iso.glinda"));
    }
    remaster_to_file(runner_, plan(), out);
    expect_the_changes(Iso{out});
    EXPECT_FALSE(fs::exists(out.parent_path() / ".out.iso.glinda"));
}

TEST_F(RemasterTest, AnInterruptLeavesNothing) {
    std::stop_source stop;
    stop.request_stop();
    EXPECT_THROW(remaster_to_file(runner_, plan(), folder_ / "out.iso", stop.get_token()), Error);
    EXPECT_FALSE(fs::exists(folder_ / "out.iso"));
}

TEST_F(RemasterTest, ARemasteredImageCanBeRemasteredAgain) {
    remaster_to_file(runner_, plan(), folder_ / "once.iso");
    remaster_to_file(runner_, {.iso = folder_ / "once.iso", .changes = {{"/empty", "no more"}}},
                     folder_ / "twice.iso");
    const Iso iso{folder_ / "twice.iso"};
    EXPECT_EQ(iso.read("/empty", 100), "no more");
    EXPECT_EQ(iso.read("/isolinux/isolinux.cfg", 100), "default glinda\n");
}

TEST_F(RemasterTest, TheMediumItselfIsNoTarget) {
    EXPECT_THROW(remaster_to_file(runner_, plan(), iso_), Error);
}

TEST_F(RemasterTest, SaysWhatCannotBeChanged) {
    EXPECT_THAT(refusal({"/../x", ""}), HasSubstr("'/../x' is no path for a file in an image"));
    EXPECT_THAT(refusal({"/", ""}), HasSubstr("is no path"));
    EXPECT_THAT(refusal({"/a//b", ""}), HasSubstr("is no path"));
    EXPECT_THAT(refusal({"/" + std::string(256, 'x'), ""}), HasSubstr("more than the 255"));
    std::string deep;
    for (int i = 0; i < 300; ++i)
        deep += "/abc";
    EXPECT_THAT(refusal({deep, ""}), HasSubstr("more than the 1024"));
    EXPECT_THAT(refusal({.path = "/x", .file = "/dev/null"}), HasSubstr("is no regular file"));
    EXPECT_THAT(refusal({.path = "/x", .file = "/no/such"}), HasSubstr("No such file"));
    EXPECT_THAT(refusal({"/isolinux", ""}), HasSubstr("it is no file in the image"));
    EXPECT_THAT(refusal({"/isolinux/boot.cat", ""}), HasSubstr("it is no file in the image"));
    EXPECT_THAT(refusal({"/isolinux/isolinux.cfg/x", ""}),
                HasSubstr("isolinux.cfg is no folder in the image"));
    EXPECT_THAT(refusal({"/boot/efi.img", ""}), HasSubstr("it is what the firmware boots"));
}

TEST_F(RemasterTest, WhereLibisofsMiscountsNoDamagedMediumIsLeft) {
    for (int number = 0; number < 1000; ++number)
        folder_.add("pool/" + std::string(200, 'p') + std::to_string(number), "p");
    iso_ = folder_ / "long.iso";
    runner_.output_of({.argv = {"genisoimage", "-quiet", "-R", "-V", "Some-label 1.0", "-o",
                                iso_.string(), (folder_ / "tree").string()}});
    try {
        remaster_to_file(runner_, plan(), folder_ / "out.iso");
        expect_the_changes(Iso{folder_ / "out.iso"});  // a newer libisofs
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("cannot write the folders of"));
        EXPECT_THAT(error.what(), HasSubstr("address mismatch"));
        EXPECT_FALSE(fs::exists(folder_ / "out.iso"));
    }
}

TEST_F(RemasterTest, FoldersThatHoldOneAnotherAreNotFollowedForEver) {
    // The record of /new in the plain tree, turned to the folder that it is in.
    folder_.add("aaa/bbb/file", "x");
    iso_ = folder_.make("loop.iso", {"--norock", "-V", "X"});
    std::string bytes = read_file(iso_);
    const auto record = [&](std::string_view name) { return bytes.find(name) - 33; };
    const std::string place = bytes.substr(record("\x03"
                                                  "AAA") +
                                               1 + 2,
                                           8);
    bytes.replace(record("\x03"
                         "BBB") +
                      1 + 2,
                  8, place);
    write_file(iso_, bytes);
    EXPECT_THAT(refusal({"/x", ""}), HasSubstr("its folders hold one another"));
}

}  // namespace
}  // namespace glinda::media
