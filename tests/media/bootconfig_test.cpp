#include "glinda/media/bootconfig.hpp"

#include <gmock/gmock.h>

#include "glinda/util/error.hpp"

namespace glinda::media {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

const BootEntry entry{.kernel = "/install.amd/vmlinuz",
                      .initrds = {"/install.amd/initrd.gz", "/extra.img"},
                      .arguments = "auto=true console=ttyS0"};

// As installation media have them: what boots is said in files that this one includes.
constexpr std::string_view menu_elsewhere = R"(# D-I config version 2.0
path 
include menu.cfg
default vesamenu.c32
prompt 0
timeout 0
)";

constexpr std::string_view menu_here = R"(default vesamenu.c32
timeout 600

# Clear the screen when exiting the menu, instead of leaving the menu displayed.
menu clear
menu title Some Linux 36
label linux
  menu label ^Install Some Linux 36
  menu default
  kernel vmlinuz
  append initrd=initrd.img inst.stage2=hd:LABEL=Some-36 quiet
)";

TEST(Isolinux, OurEntryIsStartedAtOnce) {
    EXPECT_THAT(boot_by_isolinux(menu_elsewhere, entry), StartsWith(R"(default glinda
prompt 0

label glinda
  kernel /install.amd/vmlinuz
  append initrd=/install.amd/initrd.gz,/extra.img auto=true console=ttyS0

)"));
}

TEST(Isolinux, NothingElseDecidesWhatBoots) {
    const std::string text = boot_by_isolinux(menu_elsewhere, entry);
    EXPECT_THAT(text, HasSubstr("\n# include menu.cfg\n# default vesamenu.c32\n# prompt 0\n"
                                "# timeout 0\n"));
    EXPECT_THAT(boot_by_isolinux("UI vesamenu.c32\n\tOnTimeout local\nTOTALTIMEOUT 9\n", entry),
                HasSubstr("# UI vesamenu.c32\n# \tOnTimeout local\n# TOTALTIMEOUT 9\n"));
}

TEST(Isolinux, TheLabelsOfTheMediumStay) {
    const std::string labels{menu_here.substr(menu_here.find("label linux"))};
    EXPECT_THAT(boot_by_isolinux(menu_here, entry), HasSubstr(labels));
}

TEST(Isolinux, WithoutInitrdAndArgumentsTheyAreNotWritten) {
    EXPECT_THAT(boot_by_isolinux("", {.kernel = "/k", .initrds = {}, .arguments = ""}),
                HasSubstr("  kernel /k\n  append\n"));
}

constexpr std::string_view grub_menu = R"(set default="1"
function load_video {
  insmod efi_gop
}
load_video
set timeout=60
search --no-floppy --set=root -l 'Some-36'
menuentry 'Install' --class gnu-linux {
	linux /images/pxeboot/vmlinuz inst.stage2=hd:LABEL=Some-36 quiet
	initrd /images/pxeboot/initrd.img
}
)";

TEST(Grub, AllOfTheMediumStaysAndOursIsSetLast) {
    EXPECT_EQ(boot_by_grub(grub_menu, entry), std::string{grub_menu} + R"(

menuentry 'glinda' {
  search --no-floppy --set=root --file '/extra.img'
  linux '/install.amd/vmlinuz' 'auto=true' 'console=ttyS0'
  initrd '/install.amd/initrd.gz' '/extra.img'
}
set default='glinda'
set timeout=0
)");
}

TEST(Grub, ArgumentsReachTheKernelAsTheyAre) {
    EXPECT_THAT(boot_by_grub("", {.kernel = "/k",
                                  .initrds = {},
                                  .arguments = R"(ds=nocloud;s=/x/ a="b  c" $x it's  ---)"}),
                HasSubstr(R"(linux '/k' 'ds=nocloud;s=/x/' 'a=b  c' '$x' 'it'\''s' '---')"));
}

TEST(Grub, BuildsThatWantTheEfiCommandsGetThem) {
    const std::string text = boot_by_grub("menuentry 'x' {\n linuxefi /k\n}\n", entry);
    EXPECT_THAT(text, HasSubstr("\n  linuxefi '/install.amd/vmlinuz'"));
    EXPECT_THAT(text, HasSubstr("\n  initrdefi '/install.amd/initrd.gz'"));
}

TEST(Grub, AnOpenQuoteIsRefused) {
    EXPECT_THROW(std::ignore = boot_by_grub("", {"/k", {}, "a=\"b"}), Error);
}

TEST(BootConfig, WhatCannotBeWrittenIsRefused) {
    const std::vector<BootEntry> wrong{{"", {}, ""},
                                       {"/a b", {}, ""},
                                       {"/k", {"/a,b"}, ""},
                                       {"/k", {}, "a\nlabel other"},
                                       {"/k", {"/i'"}, ""}};
    for (const BootEntry& each : wrong) {
        EXPECT_THROW(std::ignore = boot_by_isolinux("", each), Error);
        EXPECT_THROW(std::ignore = boot_by_grub("", each), Error);
    }
}

}  // namespace
}  // namespace glinda::media
