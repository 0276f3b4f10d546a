#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>

namespace glinda::osdb {

/// An operating system as libosinfo describes it, together with the medium or tree that it was
/// found on. Empty text and 0 stand for what the database does not say.
struct Release {
    std::string id{};    ///< libosinfo's short id: the distribution and its version in one word
    std::string name{};  ///< for people
    std::string version{};
    std::string family{};  ///< the kind of system: "linux", "winnt" …
    std::string distro{};  ///< libosinfo's word for the distribution
    std::string codename{};

    std::string arch{};          ///< libosinfo's word: "x86_64", "i686", "aarch64" …
    std::string kernel{};        ///< path on the medium, or below the tree's location
    std::string initrd{};        ///< the same
    std::string volume_label{};  ///< of the medium that was identified
    bool is_live = false;        ///< the medium runs the system without installing it

    std::uint64_t minimum_memory = 0;  ///< bytes, as all four
    std::uint64_t recommended_memory = 0;
    std::uint64_t minimum_disk = 0;
    std::uint64_t recommended_disk = 0;
    unsigned minimum_cpus = 0;
    bool virtio_block = false;  ///< it has drivers for virtio disks
    bool virtio_net = false;    ///< it has drivers for virtio network cards
};

/// What the primary volume descriptor of an ISO 9660 image says (ECMA-119, 8.4): by these fields
/// libosinfo knows a medium.
struct Volume {
    std::string label;
    std::string system;
    std::string publisher;
    std::string application;
    std::uint64_t size = 0;  ///< bytes
};

/// The version of the host's database (osinfo-db); empty if it does not tell.
[[nodiscard]] std::string host_version();

/// What libosinfo knows: the host's database, and entries of our own for the systems that it lacks,
/// as it may be years old. Each question reads the database (0.3 s, 60 MiB) in a process of its
/// own, as libosinfo keeps a third of that memory and cannot be interrupted.
class Database {
public:
    /// `own_entries` is a folder in the layout of osinfo-db: `os/<domain>/<name>.xml`; none means
    /// no entries. A request of `stop` ends a question with an Error (cancelled).
    explicit Database(std::filesystem::path own_entries, std::stop_token stop = {})
        : own_entries_{std::move(own_entries)}, stop_{std::move(stop)} {}

    /// The system on an ISO image; nothing if it is unknown.
    /// @throws Error (environment) if the database cannot be read, as all three.
    [[nodiscard]] std::optional<Release> identify_volume(const Volume& volume) const;

    /// The system in an installation tree, by the text of the `.treeinfo` at its root; nothing if
    /// it is unknown, or the text says nothing of a tree.
    [[nodiscard]] std::optional<Release> identify_treeinfo(const std::string& text) const;

    /// The system with a short id, with the resources for `arch` and the kernel and initrd of its
    /// installation tree for `arch`, if the database knows one; nothing if the id is unknown.
    [[nodiscard]] std::optional<Release> find(const std::string& id,
                                              const std::string& arch = "x86_64") const;

private:
    std::filesystem::path own_entries_;
    std::stop_token stop_;
};

}  // namespace glinda::osdb
