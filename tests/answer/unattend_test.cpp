#include "dialect_lint.hpp"

namespace glinda::answer {
namespace {

const LintTarget target{.dialect = "unattend",
                        .rules = SOURCE_FOLDER "/auto/windows-setup/lint.xml",
                        .system = "Windows",
                        .version = "11"};

const std::string component =
    R"(processorArchitecture="amd64" publicKeyToken="31bf3856ad364e35" language="neutral" versionScope="nonSxS")";

const std::string right_file = R"(<?xml version="1.0" encoding="utf-8"?>
<unattend xmlns="urn:schemas-microsoft-com:unattend" xmlns:wcm="http://schemas.microsoft.com/WMIConfig/2002/State">
  <settings pass="windowsPE">
    <component name="Microsoft-Windows-International-Core-WinPE" )" +
                               component + R"(>
      <SetupUILanguage><UILanguage>en-US</UILanguage></SetupUILanguage>
      <InputLocale>en-US</InputLocale>
      <UILanguage>en-US</UILanguage>
    </component>
    <component name="Microsoft-Windows-Setup" )" +
                               component + R"(>
      <DiskConfiguration>
        <Disk wcm:action="add">
          <DiskID>0</DiskID>
          <WillWipeDisk>true</WillWipeDisk>
          <CreatePartitions>
            <CreatePartition wcm:action="add"><Order>1</Order><Type>Primary</Type></CreatePartition>
          </CreatePartitions>
        </Disk>
      </DiskConfiguration>
      <ImageInstall><OSImage>
        <InstallFrom><MetaData wcm:action="add"><Key>/IMAGE/INDEX</Key><Value>1</Value></MetaData></InstallFrom>
        <InstallTo><DiskID>0</DiskID><PartitionID>1</PartitionID></InstallTo>
      </OSImage></ImageInstall>
      <UserData>
        <AcceptEula>true</AcceptEula>
        <ProductKey><Key></Key><WillShowUI>Never</WillShowUI></ProductKey>
      </UserData>
    </component>
  </settings>
  <settings pass="specialize">
    <component name="Microsoft-Windows-Shell-Setup" )" +
                               component + R"(>
      <ComputerName>guest</ComputerName>
    </component>
  </settings>
  <settings pass="oobeSystem">
    <component name="Microsoft-Windows-Shell-Setup" )" +
                               component + R"(>
      <OOBE>
        <HideEULAPage>true</HideEULAPage>
        <HideOnlineAccountScreens>true</HideOnlineAccountScreens>
        <ProtectYourPC>3</ProtectYourPC>
      </OOBE>
      <UserAccounts><LocalAccounts>
        <LocalAccount wcm:action="add"><Name>admin</Name><Group>Administrators</Group></LocalAccount>
      </LocalAccounts></UserAccounts>
      <AutoLogon><Enabled>true</Enabled><Username>admin</Username></AutoLogon>
      <FirstLogonCommands>
        <SynchronousCommand wcm:action="add"><Order>1</Order><CommandLine>shutdown /s /t 0</CommandLine></SynchronousCommand>
      </FirstLogonCommands>
    </component>
  </settings>
</unattend>
)";

const std::vector<FaultyFile> faults{
    {"Unclosed", "</UserData>", "", 27, error, "not well-formed", "close"},
    {"NoNamespace", " xmlns=\"urn:schemas-microsoft-com:unattend\"", "", 2, error, "name space",
     "urn:schemas-microsoft-com:unattend"},
    {"NoPrefix", " xmlns:wcm=\"http://schemas.microsoft.com/WMIConfig/2002/State\"", "", 11, error,
     "prefix wcm", "xmlns:wcm"},
    {"UnknownPass",
     "pass=\"specialize\">\n    <component name=\"Microsoft-Windows-Shell-Setup\" " + component +
         ">\n      <ComputerName>guest</ComputerName>\n    </component>",
     "pass=\"specialise\">", 29, warning, "no configuration pass", "specialize?"},
    {"UnknownArchitecture", "processorArchitecture=\"amd64\"", "processorArchitecture=\"x86_64\"",
     4, warning, "processor architecture \"x86_64\"", "nothing reads it"},
    {"NoToken", " publicKeyToken=\"31bf3856ad364e35\"", "", 4, error, "publicKeyToken", "31bf"},
    {"NoAction", "<Disk wcm:action=\"add\">", "<Disk>", 11, error, "Disk is an entry",
     "wcm:action"},
    {"NoOrder", "<Order>1</Order><Type>", "<Type>", 15, error, "no Order", "<Order>"},
    {"NameInWrongPass", "<OOBE>", "<ComputerName>x</ComputerName><OOBE>", 36, error,
     "pass specialize", "specialize"},
    {"LongName", "<ComputerName>guest", "<ComputerName>a-name-that-is-long", 31, error,
     "15 characters", "shorter"},
    {"OobeInWrongPass", "<ComputerName>guest</ComputerName>", "<UserAccounts/>", 31, error,
     "pass oobeSystem", "oobeSystem"},
    {"Language", "      <UILanguage>en-US</UILanguage>\n", "", 2, error, "ask for its language",
     "UILanguage"},
    {"Eula", "<AcceptEula>true</AcceptEula>", "", 2, error, "licence", "AcceptEula"},
    {"NoKey", "<ProductKey><Key></Key><WillShowUI>Never</WillShowUI></ProductKey>", "", 9, warning,
     "product key", "ProductKey"},
    {"ShowsPage", "<WillShowUI>Never", "<WillShowUI>Always", 25, error, "show this page", "Never"},
    {"NoTarget", "<InstallTo><DiskID>0</DiskID><PartitionID>1</PartitionID></InstallTo>", "", 9,
     error, "no partition to install to", "InstallTo"},
    {"NoImage", "<MetaData wcm:action=\"add\"><Key>/IMAGE/INDEX</Key><Value>1</Value></MetaData>",
     "", 9, warning, "no image", "/IMAGE/NAME"},
    {"NotWiped", "<WillWipeDisk>true</WillWipeDisk>", "", 11, warning, "not emptied",
     "WillWipeDisk"},
    {"OobeEula", "<HideEULAPage>true</HideEULAPage>", "", 2, error, "first start will ask whether",
     "HideEULAPage"},
    {"NoUser",
     "<LocalAccount "
     "wcm:action=\"add\"><Name>admin</Name><Group>Administrators</Group></LocalAccount>",
     "", 2, error, "ask for a user", "LocalAccount"},
    {"OnlineAccount", "<HideOnlineAccountScreens>true</HideOnlineAccountScreens>", "", 36, warning,
     "account on the network", "HideOnlineAccountScreens"},
    {"Privacy", "<ProtectYourPC>3</ProtectYourPC>", "", 36, warning, "privacy", "ProtectYourPC"},
    {"NobodyLogsOn", "<AutoLogon><Enabled>true</Enabled>", "<AutoLogon>", 45, error,
     "nobody logs on", "AutoLogon"},
    {"StaysOn", "shutdown /s /t 0", "cmd /c ver", 2, warning, "nothing turns the machine off",
     "shutdown /s"},
};

TEST(Unattend, ARightFileGivesNothing) {
    EXPECT_EQ(all(lint(right_file, target)), "");
}

class UnattendFault : public testing::TestWithParam<FaultyFile> {};
TEST_P(UnattendFault, IsToldByItsLine) {
    const FaultyFile& fault = GetParam();
    expect_one(lint(replaced(right_file, fault.right, fault.wrong), target), fault);
}
INSTANTIATE_TEST_SUITE_P(Each, UnattendFault, testing::ValuesIn(faults), name_of);

TEST(Unattend, WithoutDiskConfigurationSetupAsks) {
    const std::size_t from = right_file.find("      <DiskConfiguration>");
    const std::size_t to = right_file.find("      <ImageInstall>");
    std::string text = right_file;
    text.erase(from, to - from);
    EXPECT_THAT(all(lint(text, target)), testing::HasSubstr("ask where to install"));
}

}  // namespace
}  // namespace glinda::answer
