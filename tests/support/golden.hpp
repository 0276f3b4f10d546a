#pragma once

#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "glinda/util/files.hpp"

namespace glinda {

/// Compares `got` with tests/golden/`name`. With GLINDA_ACCEPT=1 in the environment the file is
/// written anew, and the test reports itself skipped: nothing was compared.
inline void expect_golden(const std::string& got, const std::string& name) {
    const std::filesystem::path file = std::filesystem::path{SOURCE_FOLDER "/tests/golden"} / name;
    if (std::getenv("GLINDA_ACCEPT") != nullptr) {
        make_folders(file.parent_path(), 0755);
        write_file(file, got, 0644);
        GTEST_SKIP() << "accepted " << file;  // the very purpose of GLINDA_ACCEPT
    }
    EXPECT_EQ(got, read_file(file)) << "GLINDA_ACCEPT=1 accepts the new text";
}

}  // namespace glinda
