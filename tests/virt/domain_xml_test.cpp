#include <gmock/gmock.h>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

#include "glinda/util/handle.hpp"
#include "glinda/virt/machine.hpp"
#include "golden.hpp"

namespace glinda::virt {
namespace {

struct Case {
    std::string name;
    Machine machine;
};

void PrintTo(const Case& described, std::ostream* out) {
    *out << described.name;
}

std::vector<Case> cases() {
    const Machine install{
        .name = "install",
        .machine = "q35",
        .memory_mib = 2048,
        .vcpus = 2,
        .disks = {{.path = "/build/disk.qcow2", .format = ImageFormat::qcow2},
                  {.path = "/media/medium.iso", .bus = DiskBus::sata, .role = Role::optical}},
        .kernel = KernelBoot{"/io/kernel", "/io/initrd", "console=ttyS0 a=\"<&>\""},
        .nics = {Nic{.mac = "52:54:00:12:34:56"}},
        .serial = {"/io/console.log", "/io/installer.log"},
        .ports = {{"org.example.log.0", "/io/port.log"}},
        .agent = Machine::Agent::yes};
    Machine firmware = install;
    firmware.name = "firmware";
    firmware.accelerator = Accelerator::kvm;
    firmware.firmware = Firmware::efi;
    firmware.clock = Clock::localtime;
    firmware.kernel.reset();
    firmware.boot = {Role::optical, Role::volume};
    firmware.nics = {Nic{.model = "e1000", .kind = NetworkKind::network, .source = "default"}};
    firmware.rng = {.model = "builtin", .rate_bytes = 1024, .rate_period = 1000};
    Machine overlay = install;
    overlay.name = "overlay";
    overlay.cpu_model = "maximum";
    overlay.oem_strings = {"io.systemd.credential:a=b, c", "<&>"};
    overlay.disks[0].backing = {{"/cache/second.qcow2", ImageFormat::qcow2},
                                {"/cache/first.raw", ImageFormat::raw}};
    return {{"install", install},
            {"firmware", firmware},
            {"overlay-by-path", overlay},
            {"old-pc",
             {.name = "old-pc",
              .arch = "i686",
              .cpu_model = "pentium3",
              .machine = "pc",
              .disks = {{.path = "/disk", .bus = DiskBus::ide, .caching = Caching::standard},
                        {.path = "", .bus = DiskBus::ide, .role = Role::optical}},
              .boot = {Role::volume},
              .nics = {Nic{.model = "rtl8139", .kind = NetworkKind::bridge, .source = "br0"}}}},
            {"arm",
             {.name = "arm",
              .arch = "aarch64",
              .machine = "virt",
              .firmware = Firmware::efi,
              .disks = {{.path = "/disk", .bus = DiskBus::scsi, .writable = Writable::no}},
              .boot = {Role::volume},
              .uuid = "6b6bbcad-8d60-4c9c-86d4-029571ef9047"}},
            {"mainframe", {.name = "mainframe", .arch = "s390x", .oem_strings = {"unheard"}}}};
}

class DomainXml : public testing::TestWithParam<Case> {};

TEST_P(DomainXml, IsAsItWas) {
    expect_golden(domain_xml(GetParam().machine), "virt/" + GetParam().name + ".xml");
}

TEST_P(DomainXml, IsValidForLibvirt) {
    virSetErrorFunc(nullptr, [](void*, virErrorPtr) {});
    const Handle<virConnect, &virConnectClose> connection{virConnectOpen("test:///default")};
    ASSERT_NE(connection, nullptr);
    const Handle<virDomain, &virDomainFree> domain{virDomainDefineXMLFlags(
        connection.get(), domain_xml(GetParam().machine).c_str(), VIR_DOMAIN_DEFINE_VALIDATE)};
    EXPECT_NE(domain, nullptr) << virGetLastErrorMessage();
}

// The test driver takes no descriptors; the embedded one is given them in embedded_test.cpp.
TEST(DescriptorXml, NamesEachImageOfAChain) {
    const Machine machine{.name = "overlay",
                          .disks = {{.path = "/build/disk.qcow2",
                                     .format = ImageFormat::qcow2,
                                     .backing = {{"/cache/base.raw", ImageFormat::raw}}}}};
    expect_golden(domain_xml(machine, Access::descriptor), "virt/descriptors.xml");
}

INSTANTIATE_TEST_SUITE_P(Machines, DomainXml, testing::ValuesIn(cases()), [](const auto& tested) {
    std::string name = tested.param.name;
    std::erase(name, '-');
    return name;
});

}  // namespace
}  // namespace glinda::virt
