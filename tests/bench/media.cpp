// media_bench untouched|overlay|file ISO FOLDER: prepares a medium once, as a build does, and
// prints the milliseconds that it took and the bytes that it wrote. See media.sh.

#include <chrono>
#include <cstdio>
#include <string_view>

#include "glinda/media/bootconfig.hpp"
#include "glinda/media/cpio.hpp"
#include "glinda/media/iso.hpp"
#include "glinda/media/remaster.hpp"
#include "glinda/util/files.hpp"
#include "glinda/util/text.hpp"

namespace glinda::media {
namespace {

namespace fs = std::filesystem;

std::string segment() {
    return cpio({{"preseed.cfg", std::string(8000, 'p')}, {"hook", "#!/bin/sh\n", 0755}});
}

void boot_untouched(const fs::path& iso, const fs::path& folder) {
    const Iso medium{iso};
    medium.extract("/kernel", folder / "kernel");
    medium.extract("/initrd", folder / "initrd");
    append_to_initrd(folder / "initrd", segment());
}

RemasterPlan changes(const fs::path& iso) {
    constexpr std::size_t most = 65536;
    const Iso medium{iso};
    const BootEntry entry{
        .kernel = "/kernel", .initrds = {"/initrd", "/glinda.img"}, .arguments = "quiet"};
    constexpr const char* isolinux = "/isolinux/isolinux.cfg";
    constexpr const char* grub = "/boot/grub/grub.cfg";
    return {.iso = iso,
            .changes = {
                {.path = "/glinda.img", .content = segment()},
                {.path = isolinux, .content = boot_by_isolinux(medium.read(isolinux, most), entry)},
                {.path = grub, .content = boot_by_grub(medium.read(grub, most), entry)}}};
}

/// What this process has had written to disks (proc(5), write_bytes).
std::uint64_t written() {
    const std::string text = read_file("/proc/self/io");
    constexpr std::string_view mark = "\nwrite_bytes: ";
    const std::size_t at = text.find(mark) + mark.size();
    return to_number(std::string_view{text}.substr(at, text.find('\n', at) - at)).value();
}

int bench(std::string_view what, const fs::path& iso, const fs::path& folder) {
    const auto start = std::chrono::steady_clock::now();
    const std::uint64_t before = written();
    if (what == "untouched") {
        boot_untouched(iso, folder);
    } else if (what == "overlay") {
        remaster(changes(iso), folder / "medium.qcow2");
    } else {
        SystemRunner runner;
        remaster_to_file(runner, changes(iso), folder / "medium.iso");
    }
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    fmt::print("{:.1f} {}\n", took.count(), written() - before);
    return 0;
}

}  // namespace
}  // namespace glinda::media

int main(int argc, char** argv) {
    try {
        if (argc == 4)
            return glinda::media::bench(argv[1], argv[2], argv[3]);
        fmt::print(stderr, "usage: media_bench untouched|overlay|file ISO FOLDER\n");
    } catch (const std::exception& error) {
        fmt::print(stderr, "media_bench: {}\n", error.what());
    }
    return 1;
}
