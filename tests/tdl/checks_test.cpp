#include "glinda/tdl/check.hpp"
#include "reader.hpp"

namespace glinda::tdl {
namespace {

using testing::HasSubstr;

class Checks : public ReaderTest {
protected:
    std::vector<Check> checks(const std::string& tests) {
        return read(with("<tests>" + tests + "</tests>")).checks;
    }
    std::string wrong(const std::string& tests) {
        return complaint(with("<tests>" + tests + "</tests>"));
    }
};

TEST_F(Checks, AreReadInTheirOrderWithTheirDefaults) {
    const auto all = checks(
        "<port number='22'/><port number='23' open='no'/><service name='ssh'/>"
        "<package name='telnetd' present='no'/>"
        "<command name='c'>echo ${HOME}</command><file name='/etc/motd'/>");
    ASSERT_EQ(all.size(), 6U);
    EXPECT_EQ(std::get<PortCheck>(all[0]).number, 22);
    EXPECT_TRUE(std::get<PortCheck>(all[0]).open);
    EXPECT_FALSE(std::get<PortCheck>(all[1]).open);
    EXPECT_TRUE(std::get<ServiceCheck>(all[2]).active);
    EXPECT_FALSE(std::get<PackageCheck>(all[3]).present);
    const auto& command = std::get<CommandCheck>(all[4]);
    EXPECT_EQ(command.script, "echo ${HOME}");
    EXPECT_EQ(command.status, 0);
    EXPECT_FALSE(command.output);
    const auto& file = std::get<FileCheck>(all[5]);
    EXPECT_TRUE(file.present);
    EXPECT_FALSE(file.mode || file.owner || file.content);
}

TEST_F(Checks, ExpectATextAsAWholeByAPartOrByAPattern) {
    using Match = Expectation::Match;
    const auto all = checks(
        "<command name='c' status='3' output='a b'>x</command>"
        "<command name='c' contains=' b '>x</command>"
        "<file name='/f' mode='04755' owner='root:adm' matches='^b$'/>"
        "<file name='/f'>\none\ntwo\n</file>");
    const auto& whole = std::get<CommandCheck>(all[0]);
    EXPECT_EQ(whole.status, 3);
    EXPECT_EQ(whole.output->match, Match::exact);
    EXPECT_EQ(whole.output->text, "a b");
    EXPECT_EQ(std::get<CommandCheck>(all[1]).output->match, Match::contains);
    EXPECT_EQ(std::get<CommandCheck>(all[1]).output->text, "b");
    const auto& file = std::get<FileCheck>(all[2]);
    EXPECT_EQ(file.mode, 04755U);
    EXPECT_EQ(file.owner, "root:adm");
    EXPECT_EQ(file.content->match, Match::pattern);
    EXPECT_EQ(std::get<FileCheck>(all[3]).content->text, "one\ntwo");
}

TEST_F(Checks, SayWhereTheyAreWrong) {
    EXPECT_THAT(wrong(""), HasSubstr("vm.tdl:3: <tests> is empty"));
    EXPECT_THAT(wrong("<command name='c'/>"), HasSubstr("<command> is empty"));
    EXPECT_THAT(wrong("<command>x</command>"), HasSubstr("<command> has no name"));
    EXPECT_THAT(wrong("<command name='c' status='256'>x</command>"),
                HasSubstr("has the status \"256\", which is no number from 0 to 255"));
    EXPECT_THAT(wrong("<command name='c' output='a' contains='b'>x</command>"),
                HasSubstr("expects its text in more than one way"));
    EXPECT_THAT(wrong("<command name='c' matches='(('>x</command>"),
                HasSubstr("has the pattern \"((\", which is none: "));
    EXPECT_THAT(wrong("<port number='0'/>"), HasSubstr("none from 1 to 65535"));
    EXPECT_THAT(wrong("<port number='22' open='maybe'/>"),
                HasSubstr("must be yes, no, true or false"));
    EXPECT_THAT(wrong("<file name='motd'/>"), HasSubstr("which is no absolute path"));
    EXPECT_THAT(wrong("<file name='/f' mode='10000'/>"), HasSubstr("none such as 0644"));
    EXPECT_THAT(wrong("<file name='/f' mode='9'/>"), HasSubstr("none such as 0644"));
    EXPECT_THAT(wrong("<file name='/f' present='no' mode='0644'/>"),
                HasSubstr("says more of a file that must not be there"));
    EXPECT_THAT(wrong("<files/>"), HasSubstr("vm.tdl:3: "));
}

TEST_F(Checks, StandInAFileOfTheirOwn) {
    write_file(file_, "<tests><service name='cron'/></tests>");
    const auto all = read_checks(file_, SOURCE_FOLDER "/config/tdl.rng");
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(std::get<ServiceCheck>(all[0]).name, "cron");
    write_file(file_, "<packages/>");
    EXPECT_THROW(static_cast<void>(read_checks(file_, SOURCE_FOLDER "/config/tdl.rng")),
                 InvalidTemplate);
}

}  // namespace
}  // namespace glinda::tdl
