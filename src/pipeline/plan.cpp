#include "plan.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "glinda/answer/merge.hpp"
#include "glinda/answer/render.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/text.hpp"
#include "scope.hpp"

namespace glinda::pipeline {
namespace {

watch::Rules rules_of(const InstallRequest& request, const catalog::Family& family,
                      const settings::Settings& settings) {
    watch::Rules rules{.success_pattern = family.success_pattern,
                       .phases = {},
                       .failures = {},
                       .install_timeout = request.timeout.value_or(settings.install_timeout),
                       .inactivity_timeout = settings.inactivity_timeout};
    for (const catalog::Phase& phase : family.phases)
        rules.phases.push_back({phase.name, phase.pattern});
    rules.advances = family.advances;
    rules.failures = failure_patterns(family);
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

unsigned memory_of(const settings::Settings& settings, const catalog::Hardware& hardware,
                   const std::optional<osdb::Release>& known) {
    constexpr std::uint64_t mib = std::uint64_t{1} << 20U;
    const std::uint64_t needed = known ? (known->minimum_memory + mib - 1) / mib : 0;
    return static_cast<unsigned>(
        std::max({settings.memory, needed, std::uint64_t{hardware.memory}}));
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
                                     const std::optional<osdb::Release>& known,
                                     Sources::AnswerBy answer_by) {
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
    if (!wanted.root_password && answer_by == Sources::AnswerBy::family)
        warnings.emplace_back(
            "the template has no <rootpw>: root's password is \"ozrootpw\", which "
            "everybody can look up");
    for (const std::string& section : tdl::customizations(wanted))
        warnings.push_back(
            format("<{}> is for the customisation: -u, or glinda customize", section));
    return warnings;
}

const std::string& image_format(const tdl::Disk& disk, const settings::Settings& settings) {
    return disk.format.empty() ? settings.image_type : disk.format;
}

/// The bus of a disk; the command line's word is on all of them.
std::string bus_name(const InstallRequest& request, const tdl::Disk& disk,
                     const catalog::Hardware& hardware) {
    if (!request.disk_bus.empty())
        return request.disk_bus;
    return disk.bus.empty() ? hardware.disk_bus : disk.bus;
}

/// What the guest calls the disk that is installed on.
const std::string& disk_of(const InstallRequest& request, const tdl::Template& wanted,
                           const catalog::Hardware& hardware) {
    return bus_name(request, wanted.disks.front(), hardware) == hardware.disk_bus
               ? hardware.disk
               : hardware.other_disk;
}

virt::Disk optical_drive(const catalog::Hardware& hardware) {
    return {.path = {},
            .bus = bus_of(hardware.optical_bus),
            .role = virt::Role::optical,
            .writable = virt::Writable::no};
}

/// What the template wants installed, on what; what its drives hold is still to come.
virt::Machine machine_of(const InstallRequest& request, const tdl::Template& wanted,
                         const catalog::Family& family, const settings::Settings& settings,
                         const std::optional<osdb::Release>& resources) {
    const catalog::Hardware& hardware = family.hardware;
    virt::Machine machine{
        .name = wanted.name,
        .arch = wanted.arch,
        .machine = hardware.machine,
        .memory_mib = memory_of(settings, hardware, resources),
        .vcpus = static_cast<unsigned>(settings.cpus),
        .firmware =
            wanted.firmware == tdl::Firmware::efi ? virt::Firmware::efi : virt::Firmware::bios,
        .clock = hardware.clock == "localtime" ? virt::Clock::localtime : virt::Clock::utc,
        .nics = {nic_of(request, hardware, settings)},
        .rng = {.model = settings.rng_model,
                .device = settings.rng_device,
                .rate_bytes = settings.rng_rate_bytes,
                .rate_period = settings.rng_rate_period},
        .on_reset = family.restarts ? virt::OnReset::start_anew : virt::OnReset::end};
    for (const tdl::Disk& disk : wanted.disks)
        machine.disks.push_back({.path = {},
                                 .format = format_of(image_format(disk, settings)),
                                 .bus = bus_of(bus_name(request, disk, hardware))});
    if (wanted.install_type == tdl::InstallType::iso)
        machine.disks.push_back(optical_drive(hardware));
    if (family.delivery == catalog::Delivery::drive)
        machine.disks.push_back(optical_drive(hardware));
    return machine;
}

std::vector<Volume> volumes_of(const tdl::Template& wanted, const Outputs& outputs,
                               const settings::Settings& settings) {
    constexpr tdl::Bytes most = std::numeric_limits<std::int64_t>::max();  // QEMU's, too
    std::vector<Volume> volumes;
    for (const tdl::Disk& disk : wanted.disks) {
        if (disk.size > most)
            throw Error{Fault::usage,
                        format("{}: no disk can have {} bytes", wanted.file.string(), disk.size)};
        volumes.push_back({outputs.images.at(volumes.size()), image_format(disk, settings),
                           static_cast<std::uint64_t>(disk.size)});
    }
    return volumes;
}

/// Where kernel and initrd are on the medium.
const catalog::BootFiles& boot_files_of(const InstallRequest& request, const tdl::Template& wanted,
                                        const catalog::Family& family) {
    const bool is_iso = wanted.install_type == tdl::InstallType::iso;
    const auto& files = is_iso ? family.medium : family.tree;
    if (!files)
        throw Error{Fault::usage, format("{} cannot be installed from {}", wanted.os,
                                         family.tree ? "an ISO" : "a URL")};
    if (request.boot == Boot::remastered && !is_iso)
        throw Error{Fault::usage, "only an ISO can be remastered, and the template names a URL"};
    if (!wanted.extras.empty() && !is_iso)
        throw Error{Fault::usage,
                    format("{}: <extras> go onto an ISO, and the template names a URL",
                           wanted.file.string())};
    return *files;
}

/// What no answer file of the family can say, or no machine can be.
void refuse_what_cannot_be(const tdl::Template& wanted, const catalog::Family& family,
                           const Passwords& passwords) {
    const auto only_hashed = [](const Login& login) {
        return !login.crypt.empty() && login.unattend.empty();
    };
    if (family.dialect == "unattend" &&
        (only_hashed(passwords.root) || std::ranges::any_of(passwords.users, only_hashed)))
        throw Error{Fault::usage,
                    format("{}: {} takes no hashes of crypt(5) for passwords", wanted.file.string(),
                           wanted.os),
                    {"give the password itself"}};
}

/// What no answer file of the family has a word for.
void refuse_what_cannot_be_said(const tdl::Template& wanted, const Sources& sources) {
    struct Wish {
        const char* element;
        bool is_there;
        std::string_view value;  ///< what names of the answer file's values begin with
    };
    const tdl::Disk& disk = wanted.disks.front();
    const std::array wishes{Wish{"locale", !wanted.locale.empty(), "locale"},
                            Wish{"keyboard", !wanted.keyboard.empty(), "keymap"},
                            Wish{"timezone", !wanted.timezone.empty(), "timezone"},
                            Wish{"hostname", !wanted.hostname.empty(), "hostname"},
                            Wish{"network", wanted.network.has_value(), "address"},
                            Wish{"disk layout=…", disk.layout != tdl::Layout::partitions, "#lvm"},
                            Wish{"disk filesystem=…", !disk.filesystem.empty(), "filesystem"},
                            Wish{"disk swap=…", disk.swap != 0, "swap_"}};
    for (const Wish& wish : wishes)
        if (wish.is_there && sources.answer.find(format("{{{{{}", wish.value)) == std::string::npos)
            throw Error{Fault::usage,
                        format("{}: <{}> cannot be told to the installer of {}",
                               wanted.file.string(), wish.element, wanted.os),
                        {"leave it out, or give an answer file of your own (-a)"}};
}

/// The user's own answer file, with what glinda needs unless that is refused.
std::string own_answer(Plan& plan, const std::string& dialect, const Sources& sources,
                       Additions additions) {
    if (additions == Additions::refused)
        return sources.answer;
    answer::Merged merged = answer::merge_needs(sources.answer, dialect);
    plan.additions = std::move(merged.additions);
    if (!merged.lacking.empty())
        plan.warnings.push_back(format(
            "nothing can be added to {}: {}; so it has to make the installer write \"glinda: "
            "installation finished\" to the second serial port in the end",
            sources.answer_name, merged.lacking));
    return std::move(merged.text);
}

/// The answer file and what goes with it.
void add_files(Plan& plan, const catalog::Family& family, const Sources& sources,
               Additions additions, const answer::Scope& scope, const answer::Scope& shown) {
    std::string answer;
    if (sources.answer_by == Sources::AnswerBy::user) {
        answer = own_answer(plan, family.dialect, sources, additions);
    } else {
        const auto filled = [&](const answer::Scope& values) {
            return answer::render(sources.answer, values, sources.answer_name, family.dialect);
        };
        answer = filled(scope);
        plan.answer_to_show = filled(shown);
    }
    plan.files.push_back({family.answer_path, answer, 0600});
    for (std::size_t i = 0; i < family.hooks.size(); ++i) {
        const catalog::Hook& hook = family.hooks[i];
        plan.files.push_back({answer::render(hook.path, scope, family.id),
                              answer::render(sources.hooks.at(i), scope, hook.source, hook.dialect),
                              0755});
    }
}

}  // namespace

std::vector<watch::FailurePattern> failure_patterns(const catalog::Family& family) {
    using When = watch::FailurePattern::When;
    std::vector<watch::FailurePattern> patterns;
    for (const catalog::FailureRule& rule : family.failures)
        patterns.push_back({rule.pattern, rule.cause, rule.remedy,
                            rule.only_last ? When::still : When::seen, rule.answer});
    return patterns;
}

Outputs outputs_of(const InstallRequest& request, const tdl::Template& wanted,
                   const settings::Settings& settings) {
    Outputs outputs;
    for (const tdl::Disk& disk : wanted.disks) {
        const std::string& kind = image_format(disk, settings);
        const std::string extension = kind == "raw" ? "dsk" : kind;
        if (outputs.images.empty()) {
            outputs.images.push_back(
                request.image.value_or(settings.output_dir / (wanted.name + "." + extension)));
            continue;
        }
        const std::filesystem::path& first = outputs.images.front();
        outputs.images.push_back(first.parent_path() / format("{}-{}.{}", first.stem().string(),
                                                              outputs.images.size() + 1,
                                                              extension));
    }
    if (request.domain_xml)
        outputs.domain_xml = *request.domain_xml;
    else if (request.usual_xml)
        outputs.domain_xml = request.usual_xml->folder / (wanted.name + request.usual_xml->ending);
    else
        outputs.domain_xml = std::filesystem::path{outputs.images.front()}.replace_extension("xml");
    return outputs;
}

Plan make_plan(const InstallRequest& request, const tdl::Template& wanted,
               const catalog::Match& match, const settings::Settings& settings,
               const MirrorFacts& mirror, const Sources& sources,
               const std::optional<osdb::Release>& resources, const Passwords& passwords) {
    const catalog::Family& family = *match.family;
    const catalog::BootFiles& files = boot_files_of(request, wanted, family);
    refuse_what_cannot_be(wanted, family, passwords);
    if (sources.answer_by == Sources::AnswerBy::family)
        refuse_what_cannot_be_said(wanted, sources);
    const std::string& disk = disk_of(request, wanted, family.hardware);
    const answer::Scope scope = scope_of(wanted, match, mirror, passwords, disk);
    const auto filled = [&](const std::string& text) {
        return answer::render(text, scope, family.id);
    };
    const Outputs outputs = outputs_of(request, wanted, settings);
    const std::vector<std::string> initrds =
        files.initrd.empty() ? std::vector<std::string>{} : std::vector{filled(files.initrd)};

    Plan plan{.name = wanted.name,
              .description = wanted.description,
              .system = wanted.os + " " + wanted.version,
              .boot = request.boot,
              .entry = {.kernel = filled(files.kernel),
                        .initrds = initrds,
                        .arguments = filled(family.command_line)},
              .any_key = files.any_key,
              .menus = family.menus,
              .files = {},
              .delivery = family.delivery,
              .drive_label = family.drive_label,
              .archive = family.archive,
              .log_port = family.log_port,
              .template_file = wanted.file,
              .extras = wanted.extras,
              .answer_to_show = {},
              .additions = {},
              .volumes = volumes_of(wanted, outputs, settings),
              .domain_xml = outputs.domain_xml,
              .machine = machine_of(request, wanted, family, settings, resources),
              .rules = rules_of(request, family, settings),
              .warnings = warnings_of(wanted, match, resources, sources.answer_by)};
    add_files(plan, family, sources, request.additions, scope,
              scope_of(wanted, match, mirror, hidden(passwords), disk));
    for (std::size_t i = 0; i < plan.volumes.size(); ++i)
        plan.machine.disks.at(i).path = plan.volumes[i].image;
    return plan;
}

virt::Machine finished_machine(const Plan& plan, const virt::Machine& installer) {
    virt::Machine machine = plan.machine;
    machine.accelerator = installer.accelerator;
    machine.cpu_model = installer.cpu_model;
    std::erase_if(machine.disks,
                  [](const virt::Disk& disk) { return disk.role == virt::Role::optical; });
    for (virt::Disk& disk : machine.disks)
        disk.caching = virt::Caching::standard;
    machine.on_reset = virt::OnReset::end;
    machine.boot = {virt::Role::volume};
    machine.agent = virt::Machine::Agent::yes;
    return machine;
}

bool extras_are_on_drive(const Plan& plan) {
    return plan.delivery == catalog::Delivery::drive && plan.entry.kernel.empty();
}

std::string plan_text(const Plan& plan) {
    const bool has_kernel = !plan.entry.kernel.empty();
    std::string text = format("name:          {}\nsystem:        {}\n", plan.name, plan.system);
    text +=
        format("medium:        {}\n", plan.boot == Boot::remastered ? "remastered; boots by itself"
                                      : has_kernel ? "untouched; its kernel is started directly"
                                                   : "boots by itself");
    if (plan.any_key == catalog::AnyKey::needed)
        text += "keyboard:      the space bar is pressed each second until the medium is read\n";
    if (has_kernel)
        text += format("kernel:        {}\ninitrd:        {}\ncommand line:  {}\n",
                       plan.entry.kernel, join(plan.entry.initrds, " "), plan.entry.arguments);
    const std::string way = plan.delivery == catalog::Delivery::drive    ? "onto a drive: "
                            : plan.delivery == catalog::Delivery::medium ? "onto medium:  "
                                                                         : "into initrd:  ";
    for (const media::CpioEntry& file : plan.files)
        text += format("{} /{} ({} bytes)\n", way, file.name, file.content.size());
    for (const std::string& addition : plan.additions)
        text += format("added to it:   {}\n", addition);
    for (const tdl::Extra& extra : plan.extras)
        text +=
            format("{} {} ({})\n", extras_are_on_drive(plan) ? "onto a drive: " : "onto medium:  ",
                   extra.destination, extra.source);
    for (const Volume& volume : plan.volumes)
        text += format("image:         {} ({}, {:.1f} GiB)\n", volume.image.string(), volume.format,
                       static_cast<double>(volume.size) / (1U << 30U));
    text += format("domain XML:    {}\n", plan.domain_xml.string());
    text += format("time limits:   {} in all, {} without a sign of life\n",
                   to_text(plan.rules.install_timeout), to_text(plan.rules.inactivity_timeout));
    text += format("\n{}", virt::domain_xml(plan.machine));
    if (!plan.answer_to_show.empty())
        text += format("\n/{}:\n{}", plan.files.front().name, plan.answer_to_show);
    return text;
}

}  // namespace glinda::pipeline
