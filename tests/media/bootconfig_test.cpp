#include "glinda/media/bootconfig.hpp"

#include <gmock/gmock.h>

#include <algorithm>

#include "glinda/util/error.hpp"
#include "glinda/util/files.hpp"
#include "glinda/util/process.hpp"
#include "glinda/util/text.hpp"

namespace glinda::media {
namespace {

using testing::ElementsAre;
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

/// The lines that begin, in any case, with one of these words.
std::vector<std::string> lines_of(std::string_view text, const std::vector<std::string>& keywords) {
    std::vector<std::string> found;
    for (const std::string_view line : split(text, '\n')) {
        const std::vector<std::string_view> parts = words(line);
        if (!parts.empty() && std::ranges::count(keywords, lower(parts.front())) > 0)
            found.emplace_back(trim(line));
    }
    return found;
}

struct Menu {
    const char* of;
    std::string text;
};

// Shapes that real media have.
const std::vector<Menu> isolinux_menus{
    {"files that include one another",
     "path \ninclude menu.cfg\ninclude adtext.cfg\ndefault vesamenu.c32\nprompt 0\ntimeout 0\n"},
    {"a menu with a default of its own and a submenu",
     "default vesamenu.c32\ntimeout 600\nmenu autoboot Starting in # seconds\n"
     "label linux\n  menu default\n  kernel vmlinuz\nmenu begin ^More\n"
     "  label rescue\n  kernel vmlinuz\nmenu end\n"},
    {"what comes when nobody answers",
     "UI gfxboot bootlogo\nONTIMEOUT harddisk\nTOTALTIMEOUT 9000\nTIMEOUT 200\n"
     "LABEL harddisk\n  LOCALBOOT -1\n"},
    {"a prompt with texts",
     "DEFAULT install\nLABEL install\n\tMENU DEFAULT\n\tkernel /k\nDISPLAY boot.msg\nF1 f1.txt\n"
     "PROMPT 1\n"},
    {"line ends of another system",
     "default menu.c32\r\nprompt 1\r\ntimeout 50\r\nlabel a\r\n  kernel k\r\n"},
    {"a default within a label, and a remark", "label a\n  kernel k\n  default a\n# default b\n"},
    {"no end of its last line", "timeout 10\ndefault a"}};

TEST(Isolinux, NoMenuOfRealMediaComesBeforeOurEntry) {
    for (const auto& [of, original] : isolinux_menus) {
        const std::string text = boot_by_isolinux(original, entry);
        EXPECT_THAT(lines_of(text, {"default", "ui", "prompt", "timeout", "totaltimeout",
                                    "ontimeout", "include"}),
                    ElementsAre("default glinda", "prompt 0"))
            << of;
        std::vector<std::string> labels = lines_of(original, {"label", "kernel", "localboot"});
        labels.insert(labels.begin(), {"label glinda", "kernel /install.amd/vmlinuz"});
        EXPECT_EQ(lines_of(text, {"label", "kernel", "localboot"}), labels) << of;
    }
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

const std::vector<Menu> grub_menus{
    {"a default by number, behind an environment",
     "if [ -s $prefix/grubenv ]; then\n  load_env\nfi\nset default=\"0\"\nset timeout=60\n"
     "menuentry 'a' {\n linux /k\n}\n"},
    {"a default that is saved, or comes next",
     "if [ \"${next_entry}\" ] ; then\n   set default=\"${next_entry}\"\nelse\n"
     "   set default=\"${saved_entry}\"\nfi\n"},
    {"a hidden menu", "set timeout_style=hidden\nset timeout=1\nmenuentry 'a' {\n linux /k\n}\n"},
    {"submenus with menus of their own",
     "submenu 'More >' {\n  set default=1\n  set timeout=-1\n  menuentry 'a' {\n    linux /k\n  }\n"
     "}\n"},
    {"another file", "source $prefix/theme.cfg\ndefault=2\ntimeout=30\n"},
    {"no end of its last line", "set timeout=5 # seconds"}};

TEST(Grub, OnNoMenuOfRealMediaOursIsNotTheDefault) {
    for (const auto& [of, original] : grub_menus) {
        const TemporaryFolder folder{std::filesystem::temp_directory_path() / "glinda-media-"};
        const std::filesystem::path file = folder.path() / "grub.cfg";
        write_file(file, boot_by_grub(original, entry));
        const Result checked = SystemRunner{}.run({.argv = {"grub-script-check", file.string()}});
        EXPECT_EQ(checked.status, 0) << of << ": " << checked.errors;
        // What a script sets last, outside of all braces, holds.
        const std::string text = read_file(file);
        EXPECT_THAT(text, StartsWith(original + "\n")) << of;
        EXPECT_THAT(lines_of(text.substr(text.rfind("\n}\n")), {"set", "default=", "timeout="}),
                    ElementsAre("set default='glinda'", "set timeout=0"))
            << of;
    }
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
