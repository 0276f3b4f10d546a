#include <gmock/gmock.h>

#include "dialect_lint.hpp"
#include "glinda/util/files.hpp"

namespace glinda::answer {
namespace {

namespace fs = std::filesystem;

/// What golden answer files of a name are for; the version is the second word of the name. The
/// first that fits counts.
struct Kind {
    std::string prefix;
    std::string file;
    LintTarget target;
};
const std::string data = SOURCE_FOLDER "/auto/";
const std::vector<Kind> kinds{
    {"debian-", "preseed.cfg", {"preseed", data + "debian-installer/preseed.xml", "Debian", ""}},
    {"fedora-", "ks.cfg", {"kickstart", data + "anaconda/kickstart.xml", "Fedora", ""}},
    {"opensuse-15", "autoinst.xml", {"autoyast", data + "autoyast/lint.xml", "OpenSUSE", ""}},
    {"opensuse-16", "autoinst.json", {"agama", data + "agama/lint.xml", "OpenSUSE", ""}},
    {"opensuse-4", "autoinst.xml", {"autoyast", data + "autoyast/lint.xml", "OpenSUSE", ""}},
    {"rhel-", "ks.cfg", {"kickstart", data + "anaconda/kickstart.xml", "RHEL", ""}},
    {"sles-12", "autoinst.xml", {"autoyast", data + "autoyast/lint.xml", "SLES", ""}},
    {"sles-15", "autoinst.xml", {"autoyast", data + "autoyast/lint.xml", "SLES", ""}},
    {"sles-16", "autoinst.json", {"agama", data + "agama/lint.xml", "SLES", ""}},
    {"tumbleweed-", "autoinst.xml", {"autoyast", data + "autoyast/lint.xml", "Tumbleweed", ""}},
    {"ubuntu-1", "preseed.cfg", {"preseed", data + "debian-installer/preseed.xml", "Ubuntu", ""}},
    {"ubuntu-20.04-legacy",
     "preseed.cfg",
     {"preseed", data + "debian-installer/preseed.xml", "Ubuntu", ""}},
    {"ubuntu-2", "user-data", {"autoinstall", data + "subiquity/lint.xml", "Ubuntu", ""}},
    {"windows-", "autounattend.xml", {"unattend", data + "windows-setup/lint.xml", "Windows", ""}},
};

/// The part of a golden file behind "==== NAME".
std::string part(const std::string& text, const std::string& name) {
    const std::string head = "==== " + name + "\n";
    const std::size_t start = text.find(head);
    if (start == std::string::npos)
        return "";
    return text.substr(start + head.size(), text.find("\n==== ", start) - start - head.size()) +
           "\n";
}

TEST(Golden, WhatGlindaWritesHasNoFault) {
    std::vector<std::size_t> seen(kinds.size());
    for (const auto& entry : fs::directory_iterator{SOURCE_FOLDER "/tests/golden/answer"}) {
        const std::string name = entry.path().filename();
        for (std::size_t i = 0; i < kinds.size(); ++i) {
            if (!name.starts_with(kinds[i].prefix))
                continue;
            LintTarget target = kinds[i].target;
            const std::size_t version = name.find('-') + 1;
            target.version = name.substr(version, name.find('-', version) - version);
            const std::string text = part(read_file(entry.path()), kinds[i].file);
            EXPECT_EQ(all(lint(text, target)), "") << name;
            ++seen[i];
            break;
        }
    }
    EXPECT_THAT(seen, testing::Each(testing::Gt(0U)));
}

}  // namespace
}  // namespace glinda::answer
