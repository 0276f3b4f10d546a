#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "glinda/catalog/family.hpp"
#include "medium_files.hpp"

namespace glinda::pipeline {

/// What a .treeinfo (productmd's documentation, "Treeinfo file format") says of its tree; empty
/// where it says nothing. Paths never lead out of the tree.
struct TreeInfo {
    std::string family;
    std::string version;
    std::string arch;
    std::string kernel;
    std::string initrd;
};

/// Reads a .treeinfo; nothing if it is none.
[[nodiscard]] std::optional<TreeInfo> read_treeinfo(const std::string& text);

/// What it is called at the root of a tree.
inline constexpr std::array treeinfo_names{".treeinfo", "treeinfo"};

struct FoundTreeInfo {
    std::string file;  ///< its name
    TreeInfo info;
};
[[nodiscard]] std::optional<FoundTreeInfo> find_treeinfo(MediumFiles& files);

/// The first of a family's layouts whose kernel is there, with the architecture and the
/// release's code name filled in; either may be empty.
[[nodiscard]] std::optional<catalog::Layout> find_layout(const catalog::Family& family,
                                                         const std::string& arch,
                                                         const std::string& suite,
                                                         MediumFiles& files);

}  // namespace glinda::pipeline
