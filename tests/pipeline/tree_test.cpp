// Where kernel and initrd of an installation tree are found.

#include <gmock/gmock.h>

#include <cstdlib>

#include "glinda/util/error.hpp"
#include "glinda/util/files.hpp"
#include "prepare.hpp"
#include "scripted_server.hpp"
#include "silence.hpp"

namespace glinda::pipeline {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

class Trees : public testing::Test {
protected:
    Trees() { settings_.image_type = "raw"; }
    void add(const std::string& name, std::string_view content = "x") {
        const fs::path file = folder_.path() / "tree" / name;
        make_folders(file.parent_path());
        write_file(file, content);
    }
    /// Kernel and initrd of an installation.
    std::vector<std::string> boot_files(const std::string& os, const std::string& version,
                                        const std::string& url = "tree") {
        const fs::path file = folder_.path() / "vm.tdl";
        write_file(file, format("<template><name>vm</name><os><name>{}</name><version>{}</version>"
                                "<arch>x86_64</arch><install type='url'><url>{}</url></install>"
                                "<rootpw>s3cret</rootpw></os></template>",
                                os, version, url));
        const Context context{.settings = settings_,
                              .families = SOURCE_FOLDER "/auto",
                              .schemas = SOURCE_FOLDER "/config",
                              .runner = runner_,
                              .progress = silent_,
                              .stop = {}};
        const tdl::Template wanted = tdl::read_template(file, context.schemas / "tdl.rng");
        const Plan plan = prepare({.template_file = file}, context, wanted).plan;
        std::vector<std::string> files{plan.entry.kernel};
        files.insert(files.end(), plan.entry.initrds.begin(), plan.entry.initrds.end());
        return files;
    }
    Error refusal(const std::string& os, const std::string& version, const std::string& url) {
        try {
            boot_files(os, version, url);
        } catch (const Error& error) {
            return error;
        }
        return {Fault::guest, "nothing was thrown"};
    }

    TemporaryFolder folder_{fs::temp_directory_path() / "glinda-trees-"};
    SystemRunner runner_;
    Silence silent_;
    settings::Settings settings_{};
};

TEST_F(Trees, TheTreesOwnWordComesFirst) {
    add(".treeinfo",
        "[general]\nfamily=Fedora\nversion=38\narch=x86_64\n"
        "[images-x86_64]\nkernel=other/vmlinuz\ninitrd=other/initrd.img\n");
    add("images/pxeboot/vmlinuz");
    add("images/pxeboot/initrd.img");
    EXPECT_THAT(boot_files("Fedora", "38"),
                ElementsAre("images/pxeboot/vmlinuz", "images/pxeboot/initrd.img"))
        << "what it names is not there";
    add("other/vmlinuz");
    add("other/initrd.img");
    EXPECT_THAT(boot_files("Fedora", "38"), ElementsAre("other/vmlinuz", "other/initrd.img"));
}

TEST_F(Trees, ACopyOfAMediumHasThemWhereTheMediumHad) {
    add("install.amd/vmlinuz");
    add("install.amd/initrd.gz");
    EXPECT_THAT(boot_files("Debian", "13"),
                ElementsAre("install.amd/vmlinuz", "install.amd/initrd.gz"));
    // What a mirror has is what the family likes best.
    const std::string netboot =
        "dists/trixie/main/installer-amd64/current/images/netboot/debian-installer/amd64/";
    add(netboot + "linux");
    add(netboot + "initrd.gz");
    EXPECT_THAT(boot_files("Debian", "13"), ElementsAre(netboot + "linux", netboot + "initrd.gz"));
}

TEST_F(Trees, EveryUrlThatWasTriedIsNamed) {
    const ScriptedServer proxy{[](const std::string&, std::size_t) {
        return http_answer("404 None", {"Content-Length: 0"}, "");
    }};
    ::setenv("http_proxy", proxy.origin().c_str(), 1);
    ::setenv("no_proxy", "", 1);
    const Error error = refusal("Debian", "13", "http://glinda.invalid/mirror");
    ::unsetenv("http_proxy");
    EXPECT_EQ(error.fault(), Fault::usage);
    EXPECT_THAT(error.what(), HasSubstr("<url> names no tree of Debian 13 for x86_64"));
    const std::string root = "there is no http://glinda.invalid/mirror/";
    EXPECT_THAT(error.notes(),
                AllOf(Contains(root + ".treeinfo"),
                      Contains(root + "dists/trixie/main/installer-amd64/current/images/netboot/"
                                      "debian-installer/amd64/linux"),
                      Contains(root + "install.amd/vmlinuz"),
                      Contains(root + "debian-installer/amd64/linux")));
}

}  // namespace
}  // namespace glinda::pipeline
