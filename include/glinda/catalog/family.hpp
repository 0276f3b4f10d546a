#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace glinda::catalog {

/// One release of a system, as far as the family has to know it.
struct Release {
    std::string version;    ///< "13"
    std::string codename;   ///< "trixie"; what the installer calls the release
    std::string osinfo;     ///< libosinfo's short id, "debian13"
    bool supported = true;  ///< no: it is only known by name; glinda cannot drive its installer
    std::string reason;     ///< why it is not supported; may be empty
};

/// A system that the family installs, by the name that templates give it.
struct System {
    std::string name;
    std::string like;  ///< the system that it is rebuilt from, release by release; may be empty
    /// What libosinfo's short ids of its releases begin with, words; the version follows.
    std::string osinfo;
    std::vector<std::string> aliases;
    std::vector<Release> releases;  ///< oldest first
};

/// Kernel and initrd, relative to the root of a medium. Templates, see answer::render. Without a
/// kernel the medium boots by itself.
struct BootFiles {
    std::string kernel;
    std::string initrd;
    /// A folder of the root: a location that points into it is still the root's. May be empty.
    std::string below;
};

/// What tells that a medium carries the family's installer.
struct Mark {
    std::string file;  ///< on the medium; empty: the volume label is meant
    std::string with;  ///< a further file that must be there; may be empty
    /// Regular expression (PCRE, ^ and $ at every line) on the text. Its named groups say more:
    /// name, version, codename, arch.
    std::string pattern;
    std::string system;  ///< by the name that templates give it; may be empty
};

/// Where kernel and initrd are on a medium or in a tree; {{arch}} and {{suite}} stand for the
/// architecture and the code name of the release.
struct Layout {
    std::string arch;  ///< of the kernel, in libosinfo's word; empty: whatever the medium's is
    std::string kernel;
    std::string initrd;  ///< empty: there is none
};

/// A file of the family that the installer gets beside the answer file, in the same way. Both
/// strings, and the file, are templates.
struct Hook {
    std::string source;   ///< in the family's folder
    std::string path;     ///< where the installer has it
    std::string dialect;  ///< how its values are written, see answer::escape; may be empty
};

/// How the answer file and the hooks reach the installer: in its initrd, on a small optical drive
/// of their own, or on the medium, which is remastered for that.
enum class Delivery { initrd, drive, medium };

/// A value that holds if all of its conditions do; an empty condition always does.
struct ConditionalValue {
    std::string name;
    std::string value;
    std::string systems;   ///< words: their names, or what they are like
    std::string from;      ///< the oldest version
    std::string until;     ///< the newest version
    std::string firmware;  ///< "bios" or "efi"
    std::string source;    ///< "iso" or "url"
    std::string label;     ///< what the label of the medium begins with
    std::string keyboard;  ///< the layout by XKB's name
};

/// A phase of the installation, known by a line of the installer's log.
struct Phase {
    std::string name;     ///< what a person reads
    std::string pattern;  ///< regular expression (PCRE)
};

/// A failure that is known by a line of the installer's log or of the console.
struct FailureRule {
    std::string pattern;     ///< regular expression (PCRE)
    std::string cause;       ///< in plain words; $1 … $9 are the groups of the pattern
    std::string remedy;      ///< what to do
    bool only_last = false;  ///< programs go on after such words: they count only as the last ones
    std::string answer{};    ///< a line's number, or a pattern that finds it in the answer file
};

/// A boot menu on the medium that a remaster makes boot at once.
struct BootMenu {
    enum class Loader { isolinux, grub };
    Loader loader;
    std::string path;  ///< on the medium
};

/// The virtual hardware that the family's installers and systems have drivers for, and like best.
struct Hardware {
    std::string machine;      ///< QEMU's machine type
    std::string disk_bus;     ///< libvirt's name of the bus, "virtio"
    std::string disk;         ///< what the guest calls the first disk, "/dev/vda" …
    std::string other_disk;   ///< … and what on another bus
    std::string nic;          ///< model of the network card
    std::string optical_bus;  ///< of the drive that holds the medium
    std::string tcg_cpu;      ///< CPU model where the CPU is emulated
    unsigned tcg_cpus = 1;    ///< how many virtual CPUs pay off there
    unsigned memory = 0;      ///< MiB that its installers need at least
    std::string firmware;     ///< the only one that glinda can drive it with; empty: any
    std::string clock;        ///< "localtime", or empty: UTC
};

/// One installer program and what drives it: the content of auto/<family>/. All strings that are
/// shown or written may hold {{values}}, see answer::render.
struct Family {
    std::string id;
    std::filesystem::path folder;
    std::vector<System> systems;
    std::vector<Mark> marks;      ///< the first that fits counts
    std::vector<Layout> layouts;  ///< the likeliest first
    std::map<std::string, std::map<std::string, std::string>> architectures;  ///< arch → values
    std::optional<BootFiles> tree;
    std::optional<BootFiles> medium;
    std::vector<BootMenu> menus;
    std::string command_line;   ///< of the installer's kernel
    std::string dialect;        ///< of the answer file: "preseed", "kickstart" …
    std::string rules;          ///< what answer files are checked by, in the folder; may be empty
    std::string answer_source;  ///< the template of the answer file, in the folder
    std::string answer_path;    ///< where the installer looks for it
    Delivery delivery = Delivery::initrd;
    std::string drive_label;  ///< of the drive
    /// The drive holds all files in this one, a tar archive; may be empty.
    std::string archive;
    std::vector<Hook> hooks;
    std::vector<ConditionalValue> values;
    std::string log_port;   ///< name of a virtio port that the installer logs to; may be empty
    bool restarts = false;  ///< the guest starts anew before it is done
    Hardware hardware;
    std::string success_pattern;  ///< a line of the installer's log that proves success
    std::vector<Phase> phases;    ///< in their order
    /// Regular expressions (PCRE) on what tells how far the installer is: of two groups the first
    /// is a count of as many as the second, else it is per cent.
    std::vector<std::string> advances;
    std::vector<FailureRule> failures;
};

/// What a template asks for, found in the catalog.
struct Match {
    const Family* family = nullptr;
    const Release* release = nullptr;
    bool exact = true;  ///< no: the version is newer than the release, the last that is known
    const System* system = nullptr;
};

/// What the values of a family depend on beside the release.
struct Circumstances {
    std::string firmware;  ///< "bios" or "efi"
    std::string source;    ///< "iso" or "url"
    std::string label;     ///< of the medium; empty for a tree
    std::string keyboard;  ///< by XKB's name
};

/// The family's values under the circumstances, by name: of each name the last one that holds,
/// empty if none does.
[[nodiscard]] std::map<std::string, std::string> values_of(const Match& match,
                                                           const Circumstances& circumstances);

/// @throws Error (usage) that says why, if glinda cannot drive the installer of this release.
///         `os` and `version` are the words of the template.
void require_supported(const Match& match, std::string_view os, std::string_view version);

/// All families below a folder (auto/).
class Catalog {
public:
    /// @throws Error (environment) that names the file, if one cannot be read.
    explicit Catalog(const std::filesystem::path& folder);

    /// All families, by their names.
    [[nodiscard]] const std::vector<Family>& families() const noexcept { return families_; }

    /// The family and release of a system, by the name and version of a template, in any case: a
    /// release is also found by its code name, and "13" is also the release of version "13.2".
    /// Oz's names with a number, NAME-N and an update such as "GOLD", "U4" or "4", are version
    /// N.update of NAME.
    /// @throws Error (usage) that says what is known, if the system, its version or the
    ///         architecture is not.
    [[nodiscard]] Match find(std::string_view os, std::string_view version,
                             std::string_view arch) const;

private:
    std::vector<Family> families_;
};

}  // namespace glinda::catalog
