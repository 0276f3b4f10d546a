#include "medium.hpp"

#include <algorithm>

#include "glinda/media/checksum.hpp"
#include "glinda/media/fetch.hpp"
#include "glinda/media/iso.hpp"
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

media::FetchOptions with_progress(const Context& context) {
    media::FetchOptions options;
    options.stop = context.stop;
    options.on_progress = [&progress = context.progress](std::uint64_t bytes, std::uint64_t total) {
        constexpr std::uint64_t mib = 1U << 20U;
        progress.now(total == 0 ? format("{} MiB", bytes / mib)
                                : format("{} of {} MiB", bytes / mib, total / mib));
    };
    return options;
}

/// The digest that the template's checksum file gives for the ISO.
std::optional<media::Digest> expected_digest(const tdl::Template& wanted, const Context& context) {
    if (!wanted.checksum)
        return std::nullopt;
    if (!wanted.checksum->digest.empty())
        return media::Digest{wanted.checksum->algorithm, wanted.checksum->digest};
    constexpr std::size_t limit = 1U << 20U;
    const media::Location list =
        media::locate(wanted.checksum->location, wanted.file.parent_path());
    const std::optional<std::string> text =
        list.path ? std::optional{read_file(*list.path, Fault::usage, limit)}
                  : media::fetch_text(list.url, limit, with_progress(context));
    if (!text)
        throw Error{Fault::environment, "there is no checksum file at " + list.url};
    const std::string name = fs::path{wanted.location}.filename();
    const auto hex = media::find_checksum(*text, wanted.checksum->algorithm, name);
    if (!hex)
        throw Error{Fault::environment,
                    format("{} has no {} checksum of {}", wanted.checksum->location,
                           wanted.checksum->algorithm, name)};
    return media::Digest{wanted.checksum->algorithm, *hex};
}

void open_iso(Medium& medium, const tdl::Template& wanted, const Context& context) {
    const auto digest = expected_digest(wanted, context);
    if (medium.root.path) {
        if (digest)
            in_context("checking the ISO",
                       [&] { media::check_file(*medium.root.path, *digest, context.stop); });
    } else {
        context.progress.phase("fetching " + medium.root.url);
        const fs::path folder = context.settings.data_dir / "isos";
        make_folders(folder);
        medium.downloaded.emplace(folder / (wanted.name + ".iso"));
        media::FetchOptions options = with_progress(context);
        options.expected = digest;
        media::fetch(medium.root.url, medium.downloaded->path(), options);
        medium.root = {.path = medium.downloaded->path(), .url = {}};
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
std::optional<osdb::Release> identify(const Medium& medium, const tdl::Template& wanted,
                                      const catalog::Match& match, const Context& context) {
    const osdb::Database database{context.families / "osinfo", context.stop};
    const auto found =
        wanted.install_type == tdl::InstallType::iso
            ? database.identify_volume(volume_of(media::Iso{*medium.root.path}))
            : database.identify_tree(medium.root.path ? "file://" + medium.root.path->string()
                                                      : medium.root.url);
    if (found)
        context.progress.info(format("the medium is {}", found->name));
    if (found && found->id != match.release->osinfo)
        context.progress.warning(format("the template asks for {} {}, but the medium is {}",
                                        wanted.os, wanted.version, found->name));
    return found ? found : database.find(match.release->osinfo, wanted.arch);
}

}  // namespace

osdb::Volume volume_of(const media::Iso& iso) {
    const media::Volume& volume = iso.volume();
    return {.label = volume.label,
            .system = volume.system,
            .publisher = volume.publisher,
            .application = volume.application,
            .size = volume.size};
}

Medium open_medium(const tdl::Template& wanted, const catalog::Match& match,
                   const Context& context) {
    Medium medium{};
    medium.root = media::locate(wanted.location, wanted.file.parent_path());
    if (wanted.install_type == tdl::InstallType::iso)
        open_iso(medium, wanted, context);
    else
        open_tree(medium, wanted, *match.family, context);
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
