#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct _OsinfoDb;

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

/// What libosinfo knows: the host's database, and entries of our own for the systems that it lacks,
/// as it may be years old. The database is read at the first question (0.3 s). Not for several
/// threads at a time.
class Database {
public:
    /// `own_entries` is a folder in the layout of osinfo-db: `os/<domain>/<name>.xml`; none means
    /// no entries.
    explicit Database(std::filesystem::path own_entries) : own_entries_{std::move(own_entries)} {}

    /// The system on an ISO image; nothing if it is unknown.
    /// @throws Error (usage) if the file is no readable ISO image, (environment) if the database
    ///         cannot be read, as all three.
    [[nodiscard]] std::optional<Release> identify_iso(const std::filesystem::path& iso);

    /// The system in an installation tree, by the `.treeinfo` (or `treeinfo`) at its root, which
    /// is fetched; nothing if it is unknown or the tree has no such file, which for some families
    /// is the rule.
    /// @throws Error (environment) if the tree cannot be reached.
    [[nodiscard]] std::optional<Release> identify_tree(const std::string& url);

    /// The system with a short id, with the resources for `arch` and the kernel and initrd of its
    /// installation tree for `arch`, if the database knows one; nothing if the id is unknown.
    [[nodiscard]] std::optional<Release> find(std::string_view id,
                                              std::string_view arch = "x86_64");

private:
    struct Unref {
        void operator()(_OsinfoDb* database) const noexcept;
    };
    _OsinfoDb* database();

    std::filesystem::path own_entries_;
    std::unique_ptr<_OsinfoDb, Unref> database_;
};

}  // namespace glinda::osdb
