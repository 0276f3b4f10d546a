// The partition tables of a remastered file, as the programs for such tables see them.

#include <gmock/gmock.h>

#include "glinda/media/remaster.hpp"
#include "glinda/util/text.hpp"
#include "iso_folder.hpp"

namespace glinda::media {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class Partitions : public testing::Test {
protected:
    Partitions() {
        fs::create_directory(folder_ / "tree");
        fs::copy("/usr/lib/ISOLINUX/isolinux.bin", folder_ / "tree/isolinux.bin");
        folder_.add("big", std::string(5'000'000, 'b'));
        folder_.add("efi.img", std::string(1 << 20, 'e'));
    }

    /// An image for optical drives and disks; `more` makes its partition for UEFI.
    void make(const std::vector<std::string>& more) {
        std::vector<std::string> options = {"-R", "-V", "Some-label"};
        for (const char* word :
             {"-isohybrid-mbr", "/usr/lib/ISOLINUX/isohdpfx.bin", "-b", "isolinux.bin", "-c",
              "boot.cat", "-no-emul-boot", "-boot-load-size", "4", "-boot-info-table"})
            options.emplace_back(word);
        options.insert(options.end(), more.begin(), more.end());
        before_ = folder_.make("before.iso", options);
    }
    void make_hybrid() {
        make({"-eltorito-alt-boot", "-e", "efi.img", "-no-emul-boot", "-isohybrid-gpt-basdat"});
    }
    void make_appended() {
        make({"-partition_offset", "16", "-append_partition", "2",
              "C12A7328-F81F-11D2-BA4B-00A0C93EC93B", (folder_ / "tree/efi.img").string(),
              "-appended_part_as_gpt", "-eltorito-alt-boot", "-e",
              "--interval:appended_partition_2:all::", "-no-emul-boot"});
    }

    void remaster_it() {
        remaster_to_file(
            runner_, {.iso = before_, .changes = {{"/new", std::string(3'000'000, 'n')}}}, after_);
    }

    std::string said(const std::vector<std::string>& argv) {
        const Result result = runner_.run({.argv = argv});
        return result.output + result.errors;
    }

    /// How many problems sgdisk finds.
    std::uint64_t problems(const fs::path& iso) {
        const std::string report = said({"sgdisk", "-v", iso.string()});
        if (report.find("No problems found") != std::string::npos)
            return 0;
        constexpr std::string_view mark = "Identified ";
        const std::size_t at = report.find(mark) + mark.size();
        const auto count =
            to_number(std::string_view{report}.substr(at, report.find(' ', at) - at));
        EXPECT_TRUE(count) << report;
        return count.value_or(99);
    }

    /// The words of a line with one space between them.
    static std::string spaced(std::string_view line) {
        std::string all;
        for (const std::string_view word : words(line))
            all += (all.empty() ? "" : " ") + std::string{word};
        return all;
    }

    /// Start and type of the partitions that fdisk finds.
    std::string partitions(const fs::path& iso) {
        const std::string report =
            runner_.output_of({.argv = {"fdisk", "-l", "-o", "Start,Type", iso.string()}});
        const std::size_t table = report.find("Start ");
        EXPECT_NE(table, std::string::npos) << report;
        std::string all;
        for (const std::string_view line : split(std::string_view{report}.substr(table), '\n'))
            all += spaced(line) + "\n";
        return all;
    }

    /// What xorriso reports of the tables by lines that begin so.
    std::string reported(const fs::path& iso, const std::string& option,
                         const std::vector<std::string>& prefixes) {
        const std::string report =
            runner_.output_of({.argv = {"xorriso", "-indev", iso.string(), option, "plain"}});
        std::string found;
        for (const std::string_view line : split(report, '\n'))
            for (const std::string& prefix : prefixes)
                if (line.starts_with(prefix))
                    found += std::string{line} + "\n";
        return found;
    }

    void expect_the_same() {
        EXPECT_LE(problems(after_), problems(before_));
        EXPECT_EQ(partitions(after_), partitions(before_));
        for (const auto& [option, prefixes] :
             {std::pair<std::string, std::vector<std::string>>{
                  "-report_system_area",
                  {"GPT disk GUID", "GPT partition", "GPT type", "GPT start and size :   2",
                   "GPT entry array", "MBR partition      :   2", "MBR partition path"}},
              {"-report_el_torito", {"El Torito boot img", "El Torito img"}}}) {
            const std::string was = reported(before_, option, prefixes);
            EXPECT_THAT(was, Not(IsEmpty()));
            EXPECT_EQ(reported(after_, option, prefixes), was);
        }
    }

    IsoFolder folder_;
    fs::path before_;
    fs::path after_ = folder_ / "after.iso";
    SystemRunner runner_;
};

TEST_F(Partitions, OfAHybridImageStayAndHoldAllOfIt) {
    make_hybrid();
    remaster_it();
    expect_the_same();
    const std::string sectors = std::to_string(fs::file_size(after_) / 512);
    EXPECT_THAT(said({"fdisk", "-l", after_.string()}), HasSubstr(" " + sectors + " "));
    // xorriso shows sectors: the first usable one, the one behind the last, that of the backup.
    EXPECT_THAT(spaced(reported(after_, "-report_system_area", {"GPT lba range"})),
                testing::EndsWith(" " + std::to_string(fs::file_size(after_) / 512 - 1)));
}

TEST_F(Partitions, OfAnAppendedPartitionForUefiStay) {
    make_appended();
    ASSERT_EQ(problems(before_), 0U);
    remaster_it();
    expect_the_same();
    EXPECT_THAT(said({"fdisk", "-l", after_.string()}), Not(HasSubstr("mismatch")));
}

TEST_F(Partitions, CanBeReadFromTheBackupAlone) {
    make_appended();
    remaster_it();
    const std::string was = partitions(after_);
    std::string bytes = read_file(after_);
    bytes.replace(512, 512, 512, '\0');
    write_file(after_, bytes);
    EXPECT_EQ(partitions(after_), was);
    EXPECT_THAT(said({"fdisk", "-l", after_.string()}), HasSubstr("the backup appears OK"));
}

TEST_F(Partitions, OfATableThatIsDamagedAreLeftAsTheyAre) {
    make_appended();
    std::string bytes = read_file(before_);
    bytes[1024 + 56] = '?';  // the name of the first one
    write_file(before_, bytes);
    remaster_it();
    EXPECT_EQ(read_file(after_).substr(512, 32768 - 512), bytes.substr(512, 32768 - 512));
}

}  // namespace
}  // namespace glinda::media
