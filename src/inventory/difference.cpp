#include <map>
#include <set>

#include "glinda/inventory/manifest.hpp"
#include "glinda/util/text.hpp"

namespace glinda::inventory {
namespace {

/// Several versions of one package may be installed side by side.
using Versions = std::map<std::string, std::set<std::string>>;

Versions versions_of(const std::vector<Package>& packages) {
    Versions versions;
    for (const Package& package : packages)
        versions[package.name].insert(package.version);
    return versions;
}

/// ICICLE knows no versions: a name without one says nothing about them.
bool differ(const std::set<std::string>& was, const std::set<std::string>& is) {
    return was != is && !was.contains("") && !is.contains("");
}

std::string text_of(const std::set<std::string>& versions) {
    return join({versions.begin(), versions.end()}, ", ");
}

std::string line(char sign, const std::string& name, const std::string& versions) {
    return format("{} {}{}{}\n", sign, name, versions.empty() ? "" : " ", versions);
}

}  // namespace

std::string difference(const std::vector<Package>& before, const std::vector<Package>& after) {
    const Versions old = versions_of(before);
    const Versions now = versions_of(after);
    Versions all = old;
    all.insert(now.begin(), now.end());
    std::string text;
    for (const auto& [name, any] : all) {
        const auto was = old.find(name);
        const auto is = now.find(name);
        if (was == old.end())
            text += line('+', name, text_of(is->second));
        else if (is == now.end())
            text += line('-', name, text_of(was->second));
        else if (differ(was->second, is->second))
            text += line('~', name, text_of(was->second) + " -> " + text_of(is->second));
    }
    return text;
}

}  // namespace glinda::inventory
