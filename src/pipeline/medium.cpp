#include "medium.hpp"

#include <unistd.h>

#include <algorithm>

#include "boot_files.hpp"
#include "glinda/media/byte_source.hpp"
#include "glinda/media/checksum.hpp"
#include "glinda/media/fetch.hpp"
#include "glinda/media/iso.hpp"
#include "glinda/media/signature.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/text.hpp"

namespace glinda::pipeline {
namespace {

namespace fs = std::filesystem;

/// What a guest behind QEMU's user-mode network calls the host (QEMU's documentation, "Network
/// emulation").
constexpr const char* host_for_guests = "10.0.2.2";

/// A location that points into the folder `below` of a tree, cut back to the tree's root.
std::string root_of(const std::string& location, const std::string& below) {
    const std::size_t cut = below.empty() ? std::string::npos : location.find("/" + below + "/");
    return cut == std::string::npos ? location : location.substr(0, cut + 1);
}

/// The content of a small file at a path or a URL that the template names.
std::string small_file(const std::string& location, const tdl::Template& wanted,
                       const Context& context) {
    constexpr std::size_t limit = 1U << 20U;
    const media::Location place = media::locate(location, wanted.file.parent_path());
    const std::optional<std::string> text =
        place.path ? std::optional{read_file(*place.path, Fault::usage, limit)}
                   : media::fetch_text(place.url, limit, with_progress(context));
    if (!text)
        throw Error{Fault::environment, "there is no file at " + place.url};
    return *text;
}

/// The public key and the signature of a template, as gpgv(1) wants them.
class Voucher {
public:
    Voucher(const tdl::Template& wanted, const Context& context)
        : separate_{!wanted.signature->location.empty()}, runner_{context.runner} {
        write_file(key_, media::unwrap_key(small_file(wanted.signature->key, wanted, context)));
        if (separate_)
            write_file(signature_, small_file(wanted.signature->location, wanted, context));
    }
    void check(const fs::path& iso) const {
        media::check_signature(runner_, key_, signature_, iso);
    }
    /// What of a list is signed: all of it, if its signature is a separate file.
    [[nodiscard]] std::string signed_part(const std::string& list) const {
        const fs::path file = folder_.path() / "checksums";
        write_file(file, list);
        if (!separate_)
            return media::signed_text(runner_, key_, file);
        media::check_signature(runner_, key_, signature_, file);
        return list;
    }

private:
    bool separate_;
    Runner& runner_;
    TemporaryFolder folder_{fs::temp_directory_path() / "glinda-signature-"};
    fs::path key_ = folder_.path() / "key";
    fs::path signature_ = folder_.path() / "signature";
};

/// Whether the list of checksums is what is signed; else the ISO is.
bool has_list(const tdl::Template& wanted) {
    return wanted.checksum && wanted.checksum->digest.empty();
}

/// The digest that the template, or its checksum file, gives for the ISO.
std::optional<media::Digest> expected_digest(const tdl::Template& wanted, const Context& context) {
    if (!wanted.checksum)
        return std::nullopt;
    if (!has_list(wanted))
        return media::Digest{wanted.checksum->algorithm, wanted.checksum->digest};
    std::string list = small_file(wanted.checksum->location, wanted, context);
    if (wanted.signature)
        list = in_context("checking " + wanted.checksum->location, [&] {
            return Voucher{wanted, context}.signed_part(list);
        });
    const std::string name = fs::path{wanted.location}.filename();
    const auto hex = media::find_checksum(list, wanted.checksum->algorithm, name);
    if (!hex)
        throw Error{Fault::environment,
                    format("{} has no {} checksum of {}", wanted.checksum->location,
                           wanted.checksum->algorithm, name)};
    return media::Digest{wanted.checksum->algorithm, *hex};
}

/// Has the ISO on this host: in the cache, or for this build only.
void fetch_iso(Medium& medium, const tdl::Template& wanted, Download download,
               const std::optional<media::Digest>& digest, const Context& context) {
    context.progress.phase("fetching " + media::shown_url(medium.root.url));
    const fs::path folder = context.settings.data_dir / "isos";
    media::FetchOptions options = with_progress(context);
    options.expected = digest;
    if (!context.settings.cache_original_media) {
        make_folders(folder);
        medium.downloaded.emplace(folder / format("{}.{}.iso", wanted.name, ::getpid()));
        media::fetch(medium.root.url, medium.downloaded->path(), options);
        medium.root = {.path = medium.downloaded->path(), .url = {}};
        return;
    }
    const media::Store store{.folder = folder / "store",
                             .limit = context.settings.cache_size << 30U};
    const media::Reuse reuse =
        download == Download::always ? media::Reuse::refused : media::Reuse::allowed;
    medium.stored = media::fetch_stored(store, medium.root.url, reuse, options);
    if (medium.stored->source == media::Stored::Source::kept)
        context.progress.info("it is in the cache: " + medium.stored->path.string());
    medium.root = {.path = medium.stored->path, .url = {}};
}

void open_iso(Medium& medium, const tdl::Template& wanted, Download download,
              const Context& context) {
    const bool iso_is_signed = wanted.signature && !has_list(wanted);
    if (iso_is_signed && wanted.signature->location.empty())
        throw Error{Fault::usage,
                    format("{}: <gpgkey> names a key, but nothing that it has signed",
                           wanted.file.string()),
                    {"give the signature of the ISO as its attribute \"signature\", or a file of "
                     "checksums that is signed"}};
    const auto digest = expected_digest(wanted, context);
    if (!medium.root.path)
        fetch_iso(medium, wanted, download, digest, context);
    else if (digest)
        in_context("checking the ISO",
                   [&] { media::check_file(*medium.root.path, *digest, context.stop); });
    if (iso_is_signed) {
        context.progress.phase("checking the signature of the ISO");
        Voucher{wanted, context}.check(*medium.root.path);
    }
    const media::Iso iso{*medium.root.path};  // refuses what is no whole ISO
}

void open_tree(Medium& medium, const tdl::Template& wanted, const catalog::Family& family,
               const Context& context) {
    const std::string below = family.tree ? family.tree->below : "";
    if (medium.root.path) {
        medium.root.path = root_of(medium.root.path->string(), below);
        if (!fs::is_directory(*medium.root.path))
            throw Error{Fault::usage, format("{}: <url> names {}, which is no folder",
                                             wanted.file.string(), medium.root.path->string())};
        if (!context.settings.bridge.empty())
            throw Error{Fault::usage,
                        "a tree in a local folder can only be served over the user-mode network",
                        {"leave libvirt.bridge_name empty, or give the URL of a server"}};
        return;
    }
    medium.root.url = root_of(medium.root.url, below);
    if (!medium.root.url.ends_with('/'))
        medium.root.url += '/';
    const media::UrlParts parts = media::split_url(medium.root.url);
    if (media::is_loopback(parts.host))
        throw Error{Fault::usage,
                    format("{}: <url> names {}, which is the guest itself when the installer asks "
                           "for it",
                           wanted.file.string(), parts.host),
                    {"give the tree's folder instead: glinda serves it to the guest"}};
    medium.mirror = {parts.scheme, parts.host, parts.path, MirrorFacts::Kind::whole};
}

/// What libosinfo says of the medium itself, else of the release that the template names.
std::optional<osdb::Release> identify(Medium& medium, const tdl::Template& wanted,
                                      const catalog::Match& match, const Context& context) {
    const osdb::Database database{context.families / "osinfo", context.stop};
    std::optional<osdb::Release> found;
    if (medium.tree)
        found = ask_treeinfo(database, *medium.tree);
    else
        found = database.identify_volume(volume_of(media::Iso{*medium.root.path}));
    if (found)
        context.progress.info(format("the medium is {}", found->name));
    if (found && found->id != match.release->osinfo)
        context.progress.warning(format("the template asks for {} {}, but the medium is {}",
                                        wanted.os, wanted.version, found->name));
    return found ? found : database.find(match.release->osinfo, wanted.arch);
}

}  // namespace

MediumFiles files_of_tree(const media::Location& root, const Context& context) {
    return root.path ? MediumFiles::of_folder(*root.path)
                     : MediumFiles::of_url(root.url, with_progress(context));
}

std::optional<osdb::Release> ask_treeinfo(const osdb::Database& database, MediumFiles& files) {
    for (const char* const name : treeinfo_names)
        if (const auto& text = files.text(name))
            return database.identify_treeinfo(*text);
    return std::nullopt;
}

osdb::Volume volume_of(const media::Iso& iso) {
    const media::Volume& volume = iso.volume();
    return {.label = volume.label,
            .system = volume.system,
            .publisher = volume.publisher,
            .application = volume.application,
            .size = volume.size};
}

media::FetchOptions with_progress(const Context& context) {
    using Clock = std::chrono::steady_clock;
    media::FetchOptions options;
    options.stop = context.stop;
    options.on_pause = [&progress = context.progress](const std::string& why,
                                                      std::chrono::milliseconds pause) {
        progress.info(format("{}; it is asked again in {}", why, to_text(pause)));
    };
    // What an earlier run has left is no part of the rate.
    options.on_progress = [&progress = context.progress,
                           start = std::optional<std::pair<Clock::time_point, std::uint64_t>>{}](
                              std::uint64_t bytes, std::uint64_t total) mutable {
        if (!start || bytes < start->second)
            start = {Clock::now(), bytes};
        const auto since =
            std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start->first);
        progress.now(progress_text(bytes, total, bytes - start->second, since));
    };
    return options;
}

std::string progress_text(std::uint64_t bytes, std::uint64_t total, std::uint64_t bytes_since,
                          std::chrono::milliseconds since) {
    constexpr std::uint64_t mib = 1U << 20U;
    std::string text = total == 0 ? format("{} MiB", bytes / mib)
                                  : format("{} of {} MiB", bytes / mib, total / mib);
    if (since < std::chrono::seconds{1} || bytes_since == 0)
        return text;
    const double rate =
        static_cast<double>(bytes_since) * 1000 / static_cast<double>(since.count());
    text += format(", {:.1f} MiB/s", rate / mib);
    if (total > bytes) {
        const std::chrono::duration<double> left{static_cast<double>(total - bytes) / rate};
        text += format(", {} left", to_text(std::chrono::ceil<std::chrono::seconds>(left)));
    }
    return text;
}

Medium open_medium(const tdl::Template& wanted, const catalog::Match& match, Download download,
                   const Context& context) {
    Medium medium{};
    medium.root = media::locate(wanted.location, wanted.file.parent_path());
    if (wanted.install_type == tdl::InstallType::iso)
        open_iso(medium, wanted, download, context);
    else
        open_tree(medium, wanted, *match.family, context);
    if (wanted.install_type == tdl::InstallType::url)
        medium.tree = files_of_tree(medium.root, context);
    medium.release = identify(medium, wanted, match, context);
    // The server's thread starts only now: identifying forks, and under AddressSanitizer a thread
    // that was just starting would leave the copy a locked allocator.
    if (wanted.install_type == tdl::InstallType::url && medium.root.path) {
        medium.server = std::make_unique<media::TreeServer>(*medium.root.path);
        medium.mirror = {"http", format("{}:{}", host_for_guests, medium.server->port()), "/"};
    }
    return medium;
}

void copy_from_medium(const Medium& medium, const std::string& path, const fs::path& to,
                      const Context& context) {
    if (!medium.root.path) {
        media::fetch(medium.root.url + path, to, with_progress(context));
        return;
    }
    if (!medium.server) {
        media::Iso{*medium.root.path}.extract(path, to);
        return;
    }
    std::error_code failure;
    fs::copy_file(*medium.root.path / path, to, fs::copy_options::overwrite_existing, failure);
    if (failure)
        throw Error{Fault::usage, format("cannot copy {}: {}", (*medium.root.path / path).string(),
                                         failure.message())};
}

}  // namespace glinda::pipeline
