#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace glinda::virt {

/// What runs the guest's instructions: the processor, or QEMU's translator.
enum class Accelerator { kvm, tcg };

enum class Firmware { bios, efi };

enum class Clock { utc, localtime };

/// What becomes of the machine when the guest starts anew.
enum class OnReset { end, start_anew };

enum class ImageFormat { raw, qcow2 };

enum class DiskBus { virtio, sata, scsi, ide };

/// What a disk is to the guest: something to install on, or something in an optical drive.
enum class Role { volume, optical };

enum class Writable { no, yes };

/// What becomes of a volume's writes: `unsafe` never waits for the host's disk, as a build that the
/// host's power cut interrupts is started again anyway. It also gives trimmed blocks back.
enum class Caching { standard, unsafe };

/// One image that backs another.
struct Image {
    std::filesystem::path path;
    ImageFormat format = ImageFormat::raw;
};

/// A disk or an optical drive.
struct Disk {
    std::filesystem::path path;  ///< absolute; empty is an optical drive without a medium
    ImageFormat format = ImageFormat::raw;
    DiskBus bus = DiskBus::virtio;
    Role role = Role::volume;
    Writable writable = Writable::yes;  ///< optical media never are
    Caching caching = Caching::unsafe;
    std::vector<Image> backing{};  ///< what a qcow2 overlay rests on, nearest first
};

/// A kernel that is started without a boot loader.
struct KernelBoot {
    std::filesystem::path kernel;
    std::filesystem::path initrd;  ///< empty: none
    std::string command_line;
};

/// `user`: behind QEMU's own NAT, needs no privilege; `network` and `bridge` name one of libvirt's
/// networks or the host's bridges.
enum class NetworkKind { user, network, bridge };

struct Nic {
    std::string model = "virtio";
    std::string mac{};  ///< empty: libvirt makes one up
    NetworkKind kind = NetworkKind::user;
    std::string source{};  ///< the network's or the bridge's name
};

/// A virtio serial port of the guest, and the file that it is written to.
struct Port {
    std::string name;
    std::filesystem::path file;
};

/// Where the guest's random numbers come from (libvirt's domain XML, "Random number generator").
struct Rng {
    std::string model = "random";
    std::filesystem::path device = "/dev/urandom";  ///< for the model "random"
    std::uint64_t rate_bytes = 0;                   ///< at most so many …; 0: no limit
    std::uint64_t rate_period = 0;                  ///< … in so many milliseconds
};

/// A virtual machine, as libvirt is to run it.
struct Machine {
    std::string name;
    std::string arch = "x86_64";
    Accelerator accelerator = Accelerator::tcg;
    /// A model's name, `host-passthrough`, `host-model` or `maximum`. Empty: the host's under KVM,
    /// libvirt's default else.
    std::string cpu_model{};
    std::string machine{};  ///< `q35`, `pc`, …; empty: libvirt's default for the architecture
    unsigned memory_mib = 1024;
    unsigned vcpus = 1;
    Firmware firmware = Firmware::bios;
    Clock clock = Clock::utc;
    std::vector<Disk> disks{};
    std::optional<KernelBoot> kernel{};
    std::vector<Role> boot{};  ///< what firmware tries, in this order; a kernel goes before
    std::vector<Nic> nics{};
    /// Files that the guest's serial ports are written to: ttyS0, ttyS1, …
    std::vector<std::filesystem::path> serial{};
    std::vector<Port> ports{};
    Rng rng{};
    /// Whether the guest has a channel for the QEMU guest agent.
    enum class Agent { no, yes };
    Agent agent = Agent::no;
    OnReset on_reset = OnReset::end;
    /// What the machine says in its SMBIOS (type 11); nothing where the architecture has none.
    std::vector<std::string> oem_strings{};
    std::string video{};  ///< a model; empty: one that the architecture has
    std::string uuid{};   ///< empty: libvirt makes one up
};

/// How QEMU gets at the disks: by the paths, or by descriptors that its starter opened. In the
/// second case no file's owner or mode matters to it or is changed by libvirt.
enum class Access { path, descriptor };

/// The name under which libvirt is handed the descriptor of image number `image` (0 is the disk
/// itself, then its backing) of disk number `disk`.
[[nodiscard]] std::string descriptor_name(std::size_t disk, std::size_t image);

/// The machine as libvirt's domain XML. The guest ends when it powers off; a
/// guest that panicked, or whose disk cannot be written, stays as it is.
[[nodiscard]] std::string domain_xml(const Machine& machine, Access access = Access::path);

}  // namespace glinda::virt
