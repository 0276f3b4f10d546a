#pragma once

#include <string>
#include <vector>

#include "glinda/util/files.hpp"
#include "glinda/util/process.hpp"

namespace glinda::media {

/// A folder with a tree that becomes an ISO image, for tests.
class IsoFolder {
public:
    [[nodiscard]] std::filesystem::path operator/(std::string_view name) const {
        return folder_.path() / name;
    }

    void add(const std::string& name, std::string_view content) const {
        const std::filesystem::path file = *this / ("tree/" + name);
        make_folders(file.parent_path(), 0755);
        write_file(file, content, 0644);
    }

    /// Makes `name` out of the tree, by xorriso in the manner of mkisofs.
    [[nodiscard]] std::filesystem::path make(const std::string& name,
                                             const std::vector<std::string>& options) const {
        std::vector<std::string> argv{"xorriso", "-as", "mkisofs",
                                      "-quiet",  "-o",  (*this / name).string()};
        argv.insert(argv.end(), options.begin(), options.end());
        argv.push_back((*this / "tree").string());
        SystemRunner{}.output_of({.argv = argv});
        return *this / name;
    }

private:
    TemporaryFolder folder_{std::filesystem::temp_directory_path() / "glinda-media-"};
};

}  // namespace glinda::media
