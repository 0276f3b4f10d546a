#include "glinda/tdl/merge.hpp"

#include <algorithm>
#include <iterator>
#include <set>

#include "glinda/util/text.hpp"
#include "reading.hpp"

namespace glinda::tdl {
namespace {

const xmlNode& section(const Document& document, std::string_view name) {
    if (name_of(document.root()) != name)
        throw document.wrong(document.root(), format("is no <{}>", name));
    return document.root();
}

}  // namespace

void merge_packages(Template& into, std::string_view fragment, const Schema& schema,
                    const std::filesystem::path& source) {
    const Document document{fragment, source, schema, {}};
    std::vector<Package> packages = read_packages(document, section(document, "packages"));
    std::set<std::string> names;
    // Of those of one name, the last is meant: from the end, it is the first to be seen.
    std::ranges::reverse(packages);
    std::erase_if(packages,
                  [&](const Package& package) { return !names.insert(package.name).second; });
    std::erase_if(into.packages,
                  [&](const Package& package) { return names.contains(package.name); });
    std::move(packages.rbegin(), packages.rend(), std::back_inserter(into.packages));
}

void merge_repositories(Template& into, std::string_view fragment, const Schema& schema,
                        const std::filesystem::path& source) {
    const Document document{fragment, source, schema, {}};
    put(into.repositories, read_repositories(document, section(document, "repositories")));
}

}  // namespace glinda::tdl
