#include "glinda/image/volume.hpp"

#include <gmock/gmock.h>

#include "glinda/util/error.hpp"
#include "glinda/util/files.hpp"

namespace glinda::image {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr std::uint64_t gibibyte = std::uint64_t{1} << 30U;

class VolumeTest : public testing::Test {
protected:
    [[nodiscard]] fs::path file(const std::string& name) const { return folder_.path() / name; }

    TemporaryFolder folder_{fs::temp_directory_path() / "glinda-image-"};
    SystemRunner runner_;
};

/// A host without QEMU's tools.
class NothingInstalled : public Runner {
public:
    Result run(const Command& command) override {
        return SystemRunner{}.run({.argv = {"no-such-" + command.argv[0]}});
    }
};

TEST_F(VolumeTest, IsAsLargeAsAskedForAndTakesNoRoom) {
    for (const std::string format : {"qcow2", "raw"}) {
        create(runner_, file(format), format, 10 * gibibyte);
        const VolumeInfo made = info(runner_, file(format));
        EXPECT_EQ(made.format, format);
        EXPECT_EQ(made.virtual_size, 10 * gibibyte);
        EXPECT_LT(made.actual_size, 1'000'000U);
        EXPECT_EQ(fs::status(file(format)).permissions(), fs::perms{0600});
    }
}

TEST_F(VolumeTest, AnOverlayShowsItsBaseAndLeavesItAlone) {
    create(runner_, file("base: 1.qcow2"), "qcow2", gibibyte);
    const std::string before = read_file(file("base: 1.qcow2"));
    overlay(runner_, file("base: 1.qcow2"), "qcow2", file("over.qcow2"));
    runner_.output_of({.argv = {"qemu-io", "-f", "qcow2", "-c", "write -q -P 7 0 64k",
                                file("over.qcow2").string()}});
    EXPECT_EQ(info(runner_, file("over.qcow2")).virtual_size, gibibyte);
    EXPECT_EQ(read_file(file("base: 1.qcow2")), before);
}

TEST_F(VolumeTest, AFileThatIsThereIsNotReplaced) {
    write_file(file("disk"), "precious");
    try {
        create(runner_, file("disk"), "raw", gibibyte);
        FAIL() << "nothing was thrown";
    } catch (const Error& error) {
        EXPECT_EQ(error.fault(), Fault::environment);
        EXPECT_THAT(error.what(), HasSubstr("disk exists already"));
    }
    EXPECT_THROW(overlay(runner_, file("disk"), "raw", file("disk")), Error);
    EXPECT_EQ(read_file(file("disk")), "precious");
}

TEST_F(VolumeTest, AFailureLeavesNothingAndHasTheProgramsWords) {
    try {
        create(runner_, file("disk"), "nonsense", gibibyte);
        FAIL() << "nothing was thrown";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("making the disk image " + file("disk").string()));
        EXPECT_THAT(error.what(), HasSubstr("nonsense"));
    }
    EXPECT_THROW(overlay(runner_, file("no-base"), "qcow2", file("disk")), Error);
    EXPECT_TRUE(fs::is_empty(folder_.path()));
}

TEST_F(VolumeTest, WithoutQemuTheErrorSaysWhereItIsFrom) {
    NothingInstalled nothing;
    try {
        create(nothing, file("disk"), "raw", gibibyte);
        FAIL() << "nothing was thrown";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("qemu-img was not found"));
        EXPECT_THAT(error.notes(), testing::Contains(HasSubstr("qemu-utils")));
    }
}

TEST_F(VolumeTest, InfoOnNothingIsAnError) {
    EXPECT_THROW(std::ignore = info(runner_, file("none")), Error);
}

}  // namespace
}  // namespace glinda::image
