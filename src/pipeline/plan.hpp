#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "glinda/catalog/family.hpp"
#include "glinda/media/bootconfig.hpp"
#include "glinda/media/cpio.hpp"
#include "glinda/osdb/database.hpp"
#include "glinda/pipeline/install.hpp"
#include "glinda/tdl/template.hpp"
#include "glinda/virt/machine.hpp"
#include "glinda/watch/watch.hpp"

namespace glinda::pipeline {

/// What the installer has to be told of the place that packages come from.
struct MirrorFacts {
    std::string scheme;  ///< all three are empty if the packages come from the medium itself
    std::string host;
    std::string directory;
    /// `partial`: all that there is, so the installer must not ask other servers for updates.
    enum class Kind { whole, partial };
    Kind kind = Kind::partial;
    std::string label;  ///< of the medium's volume; empty for a tree
};

/// A password as installers take it; empty where there is none.
struct Login {
    std::string crypt;     ///< its hash, see crypt(5)
    std::string unattend;  ///< see answer::unattend_password; empty if only the hash is known
    std::string logon{};   ///< the same for root to be logged on by itself
};
struct Passwords {
    Login root;
    std::vector<Login> users;  ///< in the template's order
};

/// Files of the family, or of the user, that the plan is made from.
struct Sources {
    std::string answer;       ///< the template of the answer file, or the user's own file
    std::string answer_name;  ///< for messages
    enum class AnswerBy { family, user };
    AnswerBy answer_by = AnswerBy::family;
    std::vector<std::string> hooks;  ///< in the family's order
};

/// A disk of the guest.
struct Volume {
    std::filesystem::path image;
    std::string format;      ///< qemu-img's word
    std::uint64_t size = 0;  ///< bytes
};

/// A whole build as data: all decisions, no action.
struct Plan {
    std::string name;
    std::string description;
    std::string system;  ///< name and version, for people
    Boot boot = Boot::untouched;
    /// Kernel, initrd and command line; paths on the medium. Without a kernel it boots by itself.
    media::BootEntry entry;
    catalog::AnyKey any_key = catalog::AnyKey::not_needed;
    std::vector<catalog::BootMenu> menus;
    std::vector<media::CpioEntry> files;  ///< what the installer is given, the answer file first …
    catalog::Delivery delivery = catalog::Delivery::initrd;  ///< … in this way
    std::string drive_label;
    std::string archive;   ///< the file on the drive that holds the others; may be empty
    std::string log_port;  ///< see catalog::Family
    std::filesystem::path template_file;
    std::vector<tdl::Extra> extras;  ///< for the medium; sources as the template has them
    std::string answer_to_show;      ///< the answer file without secrets; empty if it is the user's
    std::vector<std::string> additions;  ///< to the user's own
    std::vector<Volume> volumes;         ///< as in the template, the one to install on first
    std::filesystem::path domain_xml;
    virt::Machine machine;  ///< without what only a running build has: kernel, serial files
    watch::Rules rules;
    std::vector<std::string> warnings;
};

/// Where the results of the build of a template go.
struct Outputs {
    std::vector<std::filesystem::path> images;  ///< of the template's disks
    std::filesystem::path domain_xml;
};
[[nodiscard]] Outputs outputs_of(const InstallRequest& request, const tdl::Template& wanted,
                                 const settings::Settings& settings);

/// Decides everything. @throws Error (usage) if the request cannot be met.
[[nodiscard]] Plan make_plan(const InstallRequest& request, const tdl::Template& wanted,
                             const catalog::Match& match, const settings::Settings& settings,
                             const MirrorFacts& mirror, const Sources& sources,
                             const std::optional<osdb::Release>& resources,
                             const Passwords& passwords);

/// The machine that runs the finished image, on the same kind of host as the one that installed it.
[[nodiscard]] virt::Machine finished_machine(const Plan& plan, const virt::Machine& installer);

/// The failures that are known of systems of a family, in the order of the rules.
[[nodiscard]] std::vector<watch::FailurePattern> failure_patterns(const catalog::Family& family);

/// Whether extras are beside the answer file: a medium that boots by itself stays as it is where
/// the answer file is not on it.
[[nodiscard]] bool extras_are_on_drive(const Plan& plan);

/// A plan as text for a person.
[[nodiscard]] std::string plan_text(const Plan& plan);

}  // namespace glinda::pipeline
