#include "boot_files.hpp"

#include <glib.h>

#include <algorithm>

#include "glinda/answer/render.hpp"
#include "glinda/util/handle.hpp"
#include "glinda/util/text.hpp"

namespace glinda::pipeline {
namespace {

/// Whether a path that a medium names stays on it.
bool is_inside(const std::string& path) {
    const auto parts = split(path, '/');
    return !path.empty() && !path.starts_with('/') && path.find("://") == std::string::npos &&
           std::ranges::find(parts, "..") == parts.end();
}

std::string value(GKeyFile* file, const std::string& section, const char* key) {
    const Handle<gchar, &g_free> text{g_key_file_get_value(file, section.c_str(), key, nullptr)};
    return text ? std::string{trim(printable(text.get()))} : "";
}

}  // namespace

std::optional<TreeInfo> read_treeinfo(const std::string& text) {
    const Handle<GKeyFile, &g_key_file_unref> file{g_key_file_new()};
    if (g_key_file_load_from_data(file.get(), text.data(), text.size(), G_KEY_FILE_NONE, nullptr) ==
        FALSE)
        return std::nullopt;  // what it is, nobody has promised
    TreeInfo info{.family = value(file.get(), "general", "family"),
                  .version = value(file.get(), "general", "version"),
                  .arch = value(file.get(), "general", "arch"),
                  .kernel = {},
                  .initrd = {}};
    const std::string images = "images-" + info.arch;
    info.kernel = value(file.get(), images, "kernel");
    info.initrd = value(file.get(), images, "initrd");
    for (std::string* const path : {&info.kernel, &info.initrd})
        if (!is_inside(*path))
            path->clear();
    return info;
}

std::optional<FoundTreeInfo> find_treeinfo(MediumFiles& files) {
    for (const char* const name : treeinfo_names)
        if (const auto& text = files.text(name))
            return FoundTreeInfo{name, read_treeinfo(*text).value_or(TreeInfo{})};
    return std::nullopt;
}

std::optional<catalog::Layout> find_layout(const catalog::Family& family, const std::string& arch,
                                           const std::string& suite, MediumFiles& files) {
    for (const catalog::Layout& layout : family.layouts) {
        const bool needs_arch = layout.kernel.find("{{arch}}") != std::string::npos;
        const bool needs_suite = layout.kernel.find("{{suite}}") != std::string::npos;
        if ((needs_arch && arch.empty()) || (needs_suite && suite.empty()) ||
            (!layout.arch.empty() && !arch.empty() && layout.arch != arch))
            continue;
        const answer::Values values{{"arch", arch}, {"suite", suite}};
        catalog::Layout filled{layout.arch, answer::render(layout.kernel, values, family.id),
                               answer::render(layout.initrd, values, family.id)};
        if (is_inside(filled.kernel) && files.has(filled.kernel))
            return filled;
    }
    return std::nullopt;
}

}  // namespace glinda::pipeline
