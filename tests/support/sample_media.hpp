#pragma once

#include <string>
#include <utility>
#include <vector>

#include "iso_folder.hpp"

namespace glinda {

/// A medium as an installer's own are laid out, of a few KiB: label, marks, kernel and initrd.
/// Sources: facts/answer-files.md, and the media themselves.
struct SampleMedium {
    const char* family;
    const char* label;
    std::vector<std::pair<const char*, const char*>> files;
    // What it is to be told to be.
    const char* release;
    const char* version;
    const char* arch;
    const char* kernel;  ///< empty: it has none that could be started directly
    const char* initrd;
    std::vector<const char*> options = {"-R", "-J"};
};

inline const std::vector<SampleMedium>& sample_media() {
    static const std::vector<SampleMedium> all{
        {.family = "anaconda",
         .label = "Fedora-S-dvd-x86_64-38",
         .files =
             {{".treeinfo",
               "[general]\nfamily = Fedora\nname = Fedora 38\nversion = 38\narch = x86_64\n"
               "[images-x86_64]\nkernel = images/pxeboot/vmlinuz\n"
               "initrd = images/pxeboot/initrd.img\n[stage2]\nmainimage = images/install.img\n"},
              {".discinfo", "1681456789.012345\n38\nx86_64\n"},
              {"images/pxeboot/vmlinuz", "k"},
              {"images/pxeboot/initrd.img", "i"},
              {"images/install.img", "s"}},
         .release = "Fedora 38",
         .version = "38",
         .arch = "x86_64",
         .kernel = "images/pxeboot/vmlinuz",
         .initrd = "images/pxeboot/initrd.img"},
        {.family = "anaconda",
         .label = "Custom",
         .files = {{".discinfo", "1697000000.5\nRed Hat Enterprise Linux 8.7\nx86_64\n"},
                   {"isolinux/vmlinuz", "k"},
                   {"isolinux/initrd.img", "i"}},
         .release = "Red Hat Enterprise Linux 8.7",
         .version = "8.7",
         .arch = "x86_64",
         .kernel = "isolinux/vmlinuz",
         .initrd = "isolinux/initrd.img"},
        {.family = "debian-installer",
         .label = "Debian 13.1.0 amd64 n",
         .files = {{".disk/info",
                    "Debian GNU/Linux 13.1.0 \"Trixie\" - Official amd64 NETINST with firmware "
                    "20250906-10:22"},
                   {"install.amd/vmlinuz", "k"},
                   {"install.amd/initrd.gz", "i"}},
         .release = "Debian 13",
         .version = "13.1.0",
         .arch = "x86_64",
         .kernel = "install.amd/vmlinuz",
         .initrd = "install.amd/initrd.gz"},
        {.family = "debian-installer",
         .label = "Ubuntu-Server 18.04.6 LTS amd64",
         .files = {{".disk/info",
                    "Ubuntu-Server 18.04.6 LTS \"Bionic Beaver\" - Release amd64 (20210915)"},
                   {"install/vmlinuz", "k"},
                   {"install/initrd.gz", "i"}},
         .release = "Ubuntu 18.04.6",
         .version = "18.04.6",
         .arch = "x86_64",
         .kernel = "install/vmlinuz",
         .initrd = "install/initrd.gz"},
        {.family = "subiquity",
         .label = "Ubuntu-Server 24.04.1 LTS arm64",
         .files = {{".disk/info",
                    "Ubuntu-Server 24.04.1 LTS \"Noble Numbat\" - Release arm64 (20240827)"},
                   {".disk/casper-uuid-generic", "0"},
                   {"casper/vmlinuz", "k"},
                   {"casper/initrd", "i"}},
         .release = "Ubuntu 24.04.1",
         .version = "24.04.1",
         .arch = "aarch64",
         .kernel = "casper/vmlinuz",
         .initrd = "casper/initrd"},
        {.family = "autoyast",
         .label = "openSUSE-Leap-15.5-DVD-x86_64491",
         .files = {{"media.1/media",
                    "openSUSE - openSUSE-Leap-15.5-DVD-x86_64-Build491.1-Media\n"
                    "openSUSE-Leap-15.5-DVD-x86_64-Build491.1\n1\n"},
                   {"boot/x86_64/loader/linux", "k"},
                   {"boot/x86_64/loader/initrd", "i"}},
         .release = "OpenSUSE 15.5",
         .version = "15.5",
         .arch = "x86_64",
         .kernel = "boot/x86_64/loader/linux",
         .initrd = "boot/x86_64/loader/initrd"},
        {.family = "agama",
         .label = "Install-Leap_16.0-x86_64",
         .files = {{"LiveOS/squashfs.img", "s"},
                   {"boot/x86_64/loader/linux", "k"},
                   {"boot/x86_64/loader/initrd", "i"}},
         .release = "16.0",
         .version = "16.0",
         .arch = "x86_64",
         .kernel = "boot/x86_64/loader/linux",
         .initrd = "boot/x86_64/loader/initrd"},
        {.family = "setup-alpine",
         .label = "alpine-std 3.20.3 x86_64",
         .files = {{".boot_repository", ""},
                   {"boot/vmlinuz-lts", "k"},
                   {"boot/initramfs-lts", "i"},
                   {"boot/modloop-lts", "m"}},
         .release = "Alpine 3.20.3",
         .version = "3.20.3",
         .arch = "x86_64",
         .kernel = "boot/vmlinuz-lts",
         .initrd = "boot/initramfs-lts"},
        {.family = "bsdinstall",
         .label = "14_1_RELEASE_AMD64_CD",
         .files = {{"boot/kernel/kernel", "k"}, {"boot/loader.conf", "c"}},
         .release = "FreeBSD 14.1",
         .version = "14.1",
         .arch = "x86_64",
         .kernel = "boot/kernel/kernel",
         .initrd = "",
         .options = {"-R"}},
        {.family = "windows-setup",
         .label = "SSS_X64FRE_EN-US_DV9",
         .files = {{"README.TXT", "This disc contains a \"UDF\" file system"},
                   {"sources/boot.wim", "w"}},
         .release = "Windows",
         .version = "",
         .arch = "x86_64",
         .kernel = "",
         .initrd = "",
         .options = {"-udf", "-hide", "sources"}},
    };
    return all;
}

/// The tree of a sample. Its image is made by genisoimage, which knows UDF, too.
inline void add_files(const media::IsoFolder& folder, const SampleMedium& sample) {
    for (const auto& [name, content] : sample.files)
        folder.add(name, content);
}

inline std::filesystem::path make_image(const media::IsoFolder& folder, const SampleMedium& sample,
                                        const std::string& name = "medium.iso") {
    add_files(folder, sample);
    std::vector<std::string> argv{"genisoimage", "-quiet", "-V",
                                  sample.label,  "-o",     (folder / name).string()};
    argv.insert(argv.end(), sample.options.begin(), sample.options.end());
    argv.push_back((folder / "tree").string());
    SystemRunner{}.output_of({.argv = argv});
    return folder / name;
}

}  // namespace glinda
