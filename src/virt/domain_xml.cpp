#include <algorithm>
#include <array>
#include <map>
#include <pugixml.hpp>
#include <sstream>

#include "glinda/util/text.hpp"
#include "glinda/virt/machine.hpp"

namespace glinda::virt {
namespace {

using pugi::xml_node;

/// What differs between architectures (libvirt's and QEMU's tables of machine types).
struct Platform {
    std::string_view arch;
    std::string_view panic;  ///< model of the panic device; empty: none
    std::string_view video;
    std::string_view input_bus;  ///< of tablet and keyboard; empty: they have no place to go
    bool acpi;
    bool apic;
    bool smbios;
};

constexpr std::array platforms{
    Platform{"x86_64", "isa", "vga", "usb", true, true, true},
    Platform{"i686", "isa", "vga", "usb", true, true, true},
    Platform{"aarch64", "", "virtio", "usb", true, false, true},
    Platform{"ppc64le", "pseries", "vga", "usb", false, false, false},
    Platform{"s390x", "s390", "virtio", "virtio", false, false, false},
    Platform{"riscv64", "", "virtio", "usb", false, false, false},
};

const Platform& platform_of(std::string_view arch) {
    static constexpr Platform plain{"", "", "virtio", "", false, false, false};
    const auto* const found = std::ranges::find(platforms, arch, &Platform::arch);
    return found == platforms.end() ? plain : *found;
}

xml_node add(xml_node parent, const char* name) {
    return parent.append_child(name);
}

void set(xml_node node, const char* name, const std::string& value) {
    node.append_attribute(name) = value.c_str();
}

xml_node add_text(xml_node parent, const char* name, const std::string& text) {
    xml_node node = add(parent, name);
    node.text() = text.c_str();
    return node;
}

xml_node add_typed(xml_node parent, const char* name, const std::string& type) {
    xml_node node = add(parent, name);
    set(node, "type", type);
    return node;
}

const char* name_of(ImageFormat format) {
    return format == ImageFormat::raw ? "raw" : "qcow2";
}

const char* name_of(DiskBus bus) {
    switch (bus) {
        case DiskBus::virtio:
            return "virtio";
        case DiskBus::sata:
            return "sata";
        case DiskBus::scsi:
            return "scsi";
        case DiskBus::ide:
            return "ide";
    }
    return "";
}

/// libvirt's domain XML, "SMBIOS System Information".
void add_oem_strings(xml_node domain, const std::vector<std::string>& texts) {
    set(add(domain.child("os"), "smbios"), "mode", "sysinfo");
    xml_node strings = add(add_typed(domain, "sysinfo", "smbios"), "oemStrings");
    for (const std::string& text : texts)
        add_text(strings, "entry", text);
}

void add_os(xml_node domain, const Machine& machine) {
    xml_node os = add(domain, "os");
    const bool efi = machine.firmware == Firmware::efi;
    if (efi)
        set(os, "firmware", "efi");
    xml_node type = add_text(os, "type", "hvm");
    set(type, "arch", machine.arch);
    if (!machine.machine.empty())
        set(type, "machine", machine.machine);
    if (efi) {
        // A remastered medium or a kernel of the user's own is signed by nobody.
        xml_node feature = add(add(os, "firmware"), "feature");
        set(feature, "enabled", "no");
        set(feature, "name", "secure-boot");
    }
    if (machine.kernel) {
        add_text(os, "kernel", machine.kernel->kernel.string());
        if (!machine.kernel->initrd.empty())
            add_text(os, "initrd", machine.kernel->initrd.string());
        add_text(os, "cmdline", machine.kernel->command_line);
    }
}

void add_cpu(xml_node domain, const Machine& machine) {
    std::string model = machine.cpu_model;
    if (model.empty() && machine.accelerator == Accelerator::kvm)
        model = "host-passthrough";
    if (model.empty())
        return;
    xml_node cpu = add(domain, "cpu");
    if (model == "host-passthrough" || model == "host-model" || model == "maximum") {
        set(cpu, "mode", model);
    } else {
        set(cpu, "mode", "custom");
        set(cpu, "match", "exact");
        add_text(cpu, "model", model);
    }
}

void add_endings(xml_node domain, OnReset on_reset) {
    // Both endings are told apart by QEMU's event; a panic must leave its screen for us to see.
    add_text(domain, "on_poweroff", "destroy");
    add_text(domain, "on_reboot", on_reset == OnReset::end ? "destroy" : "restart");
    add_text(domain, "on_crash", "preserve");
}

/// Gives disks their guest-side names: vda, vdb, sda, hda, …
class TargetNames {
public:
    std::string next(DiskBus bus) {
        const std::string prefix = bus == DiskBus::virtio ? "vd"
                                   : bus == DiskBus::ide  ? "hd"
                                                          : "sd";
        return prefix + static_cast<char>('a' + used_[prefix]++);
    }

private:
    std::map<std::string, int> used_;
};

void add_source(xml_node parent, const std::filesystem::path& path, Access access,
                const std::string& descriptor) {
    xml_node source = add(parent, "source");
    set(source, "file", path.string());
    if (access == Access::descriptor)
        set(source, "fdgroup", descriptor);
}

void add_backing(xml_node disk, const Disk& description, std::size_t number, Access access) {
    xml_node parent = disk;
    std::size_t image = 0;
    for (const Image& backing : description.backing) {
        parent = add_typed(parent, "backingStore", "file");
        set(add(parent, "format"), "type", name_of(backing.format));
        add_source(parent, backing.path, access, descriptor_name(number, ++image));
    }
    // libvirt would look for further images by their paths, which QEMU may not reach.
    if (access == Access::descriptor || image > 0)
        add(parent, "backingStore");
}

void add_disk(xml_node devices, const Machine& machine, std::size_t number, Access access,
              TargetNames& names) {
    const Disk& description = machine.disks[number];
    const bool optical = description.role == Role::optical;
    const bool read_only = optical || description.writable == Writable::no;
    xml_node disk = add_typed(devices, "disk", "file");
    set(disk, "device", optical ? "cdrom" : "disk");
    xml_node driver = add(disk, "driver");
    set(driver, "name", "qemu");
    set(driver, "type", name_of(description.format));
    if (!read_only) {
        if (description.caching == Caching::unsafe) {
            set(driver, "cache", "unsafe");
            set(driver, "discard", "unmap");
        }
        set(driver, "error_policy", "stop");
    }
    if (!description.path.empty()) {
        add_source(disk, description.path, access, descriptor_name(number, 0));
        if (access == Access::path && read_only) {
            xml_node label = add(disk.child("source"), "seclabel");
            set(label, "model", "dac");
            set(label, "relabel", "no");
        }
        add_backing(disk, description, number, access);
    }
    xml_node target = add(disk, "target");
    set(target, "dev", names.next(description.bus));
    set(target, "bus", name_of(description.bus));
    if (read_only)
        add(disk, "readonly");
}

/// Numbers the disks in the order in which firmware tries them.
void add_boot_order(xml_node devices, const Machine& machine) {
    unsigned order = 0;
    for (const Role role : machine.boot) {
        std::size_t number = 0;
        for (xml_node disk : devices.children("disk"))
            if (machine.disks[number++].role == role)
                set(disk.insert_child_after("boot", disk.child("target")), "order",
                    std::to_string(++order));
    }
}

void add_disks(xml_node devices, const Machine& machine, Access access) {
    TargetNames names;
    for (std::size_t number = 0; number < machine.disks.size(); ++number)
        add_disk(devices, machine, number, access, names);
    if (std::ranges::find(machine.disks, DiskBus::scsi, &Disk::bus) != machine.disks.end())
        set(add_typed(devices, "controller", "scsi"), "model", "virtio-scsi");
    if (!machine.kernel)
        add_boot_order(devices, machine);
}

void add_nic(xml_node devices, const Nic& nic) {
    const std::string kind = nic.kind == NetworkKind::user      ? "user"
                             : nic.kind == NetworkKind::network ? "network"
                                                                : "bridge";
    xml_node interface = add_typed(devices, "interface", kind);
    if (!nic.mac.empty())
        set(add(interface, "mac"), "address", nic.mac);
    if (nic.kind != NetworkKind::user)
        set(add(interface, "source"), kind.c_str(), nic.source);
    add_typed(interface, "model", nic.model);
}

void add_channels(xml_node devices, const Machine& machine) {
    int number = 0;
    for (const std::filesystem::path& file : machine.serial) {
        xml_node serial = add_typed(devices, "serial", "file");
        set(add(serial, "source"), "path", file.string());
        set(add(serial, "target"), "port", std::to_string(number++));
    }
    for (const Port& port : machine.ports) {
        xml_node channel = add_typed(devices, "channel", "file");
        set(add(channel, "source"), "path", port.file.string());
        set(add_typed(channel, "target", "virtio"), "name", port.name);
    }
    if (machine.agent == Machine::Agent::yes) {
        xml_node channel = add_typed(devices, "channel", "unix");
        set(add_typed(channel, "target", "virtio"), "name", "org.qemu.guest_agent.0");
    }
}

void add_human_interface(xml_node devices, const Machine& machine, const Platform& platform) {
    if (!platform.input_bus.empty())
        for (const char* const kind : {"tablet", "keyboard"})
            set(add_typed(devices, "input", kind), "bus", std::string{platform.input_bus});
    pugi::xml_node screen = add_typed(devices, "graphics", "vnc");
    set(screen, "sharePolicy", "ignore");  // a viewer that wants it for itself takes it from nobody
    add_typed(screen, "listen", "socket");
    add_typed(add(devices, "video"), "model",
              machine.video.empty() ? std::string{platform.video} : machine.video);
}

void add_rng(xml_node devices, const Rng& source) {
    xml_node rng = add(devices, "rng");
    set(rng, "model", "virtio");
    if (source.rate_bytes != 0) {
        xml_node rate = add(rng, "rate");
        set(rate, "bytes", std::to_string(source.rate_bytes));
        if (source.rate_period != 0)
            set(rate, "period", std::to_string(source.rate_period));
    }
    const bool has_device = source.model == "random";
    set(add_text(rng, "backend", has_device ? source.device.string() : ""), "model", source.model);
}

void add_helpers(xml_node devices, const Platform& platform) {
    set(add(devices, "memballoon"), "model", "none");
    if (!platform.panic.empty())
        set(add(devices, "panic"), "model", std::string{platform.panic});
}

}  // namespace

std::string descriptor_name(std::size_t disk, std::size_t image) {
    return format("disk{}-image{}", disk, image);
}

std::string domain_xml(const Machine& machine, Access access) {
    const Platform& platform = platform_of(machine.arch);
    pugi::xml_document document;
    xml_node domain = add_typed(document.root(), "domain",
                                machine.accelerator == Accelerator::kvm ? "kvm" : "qemu");
    add_text(domain, "name", machine.name);
    if (!machine.uuid.empty())
        add_text(domain, "uuid", machine.uuid);
    set(add_text(domain, "memory", std::to_string(machine.memory_mib)), "unit", "MiB");
    add_text(domain, "vcpu", std::to_string(machine.vcpus));
    add_os(domain, machine);
    if (platform.smbios && !machine.oem_strings.empty())
        add_oem_strings(domain, machine.oem_strings);
    if (platform.acpi) {
        xml_node features = add(domain, "features");
        add(features, "acpi");
        if (platform.apic)
            add(features, "apic");
    }
    add_cpu(domain, machine);
    set(add(domain, "clock"), "offset", machine.clock == Clock::utc ? "utc" : "localtime");
    add_endings(domain, machine.on_reset);

    xml_node devices = add(domain, "devices");
    add_disks(devices, machine, access);
    for (const Nic& nic : machine.nics)
        add_nic(devices, nic);
    add_channels(devices, machine);
    add_human_interface(devices, machine, platform);
    add_rng(devices, machine.rng);
    add_helpers(devices, platform);

    std::ostringstream text;
    document.save(text, "  ", pugi::format_default | pugi::format_no_declaration);
    return std::move(text).str();
}

}  // namespace glinda::virt
