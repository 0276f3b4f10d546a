#include "host.hpp"

#include <fcntl.h>

#include "glinda/util/error.hpp"
#include "glinda/util/text.hpp"
#include "glinda/virt/accelerator.hpp"

namespace glinda::pipeline {
namespace {

namespace fs = std::filesystem;

constexpr const char* embedded = "qemu:///embed";

}  // namespace

Host::Host(const Context& context, const std::string& name)
    : name_{name}, uri_{context.settings.uri}, viewer_{context.settings.viewer} {
    if (uri_.empty() || uri_ == embedded) {
        root_.emplace();
        connection_.emplace(*root_);
        folder_ = root_->io();
    } else {
        connection_.emplace(uri_);
        // libvirt gives the files in it to QEMU's user, who must be able to reach them.
        shared_.emplace(fs::temp_directory_path() / ("glinda-" + name + "-"), 0711);
        folder_ = shared_->path();
    }
}

fs::path Host::new_file(const std::string& name) const {
    fs::path file = folder_ / name;
    const FileDescriptor made = open_file(file, O_WRONLY | O_CREAT | O_EXCL);
    fs::permissions(file, fs::perms{root_ ? 0666U : 0600U});  // the root's folder keeps others out
    return file;
}

void choose_cpu(virt::Machine& machine, const Host& host, const catalog::Hardware& hardware,
                const fs::path& kernel, const Context& context) {
    const std::string& type = context.settings.domain_type;
    if (!type.empty() && type != "kvm" && type != "qemu")
        throw Error{Fault::usage,
                    format("libvirt.type is \"{}\"", type),
                    {"set it to kvm or qemu, or leave it empty: glinda then tries"}};
    machine.accelerator = type == "kvm" ? virt::Accelerator::kvm : virt::Accelerator::tcg;
    if (type.empty()) {
        const auto choice = virt::choose_accelerator(host.connection(), machine.arch, kernel);
        machine.accelerator = choice.accelerator;
        context.progress.info(choice.reason);
    }
    if (machine.accelerator == virt::Accelerator::tcg)
        machine.cpu_model = hardware.tcg_cpu;
}

std::string Host::keep(const fs::path& vnc, const fs::path& volume) {
    const std::string look =
        vnc.empty() ? "" : format("to look at it: {} {}; ", viewer_, vnc.string());
    if (!root_)
        return format("{0}to remove it: virsh -c {1} destroy {2}; rm -f '{3}'", look, uri_, name_,
                      volume.string());
    root_->keep();
    return format("{0}to remove it: kill -9 $(cat '{1}/run/qemu/{2}.pid'); rm -rf '{1}' '{3}'",
                  look, root_->path().string(), name_, volume.string());
}

}  // namespace glinda::pipeline
