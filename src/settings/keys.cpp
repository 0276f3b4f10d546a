#include <array>

#include "glinda/settings/settings.hpp"

namespace glinda::settings {
namespace {

constexpr auto later = Key::Effect::later;

// Sections, names and defaults are Oz's, so that its users' files keep their meaning, except where
// the last column says otherwise.
constexpr std::array table{
    Key{"paths", "output_dir", "~/.oz/images", "/var/lib/libvirt/images",
        "Where finished disk images are written.", &Settings::output_dir},
    Key{"paths", "data_dir", "~/.oz", "/var/lib/oz",
        "Where downloaded media, caches and the folders of builds are kept.", &Settings::data_dir},
    Key{"paths", "screenshot_dir", "~/.oz/screenshots", "/var/lib/oz/screenshots",
        "Where the last screen of an installation that failed is written.",
        &Settings::screenshot_dir},
    Key{"paths", "sshprivkey", "", "",
        "The private key (without a passphrase) that root logs in to a finished image with, if "
        "its\n"
        "template gives only the hash of the password. The image must let it in: <sshkey>.",
        &Settings::private_key},

    Key{"libvirt", "uri", "qemu:///embed", "",
        "The libvirt connection. qemu:///embed needs neither a daemon nor root; Oz's default was\n"
        "qemu:///system.",
        &Settings::uri},
    Key{"libvirt", "type", "", "",
        "The domain type: kvm or qemu. Empty: kvm if a guest really runs on it.",
        &Settings::domain_type},
    Key{"libvirt", "bridge_name", "", "",
        "The host's bridge that guests are connected to. Empty: user-mode networking, which needs\n"
        "none. (Oz: the bridge of the first NAT network.)",
        &Settings::bridge},
    Key{"libvirt", "cpus", "1", "", "Virtual processors of a guest.", &Settings::cpus},
    Key{"libvirt", "memory", "2048", "", "Memory of a guest in MiB.", &Settings::memory},
    Key{"libvirt", "image_type", "raw", "", "The format of disk images: raw, qcow2 …",
        &Settings::image_type},
    Key{"libvirt", "rng_model", "random", "",
        "The guest's source of random numbers: libvirt's backend model …", &Settings::rng_model},
    Key{"libvirt", "rng_device", "/dev/random", "", "… the host's device behind it …",
        &Settings::rng_device},
    Key{"libvirt", "rng_rate_bytes", "1024", "", "… and how many bytes it may give …",
        &Settings::rng_rate_bytes},
    Key{"libvirt", "rng_rate_period", "1000", "", "… in how many milliseconds.",
        &Settings::rng_rate_period},

    Key{"cache", "original_media", "yes", "", "Keep downloaded media for the next build.",
        &Settings::cache_original_media},
    Key{"cache", "size", "50", "",
        "GiB that they may take: what was not used for longest goes first. 0: no limit.",
        &Settings::cache_size},
    Key{"cache", "modified_media", "no", "", "Keep media that carry an answer file.",
        &Settings::cache_modified_media, later},
    Key{"cache", "jeos", "no", "",
        "Keep the image as it was installed, and start the next customisation from it.",
        &Settings::cache_installed_image, later},

    Key{"icicle", "safe_generation", "no", "",
        "Ask a copy of the image for its packages; here that is always so.",
        &Settings::safe_manifest},

    Key{"timeouts", "install", "7200", "",
        "Seconds that an installation may take. (Oz: 1200, too short where a guest is emulated.)",
        &Settings::install_timeout},
    Key{"timeouts", "inactivity", "900", "",
        "Seconds that an installer may do nothing. (Oz: 300, of which it never took notice.)",
        &Settings::inactivity_timeout},
    Key{"timeouts", "boot", "600", "", "Seconds until an installed guest answers. (Oz: 300.)",
        &Settings::boot_timeout},
    Key{"timeouts", "shutdown", "90", "",
        "Seconds until a guest that was told to shut down is off.", &Settings::shutdown_timeout},

    Key{"glinda", "keep_builds", "yes", "",
        "Keep the folder of a build that succeeded, too, with its logs and report. One that failed "
        "is\n"
        "always kept.",
        &Settings::keep_builds},
    Key{"glinda", "screens", "yes", "",
        "Follow the guest's screen: keep pictures of it, read what it says.", &Settings::screens},
    Key{"glinda", "data", "", "",
        "The folder that holds auto/, templates/ and config/. Empty: found beside the program.",
        &Settings::data},
    Key{"glinda", "viewer", "vncviewer", "",
        "The VNC viewer that install --view starts; it gets the path of a UNIX socket, as "
        "TigerVNC's\n"
        "vncviewer and gvncviewer take it.",
        &Settings::viewer},
};

}  // namespace

std::span<const Key> keys() {
    return table;
}

}  // namespace glinda::settings
