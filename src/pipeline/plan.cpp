#include "plan.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "glinda/answer/render.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/text.hpp"

namespace glinda::pipeline {
namespace {

/// What stands in place of a secret where people can read it.
constexpr const char* hidden = "(hidden)";

/// A host name (RFC 1123, 2.1) out of the name of a template.
std::string host_name(std::string_view name) {
    std::string host = lower(name.substr(0, 63));
    std::ranges::replace_if(
        host, [](char c) { return (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-'; }, '-');
    const std::size_t first = std::min(host.find_first_not_of('-'), host.size());
    host = host.substr(first, host.find_last_not_of('-') + 1 - first);
    return host.empty() ? "guest" : host;
}

std::string package_names(const tdl::Template& wanted) {
    std::vector<std::string> names;
    for (const tdl::Package& package : wanted.packages) {
        if (words(package.name).size() != 1)
            throw Error{Fault::usage, format("{}: \"{}\" is no name of a package",
                                             wanted.file.string(), package.name)};
        names.push_back(package.name);
    }
    return join(names, " ");
}

answer::Values values_of(const tdl::Template& wanted, const catalog::Match& match,
                         const MirrorFacts& mirror, const std::string& password_hash) {
    answer::Values values{
        {"root_password_crypt", password_hash},
        {"hostname", host_name(wanted.name)},
        {"locale", "en_US.UTF-8"},
        {"keymap", "us"},
        {"timezone", "Etc/UTC"},
        {"disk", match.family->hardware.disk},
        {"packages", package_names(wanted)},
        {"mirror_scheme", mirror.scheme},
        {"mirror_host", mirror.host},
        {"mirror_directory", mirror.directory},
        {"from_medium", mirror.host.empty() ? "yes" : ""},
        {"offline", mirror.kind == MirrorFacts::Kind::partial ? "yes" : ""},
        {"suite", match.release->codename},
        {"kernel_options", wanted.kernel_parameters},
    };
    for (const auto& [name, value] : match.family->architectures.at(wanted.arch))
        values.emplace(name, value);
    return values;
}

watch::Rules rules_of(const InstallRequest& request, const catalog::Family& family,
                      const settings::Settings& settings) {
    watch::Rules rules{.success_pattern = family.success_pattern,
                       .phases = {},
                       .failures = {},
                       .install_timeout = request.timeout.value_or(settings.install_timeout),
                       .inactivity_timeout = settings.inactivity_timeout};
    for (const catalog::Phase& phase : family.phases)
        rules.phases.push_back({phase.name, phase.pattern});
    for (const catalog::FailureRule& rule : family.failures)
        rules.failures.push_back({rule.pattern, rule.cause, rule.remedy});
    return rules;
}

virt::DiskBus bus_of(std::string_view name) {
    using virt::DiskBus;
    using Entry = std::pair<std::string_view, DiskBus>;
    constexpr std::array buses{Entry{"virtio", DiskBus::virtio}, Entry{"sata", DiskBus::sata},
                               Entry{"scsi", DiskBus::scsi}, Entry{"ide", DiskBus::ide}};
    for (const auto& [known, bus] : buses)
        if (known == name)
            return bus;
    throw Error{Fault::usage,
                format("\"{}\" is no bus of disks", name),
                {"known buses: virtio, sata, scsi, ide"}};
}

virt::ImageFormat format_of(std::string_view name) {
    if (name == "raw")
        return virt::ImageFormat::raw;
    if (name == "qcow2")
        return virt::ImageFormat::qcow2;
    throw Error{Fault::usage,
                format("an image cannot be installed in the format \"{}\"", name),
                {"set libvirt.image_type to raw or qcow2"}};
}

unsigned memory_of(const settings::Settings& settings, const std::optional<osdb::Release>& known) {
    constexpr std::uint64_t mib = std::uint64_t{1} << 20U;
    const std::uint64_t needed = known ? (known->minimum_memory + mib - 1) / mib : 0;
    return static_cast<unsigned>(std::max(settings.memory, needed));
}

virt::Nic nic_of(const InstallRequest& request, const catalog::Hardware& hardware,
                 const settings::Settings& settings) {
    virt::Nic nic{.model = request.nic_model.empty() ? hardware.nic : request.nic_model,
                  .mac = request.mac};
    if (!settings.bridge.empty()) {
        nic.kind = virt::NetworkKind::bridge;
        nic.source = settings.bridge;
    }
    return nic;
}

std::vector<std::string> warnings_of(const tdl::Template& wanted, const catalog::Match& match,
                                     const std::optional<osdb::Release>& known) {
    std::vector<std::string> warnings;
    if (!match.exact)
        warnings.push_back(
            format("{} {} is newer than all that glinda knows; it is installed like {}", wanted.os,
                   wanted.version, match.release->version));
    if (known && wanted.disks.front().size < known->minimum_disk)
        warnings.push_back(format("the disk has {:.1f} GiB, but {} wants at least {:.1f}",
                                  static_cast<double>(wanted.disks.front().size) / (1U << 30U),
                                  known->name,
                                  static_cast<double>(known->minimum_disk) / (1U << 30U)));
    if (!wanted.root_password)
        warnings.emplace_back(
            "the template has no <rootpw>: root's password is \"ozrootpw\", which "
            "everybody can look up");
    for (const std::string& section : tdl::customizations(wanted))
        warnings.push_back(format("<{}> is not done by the installation", section));
    return warnings;
}

const std::string& image_format(const tdl::Template& wanted, const settings::Settings& settings) {
    const std::string& own = wanted.disks.front().format;
    return own.empty() ? settings.image_type : own;
}

/// What the template wants installed, on what; the paths of its disks are still to come.
virt::Machine machine_of(const InstallRequest& request, const tdl::Template& wanted,
                         const catalog::Hardware& hardware, const settings::Settings& settings,
                         const std::optional<osdb::Release>& resources) {
    const tdl::Disk& disk = wanted.disks.front();
    const std::string& usual_bus = disk.bus.empty() ? hardware.disk_bus : disk.bus;
    const std::string& bus = request.disk_bus.empty() ? usual_bus : request.disk_bus;
    virt::Machine machine{.name = wanted.name,
                          .arch = wanted.arch,
                          .machine = hardware.machine,
                          .memory_mib = memory_of(settings, resources),
                          .vcpus = static_cast<unsigned>(settings.cpus),
                          .disks = {{.path = {},
                                     .format = format_of(image_format(wanted, settings)),
                                     .bus = bus_of(bus)}},
                          .nics = {nic_of(request, hardware, settings)},
                          .rng = {.model = settings.rng_model,
                                  .device = settings.rng_device,
                                  .rate_bytes = settings.rng_rate_bytes,
                                  .rate_period = settings.rng_rate_period}};
    if (wanted.install_type == tdl::InstallType::iso)
        machine.disks.push_back({.path = {},
                                 .bus = bus_of(hardware.optical_bus),
                                 .role = virt::Role::optical,
                                 .writable = virt::Writable::no});
    return machine;
}

std::uint64_t disk_size_of(const tdl::Template& wanted) {
    constexpr tdl::Bytes most = std::numeric_limits<std::int64_t>::max();  // QEMU's, too
    const tdl::Bytes size = wanted.disks.front().size;
    if (size > most)
        throw Error{Fault::usage,
                    format("{}: no disk can have {} bytes", wanted.file.string(), size)};
    return static_cast<std::uint64_t>(size);
}

}  // namespace

void refuse_what_is_not_done_yet(const tdl::Template& wanted) {
    const std::array asked{
        std::pair{"<firmware>", wanted.firmware.has_value()},
        std::pair{"<users>", !wanted.users.empty()},
        std::pair{"<sshkey>", !wanted.ssh_keys.empty()},
        std::pair{"more than one <disk>", wanted.disks.size() > 1},
    };
    for (const auto& [what, is_asked] : asked)
        if (is_asked)
            throw Error{Fault::usage,
                        format("{}: {} is not supported yet", wanted.file.string(), what)};
}

Outputs outputs_of(const InstallRequest& request, const tdl::Template& wanted,
                   const settings::Settings& settings) {
    const std::string& kind = image_format(wanted, settings);
    const std::string extension = kind == "raw" ? "dsk" : kind;
    Outputs outputs;
    outputs.image = request.image.value_or(settings.output_dir / (wanted.name + "." + extension));
    if (request.domain_xml)
        outputs.domain_xml = *request.domain_xml;
    else if (request.usual_xml)
        outputs.domain_xml = request.usual_xml->folder / (wanted.name + request.usual_xml->ending);
    else
        outputs.domain_xml = std::filesystem::path{outputs.image}.replace_extension("xml");
    return outputs;
}

Plan make_plan(const InstallRequest& request, const tdl::Template& wanted,
               const catalog::Match& match, const settings::Settings& settings,
               const MirrorFacts& mirror, const Sources& sources,
               const std::optional<osdb::Release>& resources, const std::string& password_hash) {
    const catalog::Family& family = *match.family;
    const answer::Values values = values_of(wanted, match, mirror, password_hash);
    const auto filled = [&](const std::string& text, const std::string& source) {
        return answer::render(text, values, source);
    };
    const auto& files = wanted.install_type == tdl::InstallType::iso ? family.medium : family.tree;
    if (!files)
        throw Error{Fault::usage, format("{} cannot be installed from {}", wanted.os,
                                         family.tree ? "an ISO" : "a URL")};
    if (request.boot == Boot::remastered && wanted.install_type != tdl::InstallType::iso)
        throw Error{Fault::usage, "only an ISO can be remastered, and the template names a URL"};
    if (!wanted.extras.empty() && wanted.install_type != tdl::InstallType::iso)
        throw Error{Fault::usage,
                    format("{}: <extras> go onto an ISO, and the template names a URL",
                           wanted.file.string())};
    const Outputs outputs = outputs_of(request, wanted, settings);

    Plan plan{.name = wanted.name,
              .description = wanted.description,
              .system = wanted.os + " " + wanted.version,
              .boot = request.boot,
              .entry = {.kernel = filled(files->kernel, family.id),
                        .initrds = {filled(files->initrd, family.id)},
                        .arguments = filled(family.command_line, family.id)},
              .menus = family.menus,
              .segment = {},
              .template_file = wanted.file,
              .extras = wanted.extras,
              .answer_to_show = {},
              .image = outputs.image,
              .domain_xml = outputs.domain_xml,
              .format = image_format(wanted, settings),
              .disk_size = disk_size_of(wanted),
              .machine = machine_of(request, wanted, family.hardware, settings, resources),
              .rules = rules_of(request, family, settings),
              .warnings = warnings_of(wanted, match, resources)};

    std::string answer = sources.answer;
    if (sources.answer_by == Sources::AnswerBy::family) {
        answer = filled(sources.answer, sources.answer_name);
        answer::Values shown = values;
        shown["root_password_crypt"] = hidden;
        plan.answer_to_show = answer::render(sources.answer, shown, sources.answer_name);
    }
    plan.segment.push_back({family.answer_path, answer, 0600});
    for (std::size_t i = 0; i < family.hooks.size(); ++i)
        plan.segment.push_back({family.hooks[i].path, sources.hooks.at(i), 0755});

    plan.machine.disks.front().path = plan.image;
    return plan;
}

virt::Machine finished_machine(const Plan& plan, const virt::Machine& installer) {
    virt::Machine machine = plan.machine;
    machine.accelerator = installer.accelerator;
    machine.cpu_model = installer.cpu_model;
    std::erase_if(machine.disks,
                  [](const virt::Disk& disk) { return disk.role == virt::Role::optical; });
    machine.disks.at(0).path = plan.image;
    machine.disks.at(0).caching = virt::Caching::standard;
    machine.boot = {virt::Role::volume};
    machine.agent = virt::Machine::Agent::yes;
    return machine;
}

std::string plan_text(const Plan& plan) {
    std::string text = format("name:          {}\nsystem:        {}\n", plan.name, plan.system);
    text += format("medium:        {}\n", plan.boot == Boot::remastered
                                              ? "remastered; boots by itself"
                                              : "untouched; its kernel is started directly");
    text += format("kernel:        {}\ninitrd:        {}\ncommand line:  {}\n", plan.entry.kernel,
                   plan.entry.initrds.front(), plan.entry.arguments);
    for (const media::CpioEntry& file : plan.segment)
        text += format("into initrd:   /{} ({} bytes)\n", file.name, file.content.size());
    for (const tdl::Extra& extra : plan.extras)
        text += format("onto medium:   {} ({})\n", extra.destination, extra.source);
    text += format("image:         {} ({}, {:.1f} GiB)\n", plan.image.string(), plan.format,
                   static_cast<double>(plan.disk_size) / (1U << 30U));
    text += format("domain XML:    {}\n", plan.domain_xml.string());
    text += format("time limits:   {} in all, {} without a sign of life\n",
                   to_text(plan.rules.install_timeout), to_text(plan.rules.inactivity_timeout));
    text += format("\n{}", virt::domain_xml(plan.machine));
    if (!plan.answer_to_show.empty())
        text += format("\n/{}:\n{}", plan.segment.front().name, plan.answer_to_show);
    return text;
}

}  // namespace glinda::pipeline
