#include "glinda/tdl/template.hpp"

#include "reader.hpp"

namespace glinda::tdl {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;

using ReadTemplate = ReaderTest;

constexpr const char* iso_install = "<install type='iso'><iso>/a.iso</iso>";

std::vector<std::string> names(const std::vector<Command>& commands) {
    std::vector<std::string> names;
    for (const Command& command : commands)
        names.push_back(command.name);
    return names;
}

TEST_F(ReadTemplate, ReadsWhatIsThere) {
    const Template got = read(
        "<template version='1.0'> <name> vm </name><description>a test</description>"
        "<os><name>Hurd</name><version>13</version><arch>i386</arch>"
        "<install type='iso'><iso>/a.iso</iso><sha256sum>http://x/SUMS</sha256sum></install>"
        "<rootpw>s3cret</rootpw><key>12-34</key><kernelparam>quiet</kernelparam>"
        "<icicle><extra_command>rpm -qa --qf x</extra_command></icicle></os>"
        "<packages><package name='vim'/><package name='git'><repository>r</repository>"
        "<file>f</file><arguments>a</arguments></package></packages>"
        "<disk><size>20</size></disk></template>");
    EXPECT_EQ(got.name, "vm");
    EXPECT_EQ(got.description, "a test");
    EXPECT_EQ(got.os, "Hurd");
    EXPECT_EQ(got.version, "13");
    EXPECT_EQ(got.arch, "i386");
    EXPECT_EQ(got.install_type, InstallType::iso);
    EXPECT_EQ(got.location, "/a.iso");
    EXPECT_EQ(got.checksum->algorithm, "sha256");
    EXPECT_EQ(got.checksum->location, "http://x/SUMS");
    EXPECT_EQ(got.root_password->text, "s3cret");
    EXPECT_EQ(got.root_password->kind, Password::Kind::plain);
    EXPECT_EQ(got.key, "12-34");
    EXPECT_EQ(got.kernel_parameters, "quiet");
    EXPECT_EQ(got.icicle_command, "rpm -qa --qf x");
    EXPECT_EQ(got.disks.front().size, Bytes{20} << 30U);
    ASSERT_EQ(got.packages.size(), 2U);
    EXPECT_EQ(got.packages[0].repository, std::nullopt);
    EXPECT_EQ(got.packages[1].name, "git");
    EXPECT_EQ(got.packages[1].repository, "r");
    EXPECT_EQ(got.packages[1].file, "f");
    EXPECT_EQ(got.packages[1].arguments, "a");
}

TEST_F(ReadTemplate, HasTheDocumentedDefaults) {
    const Template got = read(with("<disk><size/></disk>"));
    EXPECT_EQ(got.disks.front().size, Bytes{10} << 30U);
    EXPECT_EQ(got.disks.front().bus, "");
    EXPECT_EQ(got.root_password, std::nullopt);
    EXPECT_EQ(got.firmware, std::nullopt);
    EXPECT_THAT(customizations(got), IsEmpty());
    EXPECT_EQ(read(with_os(os("<rootpw> </rootpw>"))).root_password, std::nullopt);
}

TEST_F(ReadTemplate, NamesTheSectionsThatTheInstallationDoesNotDo) {
    EXPECT_THAT(customizations(read(with("<files><file name='/a'>b</file></files><commands/>"
                                         "<repositories><repository name='r'><url>http://r/</url>"
                                         "</repository></repositories>"))),
                ElementsAre("files", "repositories"));
}

TEST_F(ReadTemplate, ReadsModeAndOwnerOfFilesAndTheSourcesOfCloudInit) {
    const Template got =
        read(with("<files><file name='/a' mode='0600' owner='www:adm'>b</file><file name='/b'/>"
                  "</files><cloud-init/><packages><package name='p'><file>/p</file></package>"
                  "</packages>"));
    ASSERT_EQ(got.files.size(), 2U);
    EXPECT_EQ(got.files[0].mode, 0600U);
    EXPECT_EQ(got.files[0].owner, "www:adm");
    EXPECT_EQ(got.files[1].mode, std::nullopt);
    EXPECT_EQ(got.files[1].owner, "");
    EXPECT_THAT(got.datasources, ElementsAre("NoCloud", "ConfigDrive", "OpenStack"));
    EXPECT_THAT(customizations(got), ElementsAre("files", "file", "cloud-init"));
    EXPECT_THAT(read(with("<cloud-init datasources=' Ec2  None '/>")).datasources,
                ElementsAre("Ec2", "None"));
}

struct WrongCase {
    const char* what;  ///< the element of the mistake
    std::string rest;  ///< of the template
    const char* said;
};
class WrongTemplate : public ReadTemplate, public testing::WithParamInterface<WrongCase> {};
TEST_P(WrongTemplate, IsNamedWithItsLineItsElementAndWhatWouldBeRight) {
    const Mistake got = mistake(with(GetParam().rest));
    EXPECT_EQ(got.line, 3);
    EXPECT_EQ(got.element, GetParam().what);
    EXPECT_THAT(got.message, HasSubstr(GetParam().said));
}
INSTANTIATE_TEST_SUITE_P(
    Each, WrongTemplate,
    testing::Values(
        WrongCase{"colour", "<colour/>", "may not stand in <template>"},
        WrongCase{"name", "<name>b</name>", "once in <template>"},
        WrongCase{"packages", "<packages>text</packages>", "text"},
        WrongCase{"packages", "<packages size='2'/>", "attribute size"},
        WrongCase{"package", "<packages><package/></packages>", "has no name"},
        WrongCase{"b", "<packages><package name='a'><b/></package></packages>", "in <package>"},
        WrongCase{"file", "<files><file>a</file></files>", "has no name"},
        WrongCase{"file", "<files><file name='a' type='gzip'/></files>", "raw, base64, url"},
        WrongCase{"file", "<files><file name='a' mode='rw'>a</file></files>", "such as 0644"},
        WrongCase{"cloud-init", "<cloud-init datasources='[a'/>", "such as NoCloud"},
        WrongCase{"cloud-init", "<cloud-init datasources=' '/>", "no data sources"},
        WrongCase{"file", "<files><file name='a' type='base64'>a-b=</file></files>", "padded"},
        WrongCase{"file", "<files><file name='a' type='base64'>YQ=</file></files>", "padded"},
        WrongCase{"file", "<files><file name='a' type='url'> </file></files>", "is empty"},
        WrongCase{"b", "<files><file name='a'>c<b/></file></files>", "in <file>"},
        WrongCase{"command", "<commands><command>a</command></commands>", "has no name"},
        WrongCase{"command", "<commands><command name='a'> </command></commands>", "is empty"},
        WrongCase{"command", "<precommands><command name='a' type='base64'/></precommands>",
                  "is empty"},
        WrongCase{"command", "<commands><command name='a' position=''>b</command></commands>",
                  "is no number"},
        WrongCase{"command", "<commands><command name='a' position='2'>b</command></commands>",
                  "those of <commands> must be 1 to 1"},
        WrongCase{"command",
                  "<commands><command name='a' position='1'>b</command>"
                  "<command name='a' position='1'>b</command></commands>",
                  "each once"},
        WrongCase{"command",
                  "<commands><command name='a' position='1'>b</command>"
                  "<command name='c'>d</command></commands>",
                  "all must have one"},
        WrongCase{"repository",
                  "<repositories><repository name='a'><signed>no</signed></repository>"
                  "</repositories>",
                  "has no <url>"},
        WrongCase{"signed",
                  "<repositories><repository name='a'><url>http://a/</url><signed>1</signed>"
                  "</repository></repositories>",
                  "yes, no, true or false"},
        WrongCase{"disk", "<disk/>", "has no <size>"},
        WrongCase{"disk", "<disk bus='floppy'><size>1</size></disk>", "virtio"},
        WrongCase{"disk", "<disk format='vmdk'><size>1</size></disk>", "raw, qcow2"},
        WrongCase{"disk", "<disk layout='raid'><size>1</size></disk>", "partitions, lvm"},
        WrongCase{"disk", "<disk filesystem='zfs'><size>1</size></disk>", "ext4, xfs, btrfs"},
        WrongCase{"disk", "<disk swap='much'><size>1</size></disk>", "16GiB"},
        WrongCase{"disk", "<disk swap='1G'><size>1</size></disk>", "leaves nothing of the disk"},
        WrongCase{"disk", "<disk><size>1</size></disk><disk swap='1M'><size>1</size></disk>",
                  "only the first disk"},
        WrongCase{"command", "<commands><command name='a' type='ansible'> </command></commands>",
                  "is empty"},
        WrongCase{"command", "<commands><command name='a' type='perl'>b</command></commands>",
                  "raw, base64, url, ansible"},
        WrongCase{"size", "<disk><size>10k</size></disk>", "16GiB"},
        WrongCase{"size", "<disk><size>0</size></disk>", "16GiB"}));

class WrongOs : public ReadTemplate, public testing::WithParamInterface<WrongCase> {};
TEST_P(WrongOs, IsNamedWithItsLineItsElementAndWhatWouldBeRight) {
    const Mistake got = mistake(with_os(GetParam().rest));
    EXPECT_EQ(got.line, 3);
    EXPECT_EQ(got.element, GetParam().what);
    EXPECT_THAT(got.message, HasSubstr(GetParam().said));
}
const std::string system_of = "<name>Hurd</name><version>13</version>";
const std::string digest_of_a = "<install type='iso'><iso>a</iso><sha256>abc</sha256></install>";
INSTANTIATE_TEST_SUITE_P(
    Each, WrongOs,
    testing::Values(
        WrongCase{"arch", system_of + "<arch>vax</arch>" + url_install, "x86_64"},
        WrongCase{"version", "<name>Hurd</name><version/><arch>i386</arch>", "is empty"},
        WrongCase{"install", system_of + "<arch>i386</arch><install><url>a</url></install>",
                  "url or iso"},
        WrongCase{"install", system_of + "<arch>i386</arch><install type='cd'/>", "url, iso"},
        WrongCase{"iso",
                  system_of + "<arch>i386</arch><install type='url'><url>a</url><iso>b</iso>"
                              "</install>",
                  "of the type url"},
        WrongCase{"sha1sum",
                  system_of + "<arch>i386</arch>" + iso_install +
                      "<sha1sum>a</sha1sum><md5sum>b</md5sum></install>",
                  "one checksum"},
        WrongCase{"sha256", system_of + "<arch>i386</arch>" + digest_of_a, "64 hexadecimal"},
        WrongCase{"extras", system_of + "<arch>i386</arch>" + iso_install + "<extras/></install>",
                  "<file> or a <directory>"},
        WrongCase{"file",
                  system_of + "<arch>i386</arch>" + iso_install +
                      "<extras><file source='a'/></extras></install>",
                  "has no destination"},
        WrongCase{"firmware",
                  system_of + "<arch>i386</arch>" + url_install + "<firmware>coreboot</firmware>",
                  "bios or efi"},
        WrongCase{"rootpw",
                  system_of + "<arch>i386</arch>" + url_install + "<rootpw type='hash'>a</rootpw>",
                  "crypt(5)"},
        WrongCase{"sshkey", system_of + "<arch>i386</arch>" + url_install + "<sshkey>AAAA</sshkey>",
                  "ssh-ed25519"},
        WrongCase{
            "user",
            system_of + "<arch>i386</arch>" + url_install + "<users><user name='root'/></users>",
            "not root's"},
        WrongCase{"user",
                  system_of + "<arch>i386</arch>" + url_install +
                      "<users><user name='a'/><user name='a'/></users>",
                  "there already"},
        WrongCase{"locale", system_of + "<arch>i386</arch>" + url_install + "<locale>de</locale>",
                  "de_DE.UTF-8"},
        WrongCase{
            "keyboard",
            system_of + "<arch>i386</arch>" + url_install + "<keyboard>de nodeadkeys</keyboard>",
            "XKB"},
        WrongCase{"timezone",
                  system_of + "<arch>i386</arch>" + url_install + "<timezone>../zone</timezone>",
                  "tz database"},
        WrongCase{"hostname",
                  system_of + "<arch>i386</arch>" + url_install + "<hostname>a.b.c</hostname>",
                  "without a domain"},
        WrongCase{"address",
                  system_of + "<arch>i386</arch>" + url_install +
                      "<network><address>192.0.2.7</address></network>",
                  "192.0.2.7/24"},
        WrongCase{"gateway",
                  system_of + "<arch>i386</arch>" + url_install +
                      "<network><address>192.0.2.7/24</address><gateway>192.0.3.1</gateway>"
                      "</network>",
                  "in the network of 192.0.2.7/24"},
        WrongCase{"nameserver",
                  system_of + "<arch>i386</arch>" + url_install +
                      "<network><address>192.0.2.7/24</address><gateway>192.0.2.1</gateway>"
                      "<nameserver>ns.example.org</nameserver></network>",
                  "IPv4"}));

TEST_F(ReadTemplate, WhatIsMissingIsNamedInItsPlace) {
    const Mistake got =
        mistake("<template>\n<name>vm</name>\n<os>\n<name>a</name></os></template>");
    EXPECT_EQ(got.line, 3);
    EXPECT_EQ(got.message, "<os> has no <version>");
    EXPECT_EQ(mistake("<template><os/></template>").message, "<template> has no <name>");
    EXPECT_EQ(mistake("<templ/>").message, "<templ> is no template");
    EXPECT_EQ(mistake("<packages/>").message, "<packages> is no template");
}

TEST_F(ReadTemplate, AnotherVersionIsRefused) {
    for (const char* version : {"1", "1.1", "2.0", ""})
        EXPECT_THAT(complaint("<template version='" + std::string{version} + "'/>"),
                    HasSubstr("<template> has the version"));
}

TEST_F(ReadTemplate, ANameThatCouldLeaveItsFolderIsRefused) {
    for (const char* name : {"../vm", ".vm", "a b", "a/b", ""})
        EXPECT_THAT(complaint("<template><name>" + std::string{name} + "</name><os>" + os() +
                              "</os></template>"),
                    HasSubstr("<name>"))
            << name;
}

TEST_F(ReadTemplate, ALongOrBrokenValueIsQuotedShortlyOnOneLine) {
    const std::string message =
        mistake(with("<disk><size>a\nb" + std::string(5000, 'c') + "</size></disk>")).message;
    EXPECT_THAT(message, HasSubstr("\"a bccc"));
    EXPECT_LT(message.size(), 300U);
}

TEST_F(ReadTemplate, ContentsAreBytes) {
    const Template got =
        read(with("<files><file name='/a'>\n two\nlines \n</file>"
                  "<file name='/b' type='base64'>\n AAH/\r\n /w==\n</file><file name='/c'/>"
                  "<file name='/d' type='url'> http://x/d </file>"
                  "<file name='/a' type='raw'>again</file></files>"));
    ASSERT_EQ(got.files.size(), 4U);
    EXPECT_EQ(got.files[0].name, "/a");
    EXPECT_EQ(got.files[0].content.bytes, "again");
    EXPECT_EQ(got.files[1].content.bytes, std::string("\0\1\xff\xff", 4));
    EXPECT_EQ(got.files[1].content.type, ContentType::base64);
    EXPECT_EQ(got.files[2].content.bytes, "");
    EXPECT_EQ(got.files[3].content.bytes, std::nullopt);
    EXPECT_EQ(got.files[3].content.url, "http://x/d");
    EXPECT_EQ(
        read(with("<files><file name='/a'>\n two\nlines \n</file></files>")).files[0].content.bytes,
        "two\nlines");
}

TEST_F(ReadTemplate, CommandsAreInTheOrderInWhichTheyAreToRun) {
    EXPECT_THAT(names(read(with("<commands><command name='a' position='03'>x</command>"
                                "<command name='b' position='1'>x</command>"
                                "<command name='c' position='2'>x</command></commands>"))
                          .commands),
                ElementsAre("b", "c", "a"));
    EXPECT_THAT(names(read(with("<precommands><command name='z'>x</command>"
                                "<command name='a'>x</command></precommands>"))
                          .precommands),
                ElementsAre("z", "a"));
}

TEST_F(ReadTemplate, ManyCommandsWithoutAPositionKeepTheirOrder) {
    std::string commands;
    std::vector<std::string> written;
    for (int i = 0; i < 100; ++i) {
        written.push_back(std::to_string(i));
        commands += "<command name='" + written.back() + "'>x</command>";
    }
    EXPECT_EQ(names(read(with("<commands>" + commands + "</commands>")).commands), written);
}

TEST_F(ReadTemplate, RepositoriesHaveTheirDefaultsAndTheLastOfANameIsMeant) {
    const Template got =
        read(with("<repositories><repository name='a'><url>http://a/</url></repository>"
                  "<repository name='b'><url>http://b/</url><signed>YES</signed>"
                  "<persisted>False</persisted><sslverify>true</sslverify></repository>"
                  "<repository name='a'><url>http://c/</url></repository></repositories>"));
    ASSERT_EQ(got.repositories.size(), 2U);
    EXPECT_EQ(got.repositories[0].url, "http://c/");
    EXPECT_FALSE(got.repositories[0].is_signed);
    EXPECT_TRUE(got.repositories[0].persisted);
    EXPECT_FALSE(got.repositories[0].verify_tls);
    EXPECT_TRUE(got.repositories[1].is_signed);
    EXPECT_FALSE(got.repositories[1].persisted);
    EXPECT_TRUE(got.repositories[1].verify_tls);
}

TEST_F(ReadTemplate, ARepositoryThatTheGuestCannotReachIsRefused) {
    const auto repository = [](const std::string& url) {
        return with("<repositories><repository name='a'><url>" + url +
                    "</url></repository></repositories>");
    };
    for (const char* url : {"http://localhost/", "http://LocalHost:8080/a", "https://127.0.0.1",
                            "http://u:p@127.1.2.3/", "http://[::1]:80/", "ftp://localhost",
                            "deb http://localhost.localdomain/x stable main"})
        EXPECT_THAT(complaint(repository(url)), HasSubstr("<url> is")) << url;
    for (const char* url : {"http://localhost.example.org/", "http://a/localhost", "http://[::2]/",
                            "deb http://a/ stable main", "ppa:a/b", "http://a?b=c@127.0.0.1"})
        EXPECT_EQ(read(repository(url)).repositories[0].url, url);
}

TEST_F(ReadTemplate, KnowsMoreThanOz) {
    const std::string hash(128, 'A');
    const Template got = read(
        "<template><name>vm</name><os><name>Hurd</name><version>13</version>"
        "<arch> riscv64 </arch><install type='iso'><iso>a.iso</iso><sha512>" +
        hash +
        "</sha512><gpgkey signature='a.iso.sig'>key.asc</gpgkey>"
        "<extras><directory source='http://a/' destination='/b'/>"
        "<file source='c' destination='/d'/></extras></install>"
        "<rootpw type='hash'>$6$salt$hash</rootpw><sshkey>ssh-ed25519 AAAA me</sshkey>"
        "<users><user name='ann' admin='yes'><password>pw</password>"
        "<sshkey>ssh-rsa BBBB</sshkey><sshkey>ssh-rsa CCCC</sshkey></user><user name='bob'/>"
        "</users><firmware>efi</firmware></os>"
        "<disk bus='nvme' format='qcow2' layout='lvm' filesystem='xfs' swap=' 512MiB '>"
        "<size>2T</size></disk><disk><size/></disk>"
        "<commands><command name='web' type='ansible'> web.yml </command></commands></template>");
    EXPECT_EQ(got.arch, "riscv64");
    EXPECT_EQ(got.checksum->digest, std::string(128, 'a'));
    EXPECT_EQ(got.checksum->location, "");
    EXPECT_EQ(got.signature->key, "key.asc");
    EXPECT_EQ(got.signature->location, "a.iso.sig");
    EXPECT_THAT(got.extras, ElementsAre(AllOf(Field(&Extra::kind, Extra::Kind::directory),
                                              Field(&Extra::source, "http://a/"),
                                              Field(&Extra::destination, "/b")),
                                        Field(&Extra::kind, Extra::Kind::file)));
    EXPECT_EQ(got.root_password->kind, Password::Kind::hash);
    EXPECT_EQ(got.root_password->text, "$6$salt$hash");
    EXPECT_THAT(got.ssh_keys, ElementsAre("ssh-ed25519 AAAA me"));
    ASSERT_EQ(got.users.size(), 2U);
    EXPECT_TRUE(got.users[0].admin);
    EXPECT_EQ(got.users[0].password->text, "pw");
    EXPECT_THAT(got.users[0].ssh_keys, ElementsAre("ssh-rsa BBBB", "ssh-rsa CCCC"));
    EXPECT_FALSE(got.users[1].admin);
    EXPECT_EQ(got.firmware, Firmware::efi);
    ASSERT_EQ(got.disks.size(), 2U);
    EXPECT_EQ(got.disks[0].size, Bytes{2} << 40U);
    EXPECT_EQ(got.disks[0].bus, "nvme");
    EXPECT_EQ(got.disks[0].format, "qcow2");
    EXPECT_EQ(got.disks[0].layout, Layout::lvm);
    EXPECT_EQ(got.disks[0].filesystem, "xfs");
    EXPECT_EQ(got.disks[0].swap, Bytes{512} << 20U);
    EXPECT_EQ(got.disks[1].size, Bytes{10} << 30U);
    EXPECT_EQ(got.disks[1].layout, Layout::partitions);
    EXPECT_EQ(got.commands.at(0).playbook, "web.yml");
}

struct SizeCase {
    const char* text;
    std::optional<Bytes> bytes;
};
class DiskSize : public testing::TestWithParam<SizeCase> {};
TEST_P(DiskSize, MeansSoManyBytes) {
    EXPECT_EQ(to_bytes(GetParam().text), GetParam().bytes);
}
INSTANTIATE_TEST_SUITE_P(
    Units, DiskSize,
    testing::Values(SizeCase{"10", Bytes{10} << 30U}, SizeCase{"10G", Bytes{10} << 30U},
                    SizeCase{"2 T", Bytes{2} << 40U}, SizeCase{"512B", Bytes{512}},
                    SizeCase{"5kb", Bytes{5000}}, SizeCase{"5KiB", Bytes{5120}},
                    SizeCase{"3MB", Bytes{3000000}}, SizeCase{"16GiB", Bytes{16} << 30U},
                    SizeCase{"7 EiB", Bytes{7} << 60U}, SizeCase{"3YiB", Bytes{3} << 80U},
                    SizeCase{"20ZB", Bytes{20'000'000'000'000} * 1'000'000'000},
                    SizeCase{"10k", std::nullopt}, SizeCase{"GB", std::nullopt},
                    SizeCase{"", std::nullopt}, SizeCase{"-1", std::nullopt},
                    SizeCase{"1.5G", std::nullopt}, SizeCase{"10Gi", std::nullopt},
                    SizeCase{"10ib", std::nullopt}, SizeCase{"1000000000000000YB", std::nullopt},
                    SizeCase{"999999999999999999999999999999999999999B", std::nullopt}));

TEST_F(ReadTemplate, TakesWhatTheInstallerIsToldOfThePlace) {
    const Template got = read(
        "<template><name>vm</name><os><name>Hurd</name><version>13</version><arch>i386</arch>"
        "<install type='url'><url>http://a/</url></install><locale>pt_BR.UTF-8</locale>"
        "<keyboard> br </keyboard><timezone>America/Argentina/Buenos_Aires</timezone>"
        "<hostname>web-1</hostname><network><nameserver>192.0.2.53</nameserver>"
        "<address>192.0.2.7/30</address><gateway>192.0.2.6</gateway>"
        "<nameserver>198.51.100.1</nameserver></network></os></template>");
    EXPECT_EQ(got.locale, "pt_BR.UTF-8");
    EXPECT_EQ(got.keyboard, "br");
    EXPECT_EQ(got.timezone, "America/Argentina/Buenos_Aires");
    EXPECT_EQ(got.hostname, "web-1");
    ASSERT_TRUE(got.network);
    EXPECT_EQ(got.network->address, "192.0.2.7");
    EXPECT_EQ(got.network->prefix, 30U);
    EXPECT_EQ(got.network->gateway, "192.0.2.6");
    EXPECT_THAT(got.network->nameservers, ElementsAre("192.0.2.53", "198.51.100.1"));
}

}  // namespace
}  // namespace glinda::tdl
