#include "glinda/tdl/contents.hpp"

#include "glinda/util/files.hpp"
#include "glinda/util/text.hpp"

namespace glinda::tdl {
namespace {

namespace fs = std::filesystem;

/// The file that a `file://` URL names, if it is one. Oz joins host and path, so that
/// "file://./a/b" is the relative "./a/b".
std::optional<fs::path> file_at(std::string_view url, const fs::path& folder) {
    constexpr std::string_view scheme = "file://";
    constexpr std::string_view here = "localhost/";
    if (lower(url.substr(0, scheme.size())) != scheme)
        return std::nullopt;
    url.remove_prefix(scheme.size());
    if (url.starts_with(here))
        url.remove_prefix(here.size() - 1);
    std::error_code none;
    const fs::path beside = folder / url;
    return fs::exists(beside, none) ? beside : fs::path{url};
}

void resolve(Content& content, const fs::path& folder, const Fetch& fetch) {
    if (content.type != ContentType::url)
        return;
    const auto file = file_at(content.url, folder);
    content.bytes = file ? read_file(*file, Fault::usage) : fetch(content.url);
}

void resolve(std::vector<Command>& commands, const fs::path& folder, const Fetch& fetch) {
    for (Command& command : commands) {
        if (!command.playbook.empty())
            continue;
        resolve(command.content, folder, fetch);
        if (trim(*command.content.bytes).empty())
            throw Error{Fault::usage, format("the command {} is empty: so is {}", command.name,
                                             command.content.url)};
    }
}

}  // namespace

void resolve_contents(Template& wanted, const Fetch& fetch) {
    const fs::path folder = wanted.file.parent_path();
    for (File& file : wanted.files)
        resolve(file.content, folder, fetch);
    resolve(wanted.precommands, folder, fetch);
    resolve(wanted.commands, folder, fetch);
}

}  // namespace glinda::tdl
