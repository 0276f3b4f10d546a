// The partition tables of a remastered file, as the programs for such tables see them.

#include <gmock/gmock.h>

#include "glinda/media/iso.hpp"
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
    /// With a partition for UEFI behind the medium's own, and a gap behind that.
    void make_appended(const std::vector<std::string>& more = {"-appended_part_as_gpt"}) {
        std::vector<std::string> options = more;
        for (const std::string& word : std::vector<std::string>{
                 "-append_partition", "2", "C12A7328-F81F-11D2-BA4B-00A0C93EC93B",
                 folder_ / "tree/efi.img", "-eltorito-alt-boot", "-e",
                 "--interval:appended_partition_2:all::", "-no-emul-boot"})
            options.push_back(word);
        make(options);
    }
    /// … in which the medium's own has a file system that can be mounted, too.
    void make_mountable(std::vector<std::string> more = {"-appended_part_as_gpt"}) {
        more.insert(more.end(), {"-partition_offset", "16"});
        make_appended(more);
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

    /// Their sizes and types, but the first one's size, and what is in the second one.
    void expect_the_same_behind_the_first() {
        EXPECT_LE(problems(after_), problems(before_));
        EXPECT_EQ(types(after_), types(before_));
        EXPECT_EQ(reported(after_, "-report_el_torito", {"El Torito boot img"}),
                  reported(before_, "-report_el_torito", {"El Torito boot img"}));
        EXPECT_EQ(read_file(part(after_, 2)), std::string(1 << 20, 'e'));
        EXPECT_THAT(said({"fdisk", "-l", after_.string()}), Not(HasSubstr("mismatch")));
    }

    /// The types of the partitions.
    std::string types(const fs::path& iso) {
        const std::string report =
            runner_.output_of({.argv = {"fdisk", "-l", "-o", "Type", iso.string()}});
        return report.substr(report.find("\n\n"));
    }

    /// A partition as a file of its own.
    fs::path part(const fs::path& iso, std::size_t number) {
        const std::string report =
            runner_.output_of({.argv = {"fdisk", "-l", "-o", "Start,Sectors", iso.string()}});
        const std::vector<std::string_view> lines =
            split(std::string_view{report}.substr(report.find("Start ")), '\n');
        const std::vector<std::string_view> row = words(lines.at(number));
        const std::size_t start = to_number(row.at(0)).value() * 512;
        const std::size_t size = to_number(row.at(1)).value() * 512;
        const std::string bytes = read_file(iso);
        EXPECT_LE(start + size, bytes.size());
        write_file(folder_ / "part", bytes.substr(start, size));
        return folder_ / "part";
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

TEST_F(Partitions, ThatCanBeMountedInPlaceOfTheMediumHoldTheChanges) {
    // Of a stick, Linux finds such a partition by the medium's label, and not the whole.
    for (const char* table : {"-appended_part_as_gpt", "-no-pad"}) {
        make_mountable({table});
        remaster_it();
        expect_the_same_behind_the_first();
        const Iso volume{part(after_, 1)};
        EXPECT_EQ(volume.volume().label, "Some-label");
        EXPECT_EQ(volume.read("/new", 3'000'000), std::string(3'000'000, 'n'));
        EXPECT_EQ(volume.read("/big", 5'000'000), std::string(5'000'000, 'b'));
    }
}

TEST_F(Partitions, ThatBeginWithTheMediumMoveWhatIsBehindThem) {
    make_appended({});
    remaster_it();
    expect_the_same_behind_the_first();
    const Iso volume{part(after_, 1)};
    EXPECT_EQ(volume.read("/new", 3'000'000), std::string(3'000'000, 'n'));
}

TEST_F(Partitions, CanBeRemasteredTwice) {
    make_mountable();
    remaster_it();
    fs::rename(after_, before_);
    remaster_it();
    expect_the_same_behind_the_first();
    EXPECT_EQ(Iso{part(after_, 1)}.read("/new", 3'000'000), std::string(3'000'000, 'n'));
}

TEST_F(Partitions, OfOneSectorAreNone) {
    make_mountable({"-appended_part_as_gpt", "--protective-msdos-label", "--mbr-force-bootable"});
    remaster_it();
    const std::string was = reported(before_, "-report_system_area", {"MBR partition      :   2"});
    EXPECT_THAT(was, testing::EndsWith(" 1\n"));
    EXPECT_EQ(reported(after_, "-report_system_area", {"MBR partition      :   2"}), was);
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
