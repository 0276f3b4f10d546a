#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "glinda/tdl/check.hpp"
#include "glinda/tdl/schema.hpp"
#include "glinda/util/error.hpp"

namespace glinda::tdl {

/// A number of bytes. Oz's units go up to the yottabyte, which 64 bits cannot hold.
__extension__ using Bytes = unsigned __int128;

enum class InstallType { url, iso };

/// What the bytes of an ISO add up to: one of the two is there.
struct Checksum {
    std::string algorithm;  ///< md5, sha1, sha256 or sha512
    std::string location;   ///< URL or path of the file that lists the checksum
    std::string digest;     ///< the checksum itself, in lower-case hex
};

/// Who vouches for a medium: the key has signed the file of the checksum, or the ISO if there is
/// none.
struct Signature {
    std::string key;       ///< URL or path of the public key (OpenPGP)
    std::string location;  ///< URL or path of the detached signature; empty if it is in the file
};

/// A file or a folder to be put into a copy of the ISO.
struct Extra {
    enum class Kind { file, directory };
    Kind kind = Kind::file;
    std::string source;       ///< URL or path
    std::string destination;  ///< path on the ISO
};

/// A package that is wanted in the image.
struct Package {
    std::string name;
    std::optional<std::string> repository{};
    std::optional<std::string> file{};
    std::optional<std::string> arguments{};
};

enum class ContentType { raw, base64, url };

/// The content of a file or a command.
struct Content {
    ContentType type = ContentType::raw;  ///< how the template gives it
    std::string url{};                    ///< of the type url alone
    std::optional<std::string> bytes{};   ///< of the type url once resolve_contents() was there
};

/// A file that is wanted in the image.
struct File {
    std::string name;
    Content content;
    std::optional<unsigned> mode{};  ///< 0644 …; without, as a file that is there has it
    std::string owner{};             ///< "user" or "user:group"; empty: likewise
};

/// A script that is to be run in the installed system, or a playbook against it.
struct Command {
    std::string name;
    std::optional<std::uint64_t> position{};  ///< as the template numbers it, from 1
    Content content{};
    std::string playbook{};  ///< path of one of Ansible's; there is no content then
};

/// Where the installed system gets packages from.
struct Repository {
    std::string name;
    std::string url;
    bool is_signed = false;   ///< the package manager is to check signatures
    bool persisted = true;    ///< it stays in the finished image
    bool verify_tls = false;  ///< the server's certificate is to be checked
};

/// A password as it is, or what crypt(5) made of it.
struct Password {
    enum class Kind { plain, hash };
    Kind kind = Kind::plain;
    std::string text;
};

/// Who else than root may log in.
struct User {
    std::string name;
    bool admin = false;  ///< may become root
    std::optional<Password> password{};
    std::vector<std::string> ssh_keys{};  ///< lines of an authorized_keys file
};

enum class Firmware { bios, efi };

/// What the system is on: partitions, or volumes of LVM beside one to boot from.
enum class Layout { partitions, lvm };

/// The address (IPv4) that the installer and its system have.
struct Network {
    std::string address;
    unsigned prefix = 24;  ///< how many of its bits are the network's
    std::string gateway;   ///< in the same network
    std::vector<std::string> nameservers;
};

struct Disk {
    Bytes size = Bytes{10} << 30U;
    std::string bus{};                   ///< virtio, sata …; empty leaves the choice to glinda
    std::string format{};                ///< raw or qcow2; empty leaves it to the settings
    Layout layout = Layout::partitions;  ///< it and the next two: of the first disk alone
    std::string filesystem{};            ///< root's, "xfs"; empty leaves it to the family
    Bytes swap = 0;
};

/// What a person asks for: one system, installed from one medium. Texts are as written, without the
/// white space around them; config/tdl.rng has the grammar.
struct Template {
    std::filesystem::path file;                   ///< relative locations start at its folder
    std::vector<std::filesystem::path> included;  ///< what else was read for it, by XInclude
    std::string name;  ///< of the image and of the domain; usable as a file name
    std::string description;
    std::string os;       ///< the name that the catalog knows it by
    std::string version;  ///< "13", "9.4", "GOLD" …
    std::string arch;     ///< "x86_64" …
    InstallType install_type = InstallType::url;
    std::string location;  ///< URL or path of the tree or of the ISO
    std::optional<Checksum> checksum;
    std::optional<Signature> signature;
    std::vector<Extra> extras;
    std::optional<Password> root_password;
    std::vector<std::string> ssh_keys;  ///< root's
    std::vector<User> users;
    std::optional<std::string> key;  ///< of the product
    std::string kernel_parameters;
    std::string locale;              ///< "de_DE.UTF-8"; it and the next ones are empty by default
    std::string keyboard;            ///< its layout by XKB's name, "de"
    std::string timezone;            ///< by its name in the tz database, "Europe/Berlin"
    std::string hostname;            ///< without a domain
    std::optional<Network> network;  ///< nothing: the guest asks DHCP
    std::optional<std::string> icicle_command;
    std::optional<Firmware> firmware;
    std::vector<Disk> disks{Disk{}};
    std::vector<Package> packages;
    std::vector<File> files;
    std::vector<Command> precommands;  ///< both in the order in which they are to run
    std::vector<Command> commands;
    std::vector<Repository> repositories;
    std::vector<std::string> datasources;  ///< cloud-init's, by its names for them; empty without
    std::vector<Check> checks;             ///< of the finished image
};

/// What is wrong in a template, and where.
struct Mistake {
    std::filesystem::path file;  ///< the template, or a file that it includes
    int line = 0;                ///< 0 if it is about the file as a whole
    std::string element;         ///< empty if it is about none
    std::string message;         ///< a whole sentence, with the element
};

/// The user's fault: a template that is wrong. Says "FILE:LINE: MESSAGE".
class InvalidTemplate : public Error {
public:
    explicit InvalidTemplate(Mistake mistake);
    [[nodiscard]] const Mistake& mistake() const noexcept { return mistake_; }

private:
    Mistake mistake_;
};

/// Values for the `${name}` of a template. They are filled in after the XML was parsed, so that no
/// value can be markup. An unknown one is a mistake, and so is one that the template does not have;
/// `$${` stands for `${`. The contents of files and commands have `${…}` of their own: there only
/// the given ones are filled in.
using Variables = std::map<std::string, std::string, std::less<>>;

/// The most bytes that a template and all that it includes may have.
constexpr std::size_t template_limit = std::size_t{16} << 20U;

/// Reads a template: checks it against the schema, then by its meaning. XInclude takes local files,
/// relative to the file that includes them: XML from anywhere, text only from the folder of the
/// template and below, as text would come into the image unseen. Entities may be declared in the
/// template (of at most 1 MiB then); external ones are refused. Contents of the type url are not
/// fetched.
/// @throws InvalidTemplate that says file, line, element, what is wrong and what would be right;
///         Error (usage) if the file cannot be read.
[[nodiscard]] Template read_template(const std::filesystem::path& file, const Schema& schema,
                                     const Variables& variables = {});
[[nodiscard]] Template read_template(const std::filesystem::path& file,
                                     const std::filesystem::path& schema,
                                     const Variables& variables = {});

/// The same of a text; `file` is what it is called in messages and where its folder is.
[[nodiscard]] Template parse_template(std::string_view text, const std::filesystem::path& file,
                                      const Schema& schema, const Variables& variables = {});

/// The names of the sections that only the customisation of the finished image can honour.
[[nodiscard]] std::vector<std::string> customizations(const Template& wanted);

/// The bytes that a disk size means: a number of GiB, or one with a unit: B, G, T (binary), KB …
/// YB (decimal), KiB … YiB. @returns nothing if it is no such size or does not fit.
[[nodiscard]] std::optional<Bytes> to_bytes(std::string_view size);

}  // namespace glinda::tdl
