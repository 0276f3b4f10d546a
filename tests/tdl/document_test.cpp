// Templates as XML: encodings, entities, includes, variables, and texts that mean harm.
#include <sys/resource.h>

#include <chrono>

#include "reader.hpp"

namespace glinda::tdl {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
namespace fs = std::filesystem;

/// Reads templates, and says what that took.
class DocumentTest : public ReaderTest {
protected:
    void beside(const std::string& name, const std::string& text) {
        fs::create_directories((folder_.path() / name).parent_path());
        write_file(folder_.path() / name, text);
    }
    std::string description(const std::string& text, const Variables& variables = {}) {
        return read(with("<description>" + text + "</description>"), variables).description;
    }
    static std::string including(const std::string& attributes, const std::string& content = "") {
        return "<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' " + attributes + ">" +
               content + "</xi:include>";
    }
    static long peak_kib() {
        rusage usage{};
        getrusage(RUSAGE_SELF, &usage);
        return usage.ru_maxrss;
    }
};

/// ASCII text as UTF-16, with a mark at its start.
std::string utf16(const std::string& text) {
    std::string wide = "\xff\xfe";
    for (const char c : text) {
        wide += c;
        wide += '\0';
    }
    return wide;
}

TEST_F(DocumentTest, ReadsAnyEncodingThatItDeclares) {
    const std::string plain = with("<description>caf\xc3\xa9</description>");
    for (const std::string& text :
         {plain, "<?xml version='1.0' encoding='UTF-8'?>" + plain, "\xef\xbb\xbf" + plain,
          "<?xml version='1.0' encoding='ISO-8859-1'?>" +
              with("<description>caf\xe9</description>")})
        EXPECT_EQ(read(text).description, "caf\xc3\xa9");
    EXPECT_EQ(read(utf16("<?xml version='1.0' encoding='UTF-16'?>" +
                         with("<description>wide</description>")))
                  .description,
              "wide");
}

TEST_F(DocumentTest, RefusesBytesThatAreNoTextInItsEncoding) {
    EXPECT_THAT(complaint(with("\n<description>caf\xe9</description>")), HasSubstr("vm.tdl:4: "));
    EXPECT_THAT(complaint("<?xml version='1.0' encoding='x-klingon'?>" + with("")),
                HasSubstr("vm.tdl:1: "));
    EXPECT_THAT(complaint("\xff\xfe<"), HasSubstr("vm.tdl:1: "));
}

TEST_F(DocumentTest, ANulByteIsRefusedWithItsLine) {
    const std::string nul(1, '\0');
    EXPECT_THAT(complaint(with("\n" + nul)), AllOf(HasSubstr("vm.tdl:4: "), HasSubstr("byte 0")));
    EXPECT_THAT(complaint(with("") + "\n" + nul + "<junk"), HasSubstr("vm.tdl:4: "));
}

TEST_F(DocumentTest, BrokenXmlIsNamedWithItsLine) {
    EXPECT_THAT(complaint("<template>\n<name>vm</nam>\n</template>"),
                AllOf(HasSubstr("vm.tdl:2: "), HasSubstr("mismatch")));
    EXPECT_THAT(complaint(""), HasSubstr("vm.tdl:1: "));
    EXPECT_THAT(complaint(with("") + "\nmore"), HasSubstr("vm.tdl:4: "));
}

TEST_F(DocumentTest, TheWholeTextCountsWithCdataAndAroundComments) {
    EXPECT_EQ(description("a <!-- x -->b<![CDATA[ <c> ]]><?pi y?>d"), "a b <c> d");
}

TEST_F(DocumentTest, ALineBeyondSixteenBitsIsNamedRightly) {
    const std::string lines(70'000, '\n');
    EXPECT_EQ(mistake(with(lines + "<colour/>")).line, 70'003);
    EXPECT_EQ(mistake(with(lines + "<disk><size>a</size></disk>")).line, 70'003);
}

TEST_F(DocumentTest, InternalEntitiesAreFilledIn) {
    const Template got = read(
        "<!DOCTYPE template [<!ENTITY who 'the &lt; world'><!ENTITY p '<package name=\"a\"/>'>]>" +
        with("<description>hello &who;</description><packages>&p;&p;</packages>"));
    EXPECT_EQ(got.description, "hello the < world");
    EXPECT_EQ(got.packages.size(), 2U);
    EXPECT_EQ(
        mistake("<!DOCTYPE template [\n<!ENTITY d '<disk>\n<size>a</size></disk>'>]>" + with("&d;"))
            .line,
        5);
}

TEST_F(DocumentTest, AnExternalEntityIsRefusedAndNotRead) {
    beside("secret", "s3cret");
    const std::string secret = "SYSTEM 'file://" + (folder_.path() / "secret").string() + "'";
    for (const std::string& declared :
         {"<!ENTITY e " + secret + ">", "<!ENTITY % e " + secret + ">%e;"})
        EXPECT_THAT(complaint("<!DOCTYPE template [\n" + declared + "]>" +
                              with("<description>&e;</description>")),
                    AllOf(HasSubstr("vm.tdl:2: "), HasSubstr("entity"), Not(HasSubstr("s3cret"))));
}

TEST_F(DocumentTest, AnExternalDtdIsNotReadAndItsEntitiesAreMissed) {
    beside("a.dtd", "<!ENTITY e 's3cret'>");
    const std::string type = "<!DOCTYPE template SYSTEM 'a.dtd'>";
    EXPECT_EQ(read(type + with("")).name, "vm");
    EXPECT_THAT(complaint(type + with("<description>&e;</description>")),
                AllOf(HasSubstr("vm.tdl:3: "), HasSubstr("entity")));
    EXPECT_THAT(complaint(type + with("<packages><package name='&e;'/></packages>")),
                AllOf(HasSubstr("vm.tdl:3: "), HasSubstr("entity")));
}

TEST_F(DocumentTest, AnEntityBombIsRefusedInLittleTimeAndMemory) {
    const auto start = std::chrono::steady_clock::now();
    const long before = peak_kib();
    std::string laughs = "<!ENTITY e0 'ha'>";
    for (int i = 1; i < 30; ++i) {
        const std::string last = "&e" + std::to_string(i - 1) + ";";
        laughs += "<!ENTITY e" + std::to_string(i) + " '" + last + last + last + last + "'>";
    }
    EXPECT_THAT(complaint("<!DOCTYPE template [" + laughs + "]>" +
                          with("<description>&e29;</description>")),
                HasSubstr("vm.tdl:"));
    std::string quadratic;
    for (int i = 0; i < 100'000; ++i)
        quadratic += "&e;";
    EXPECT_THAT(complaint("<!DOCTYPE template [<!ENTITY e '" + std::string(500'000, 'a') + "'>]>" +
                          with("<description>" + quadratic + "</description>")),
                HasSubstr("vm.tdl:"));
    EXPECT_THAT(complaint("<!DOCTYPE template [<!ENTITY e 'a'>]>" +
                          with("<!--" + std::string(2U << 20U, ' ') + "-->")),
                HasSubstr("at most 1 MiB"));
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds{10});
    EXPECT_LT(peak_kib() - before, 400 * 1024);
}

TEST_F(DocumentTest, AHugeFileIsRefusedBeforeItIsRead) {
    write_file(file_, with(""));
    fs::resize_file(file_, 100'000'000);
    try {
        std::ignore = read_template(file_, schema());
        ADD_FAILURE() << "it was accepted";
    } catch (const Error& error) {
        EXPECT_EQ(error.fault(), Fault::usage);
        EXPECT_THAT(error.what(), HasSubstr("is larger than"));
    }
}

TEST_F(DocumentTest, AContentMayHaveTenMegabytes) {
    const auto file = [](std::size_t size) {
        return with("<files><file name='/a'>" + std::string(size, 'x') + "</file></files>");
    };
    EXPECT_EQ(read(file(9'900'000)).files[0].content.bytes->size(), 9'900'000U);
    EXPECT_THAT(complaint(file(11'000'000)), HasSubstr("vm.tdl:3: a text may have at most 10 MB"));
}

TEST_F(DocumentTest, AttributesThatMultiplyAreRefused) {
    std::string attributes;
    std::string namespaces;
    for (int i = 0; i < 1'000'000; ++i)
        attributes += " a" + std::to_string(i) + "=''";
    for (int i = 0; i < 10'000; ++i)
        namespaces += " xmlns:n" + std::to_string(i) + "='u'";
    const auto start = std::chrono::steady_clock::now();
    EXPECT_THAT(complaint(with("<packages" + attributes + "/>")), HasSubstr("too many attributes"));
    EXPECT_THAT(complaint(with("<packages" + namespaces + "/>")), HasSubstr("too many attributes"));
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds{10});
    EXPECT_THAT(complaint("<!DOCTYPE template [<!ATTLIST package name CDATA 'a'>]>" + with("")),
                HasSubstr("vm.tdl:1: a template may declare entities, but no attributes"));
}

TEST_F(DocumentTest, DeepNestingIsRefused) {
    std::string deep;
    for (int i = 0; i < 100'000; ++i)
        deep += "<a>";
    EXPECT_THAT(complaint(with(deep)),
                AllOf(HasSubstr("vm.tdl:3: "), HasSubstr("depth"), Not(HasSubstr("XML_PARSE"))));
}

TEST_F(DocumentTest, ReadsTenThousandPackagesAndAsManyRepositories) {
    std::string packages;
    std::string repositories;
    for (int i = 0; i < 10'000; ++i) {
        packages += "<package name='p" + std::to_string(i) + "'/>";
        repositories +=
            "<repository name='r" + std::to_string(i) + "'><url>http://a/</url>" + "</repository>";
    }
    const auto start = std::chrono::steady_clock::now();
    const Template got = read(with("<packages>" + packages + "</packages><repositories>" +
                                   repositories + "</repositories>"));
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds{10});
    EXPECT_EQ(got.packages.size(), 10'000U);
    EXPECT_EQ(got.repositories.back().name, "r9999");
}

TEST_F(DocumentTest, IncludesXmlRelativeToTheFileThatIncludesIt) {
    beside("common/all.xml",
           "<packages><package name='b'/>" + including("href='more.xml'") + "</packages>");
    beside("common/more.xml", "<package name='c'/>");
    const Template got = read(with(including("href='common/all.xml'")));
    ASSERT_EQ(got.packages.size(), 2U);
    EXPECT_EQ(got.packages[1].name, "c");
    EXPECT_THAT(got.included,
                ElementsAre(folder_.path() / "common/all.xml", folder_.path() / "common/more.xml"));
}

TEST_F(DocumentTest, IncludesTheChildrenOfARoot) {
    beside("all.xml", "<packages>\n<package name='a'/> <package name='b'/><other/></packages>");
    const auto packages = [&](const std::string& pointer) {
        return with("<packages>" + including("href='all.xml' xpointer='" + pointer + "'") +
                    "</packages>");
    };
    EXPECT_EQ(read(packages("xpointer(/packages/package)")).packages.size(), 2U);
    EXPECT_EQ(read(packages("xpointer(/*/package)")).packages.size(), 2U);
    EXPECT_EQ(read(packages("xpointer(/files/package)")).packages.size(), 0U);
    EXPECT_THAT(complaint(packages("xpointer(/*/*)")), HasSubstr("all.xml:2: <other>"));
    EXPECT_THAT(complaint(packages("xpointer(//package)")), HasSubstr("<include> has xpointer"));
}

TEST_F(DocumentTest, AMistakeInAnIncludedFileIsNamedThere) {
    beside("size.xml", "<disk>\n\n<size>10k</size></disk>");
    const Mistake got = mistake(with(including("href='size.xml'")));
    EXPECT_EQ(got.file, folder_.path() / "size.xml");
    EXPECT_EQ(got.line, 3);
    beside("size.xml", "<disk>\n<size>1</siz></disk>");
    EXPECT_THAT(complaint(with(including("href='size.xml'"))), HasSubstr("size.xml:2: "));
    beside("size.xml", "<disk>\n<size>1</size><colour/></disk>");
    EXPECT_THAT(complaint(with(including("href='size.xml'"))), HasSubstr("size.xml:2: <colour>"));
}

TEST_F(DocumentTest, IncludesTextFromItsOwnFolderAlone) {
    beside("setup.sh",
           "\xef\xbb\xbf"
           "if [ 1 -lt 2 ] && true; then echo ${HOME}; fi\n");
    const auto command = [&](const fs::path& path) {
        return with("<commands><command name='a'>set -e\n" +
                    including("parse='text' href='" + path.string() + "'") +
                    "</command></commands>");
    };
    EXPECT_EQ(read(command("setup.sh")).commands[0].content.bytes,
              "set -e\nif [ 1 -lt 2 ] && true; then echo ${HOME}; fi");
    const TemporaryFolder elsewhere{fs::temp_directory_path() / "glinda-test-"};
    write_file(elsewhere.path() / "shadow", "s3cret");
    fs::create_symlink(elsewhere.path() / "shadow", folder_.path() / "link");
    const fs::path up = fs::path{".."} / elsewhere.path().filename() / "shadow";
    for (const fs::path& path : {elsewhere.path() / "shadow", fs::path{"link"}, up})
        EXPECT_THAT(complaint(command(path)),
                    AllOf(HasSubstr("vm.tdl:4: <include>"), HasSubstr("from the folder of the"),
                          Not(HasSubstr("s3cret"))))
            << path;
    beside("binary", std::string("a\0b", 3));
    EXPECT_THAT(complaint(command("binary")), HasSubstr("no text in UTF-8"));
}

TEST_F(DocumentTest, AnIncludeThatCannotBeIsRefused) {
    beside("itself.xml", "<packages>" + including("href='itself.xml'") + "</packages>");
    for (const char* attributes :
         {"href='none.xml'", "", "href='http://example.org/a.xml'", "href='itself.xml'", "href='.'",
          "href='/dev/zero'", "href='a' parse='html'"})
        EXPECT_THAT(complaint(with(including(attributes))), HasSubstr("<include>")) << attributes;
    EXPECT_THAT(complaint(including("href='itself.xml'")), HasSubstr("<include>"));
}

TEST_F(DocumentTest, IncludesThatMultiplyAreStopped) {
    for (int i = 0; i < 7; ++i) {
        std::string ten;
        for (int j = 0; j < 10; ++j)
            ten += including("href='" + std::to_string(i + 1) + ".xml'");
        beside(std::to_string(i) + ".xml", "<packages>" + ten + "</packages>");
    }
    beside("7.xml", "<packages/>");
    EXPECT_THAT(complaint(with(including("href='0.xml'"))), HasSubstr("one too many"));
}

TEST_F(DocumentTest, AMissingFileIsReplacedByItsFallback) {
    beside("there.xml", "<packages><package name='there'/></packages>");
    const std::string fallback =
        "<xi:fallback><packages><package name='fallback'/></packages></xi:fallback>";
    EXPECT_EQ(read(with(including("href='none.xml'", fallback))).packages[0].name, "fallback");
    EXPECT_EQ(read(with(including("href='there.xml'", fallback))).packages[0].name, "there");
    EXPECT_EQ(
        description("a " + including("href='none' parse='text'", "<xi:fallback>b</xi:fallback>") +
                    " c"),
        "a b c");
}

TEST_F(DocumentTest, VariablesAreFilledInAsText) {
    EXPECT_EQ(description("${a}-${b.c} $a $${a} $5", {{"a", "<x/>&amp;"}, {"b.c", "${a}"}}),
              "<x/>&amp;-${a} $a ${a} $5");
    EXPECT_EQ(
        read(with("<packages><package name='vim-${flavour}'/></packages>"), {{"flavour", "nox"}})
            .packages[0]
            .name,
        "vim-nox");
    beside("13.xml", "<disk><size>${size}</size></disk>");
    EXPECT_EQ(read(with(including("href='${release}.xml'")), {{"release", "13"}, {"size", "2"}})
                  .disks[0]
                  .size,
              Bytes{2} << 30U);
}

TEST_F(DocumentTest, AnUnknownOrUnusedVariableIsRefused) {
    EXPECT_THAT(complaint(with("<description>${relase}</description>"), {{"release", "13"}}),
                AllOf(HasSubstr("vm.tdl:3: <description>"), HasSubstr("--var relase=")));
    EXPECT_THAT(complaint(with("<description>${a b}${</description>")),
                HasSubstr("has \"${a b}\", which is no variable"));
    EXPECT_THAT(complaint(with("<description>${</description>")), HasSubstr("has \"${\""));
    EXPECT_THAT(complaint(with(""), {{"release", "13"}}),
                HasSubstr("vm.tdl: it has no variable ${release}"));
    write_file(file_, with("<description>${a}</description>"));
    for (const char* value : {"a\nb", "caf\xe9"})
        EXPECT_THROW(std::ignore = read_template(file_, schema(), {{"a", value}}), Error);
}

TEST_F(DocumentTest, ScriptsKeepTheirOwnVariables) {
    const std::string script = "echo ${HOME} ${x:-${arch}} ${#y} ${";
    const auto commands = [](const std::string& text) {
        return with("<commands><command name='a'>" + text + "</command></commands>");
    };
    EXPECT_EQ(read(commands(script)).commands[0].content.bytes, script);
    EXPECT_EQ(read(commands(script), {{"arch", "i386"}}).commands[0].content.bytes,
              "echo ${HOME} ${x:-i386} ${#y} ${");
    EXPECT_EQ(read(with("<files><file name='/a'>${b}</file></files>")).files[0].content.bytes,
              "${b}");
    EXPECT_THAT(complaint(with("<files><file name='/a' type='url'>http://${b}</file></files>")),
                HasSubstr("--var b="));
}

}  // namespace
}  // namespace glinda::tdl
