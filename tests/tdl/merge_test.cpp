#include "glinda/tdl/merge.hpp"

#include "glinda/tdl/contents.hpp"
#include "reader.hpp"

namespace glinda::tdl {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

using Merge = ReaderTest;

template <typename Item>
std::vector<std::string> names(const std::vector<Item>& items) {
    std::vector<std::string> all;
    for (const Item& item : items)
        all.push_back(item.name);
    return all;
}

TEST_F(Merge, APackageTakesThePlaceOfAllOfItsNameAndComesLast) {
    Template into =
        read(with("<packages><package name='a'/><package name='b'/>"
                  "<package name='a'/><package name='c'/></packages>"));
    merge_packages(into,
                   "<packages><package name='d'/><package name='a'><file>1</file></package>"
                   "<package name='e'/><package name='a'><file>2</file></package></packages>",
                   schema());
    EXPECT_THAT(names(into.packages), ElementsAre("b", "c", "d", "e", "a"));
    EXPECT_EQ(into.packages.back().file, "2");
}

TEST_F(Merge, ARepositoryTakesThePlaceOfTheOneOfItsName) {
    Template into =
        read(with("<repositories><repository name='a'><url>http://1/</url></repository>"
                  "<repository name='b'><url>http://2/</url></repository>"
                  "</repositories>"));
    merge_repositories(into,
                       "<repositories><repository name='c'><url>http://3/</url></repository>"
                       "<repository name='a'><url>http://4/</url><signed>yes</signed></repository>"
                       "</repositories>",
                       schema());
    EXPECT_THAT(names(into.repositories), ElementsAre("a", "b", "c"));
    EXPECT_EQ(into.repositories[0].url, "http://4/");
    EXPECT_TRUE(into.repositories[0].is_signed);
}

TEST_F(Merge, AWrongFragmentChangesNothing) {
    Template into = read(with("<packages><package name='a'/></packages>"));
    EXPECT_THAT(
        [&] {
            merge_packages(into, "<packages><package name='b'/><package/></packages>", schema());
        },
        ThrowsMessage<InvalidTemplate>("packages:1: <package> has no name"));
    EXPECT_THAT([&] { merge_packages(into, "<repositories/>", schema()); },
                ThrowsMessage<InvalidTemplate>(HasSubstr("is no <packages>")));
    EXPECT_THAT(
        [&] {
            merge_repositories(into,
                               "<repositories><repository name='a'><url>http://localhost/</url>"
                               "</repository></repositories>",
                               schema(), "more.xml");
        },
        ThrowsMessage<InvalidTemplate>(HasSubstr("more.xml:1: <url>")));
    EXPECT_THAT(names(into.packages), ElementsAre("a"));
    EXPECT_TRUE(into.repositories.empty());
}

TEST_F(Merge, ContentsThatStandElsewhereAreBroughtByTheCaller) {
    write_file(folder_.path() / "binary", std::string("\0\xff\n", 3));
    Template wanted =
        read(with("<files><file name='/a' type='url'>file://./binary</file>"
                  "<file name='/b' type='url'>FILE://localhost" +
                  (folder_.path() / "binary").string() +
                  "</file><file name='/c'>c</file></files><commands>"
                  "<command name='x' type='url'>https://example.org/x</command></commands>"));
    std::vector<std::string> asked;
    resolve_contents(wanted, [&](const std::string& url) {
        asked.push_back(url);
        return "echo x";
    });
    EXPECT_EQ(wanted.files[0].content.bytes, std::string("\0\xff\n", 3));
    EXPECT_EQ(wanted.files[1].content.bytes, std::string("\0\xff\n", 3));
    EXPECT_EQ(wanted.files[2].content.bytes, "c");
    EXPECT_EQ(wanted.commands[0].content.bytes, "echo x");
    EXPECT_THAT(asked, ElementsAre("https://example.org/x"));
    EXPECT_THAT([&] { resolve_contents(wanted, [](const std::string&) { return " \n"; }); },
                ThrowsMessage<Error>(HasSubstr("the command x is empty")));
}

TEST_F(Merge, AMissingContentIsTheUsersFault) {
    Template wanted =
        read(with("<files><file name='/a' type='url'>file:///no/such</file></files>"));
    EXPECT_THAT([&] { resolve_contents(wanted, {}); }, ThrowsMessage<Error>(HasSubstr("/no/such")));
}

}  // namespace
}  // namespace glinda::tdl
