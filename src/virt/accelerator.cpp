#include "glinda/virt/accelerator.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <tuple>

#include "glinda/util/files.hpp"
#include "glinda/util/text.hpp"
#include "glinda/virt/domain.hpp"
#include "glinda/virt/private_root.hpp"
#include "libvirt.hpp"

namespace glinda::virt {
namespace fs = std::filesystem;
namespace {

using SteadyClock = std::chrono::steady_clock;
constexpr std::chrono::seconds patience{8};

/// Everything on which it depends whether KVM runs guests here.
std::string host_key(const Connection& connection, const std::string& arch) {
    utsname kernel{};
    struct stat device {};
    unsigned long version = 0;
    ::uname(&kernel);
    ::stat("/dev/kvm", &device);
    virConnectGetVersion(connection.get(), &version);
    const fs::path machine_id = "/etc/machine-id";
    const std::string host =
        fs::exists(machine_id) ? std::string{trim(read_file(machine_id))} : kernel.nodename;
    return format("{} {} {} {} {} {}", host, kernel.release, version, arch, device.st_mtime,
                  connection.root()->qemu().user);
}

/// The remembered answer: three lines, namely the key, "kvm" or "tcg", and the reason.
std::optional<AcceleratorChoice> recall(const fs::path& cache, const std::string& key) {
    std::error_code failure;
    if (!fs::is_regular_file(cache, failure))
        return std::nullopt;
    const std::string content = read_file(cache);
    const std::vector<std::string_view> lines = split(content, '\n');
    if (lines.size() < 3 || lines[0] != key || (lines[1] != "kvm" && lines[1] != "tcg"))
        return std::nullopt;
    return AcceleratorChoice{lines[1] == "kvm" ? Accelerator::kvm : Accelerator::tcg,
                             std::string{lines[2]}};
}

void remember(const fs::path& cache, const std::string& key, const AcceleratorChoice& choice) {
    make_folders(cache.parent_path());
    write_file(cache,
               format("{}\n{}\n{}\n", key, choice.accelerator == Accelerator::kvm ? "kvm" : "tcg",
                      choice.reason));
}

/// Whether a kernel says its first words on `serial` before `deadline` and before `stopped` (an
/// eventfd) becomes readable.
bool kernel_speaks(const fs::path& serial, int stopped, SteadyClock::time_point deadline) {
    const FileDescriptor watch{::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)};
    if (!watch || ::inotify_add_watch(watch.get(), serial.c_str(), IN_MODIFY) < 0)
        throw system_error("cannot watch " + serial.string());
    while (read_file(serial).find("Linux version") == std::string::npos) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(deadline - SteadyClock::now());
        std::array<pollfd, 2> waits{pollfd{watch.get(), POLLIN, 0}, pollfd{stopped, POLLIN, 0}};
        if (left.count() <= 0 ||
            ::poll(waits.data(), waits.size(), static_cast<int>(left.count())) == 0 ||
            waits[1].revents != 0)
            return false;
        std::array<char, 4096> changes{};
        std::ignore = ::read(watch.get(), changes.data(), changes.size());
    }
    return true;
}

AcceleratorChoice try_kvm(const Connection& connection, const std::string& arch,
                          const fs::path& kernel) {
    const fs::path folder = connection.root()->io();
    const TemporaryFile copy{folder / "probe-kernel"};
    const TemporaryFile serial{folder / "probe-serial"};
    fs::copy_file(kernel, copy.path(), fs::copy_options::overwrite_existing);
    const bool has_uart = arch == "x86_64" || arch == "i686";
    const Machine machine{
        .name = "probe",
        .arch = arch,
        .accelerator = Accelerator::kvm,
        .memory_mib = 512,
        .kernel = KernelBoot{copy.path(), {}, has_uart ? "console=ttyS0 panic=-1" : "panic=-1"},
        .serial = {serial.path()}};
    const FileDescriptor stopped{::eventfd(0, EFD_CLOEXEC)};
    const SteadyClock::time_point start = SteadyClock::now();
    try {
        const Domain domain{connection, machine, [&stopped](const DomainEvent& event) {
                                if (event.kind == DomainEvent::Kind::stopped)
                                    ::eventfd_write(stopped.get(), 1);
                            }};
        if (kernel_speaks(serial.path(), stopped.get(), start + patience))
            return {Accelerator::kvm,
                    "a kernel started under KVM within " +
                        to_text(std::chrono::duration_cast<std::chrono::milliseconds>(
                            SteadyClock::now() - start))};
    } catch (const Error& error) {
        std::string why = error.what();
        std::ranges::replace(why, '\n', ' ');
        return {Accelerator::tcg, "KVM does not start a machine: " + why};
    }
    return {Accelerator::tcg,
            "KVM can be opened, but a kernel did not start under it within " + to_text(patience)};
}

}  // namespace

AcceleratorChoice choose_accelerator(const Connection& connection, const std::string& arch,
                                     const fs::path& kernel) {
    connection.require(arch);
    if (std::string why = connection.refusal(arch, Accelerator::kvm); !why.empty()) {
        // libvirt only says that the accelerator is not supported.
        if (connection.root() != nullptr && ::access("/dev/kvm", R_OK | W_OK) != 0)
            why = system_error("/dev/kvm cannot be opened").what();
        return {Accelerator::tcg, "KVM cannot be used: " + why};
    }
    if (connection.root() == nullptr)
        return {Accelerator::kvm, "libvirt offers KVM"};
    const fs::path cache = user_cache("accelerator");
    const std::string key = host_key(connection, arch);
    if (const auto known = recall(cache, key))
        return *known;
    if (kernel.empty())
        return {Accelerator::tcg, "whether KVM runs guests here has not been tried yet"};
    AcceleratorChoice choice = try_kvm(connection, arch, kernel);
    remember(cache, key, choice);
    return choice;
}

}  // namespace glinda::virt
