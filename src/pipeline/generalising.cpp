#include "generalising.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <map>
#include <pugixml.hpp>
#include <set>
#include <string_view>

#include "glinda/guest/session.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/files.hpp"
#include "glinda/util/text.hpp"

namespace glinda::pipeline {
namespace {

namespace fs = std::filesystem;
using image::ExtFiles;
using Edit = ExtFiles::Edit;
using Entry = ExtFiles::Entry;

/// What no system has: folders in folders, and files that are to go.
constexpr unsigned deepest = 64;
constexpr std::size_t most_files = 200'000;

std::vector<std::string> paths_in(const pugi::xml_attribute& list) {
    std::vector<std::string> paths;
    for (const std::string_view path : words(list.value()))
        paths.emplace_back(path);
    return paths;
}

Action read_action(const pugi::xml_node& node, const fs::path& file) {
    using Kind = Action::Kind;
    const std::string_view name = node.name();
    const bool below = !node.attribute("below").empty();
    Action action{.path = node.attribute(below ? "below" : "path").value(),
                  .content = std::string{trim(node.text().get())} + "\n",
                  .with = paths_in(node.attribute("with")),
                  .without = paths_in(node.attribute("without"))};
    if (name == "write")
        action.kind = Kind::write;
    else if (name == "empty")
        action.kind = below ? Kind::empty_below : Kind::empty;
    // They go into a shell as they are.
    constexpr std::string_view plain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.*?-/";
    if (!action.path.starts_with('/') || action.path.find_first_not_of(plain) != std::string::npos)
        throw Error{Fault::environment,
                    format("{}: <{}> has no path that does", file.string(), name)};
    return action;
}

bool has_wildcard(std::string_view text) {
    return text.find_first_of("*?") != std::string_view::npos;
}

/// Looks at each folder once: the same folders come again and again.
class Tree {
public:
    explicit Tree(const ExtFiles& files) : files_{files} {}

    const std::vector<Entry>& list(const std::string& folder) {
        const auto known = folders_.find(folder);
        return known != folders_.end()
                   ? known->second
                   : folders_.emplace(folder, files_.list(folder)).first->second;
    }
    [[nodiscard]] bool has(const std::string& path) { return find(path) != nullptr; }
    [[nodiscard]] const Entry* find(const std::string& path) {
        const std::size_t slash = path.rfind('/');
        const std::vector<Entry>& all = list(path.substr(0, slash));
        const auto found = std::ranges::find(all, path.substr(slash + 1), &Entry::name);
        return found == all.end() ? nullptr : &*found;
    }

    /// The paths that a pattern means: as in a shell, * does not begin a name with a dot.
    std::vector<std::string> expand(std::string_view pattern) {
        std::vector<std::string> found{""};
        for (const std::string_view step : split(pattern.substr(1), '/')) {
            std::vector<std::string> next;
            for (const std::string& folder : found)
                if (is_folder(folder))
                    add_matches(next, folder, std::string{step});
            found = std::move(next);
        }
        return found;
    }
    /// Whether it is one; a link is none, and is remembered.
    bool is_folder(const std::string& path) {
        const Entry* const entry = path.empty() ? nullptr : find(path);
        if (entry != nullptr && entry->kind == Entry::Kind::link)
            links_.insert(path);
        return path.empty() || (entry != nullptr && entry->kind == Entry::Kind::folder);
    }
    [[nodiscard]] const std::set<std::string>& links() const noexcept { return links_; }

private:
    void add_matches(std::vector<std::string>& into, const std::string& folder,
                     const std::string& step) {
        for (const Entry& entry : list(folder))
            if (has_wildcard(step) ? ::fnmatch(step.c_str(), entry.name.c_str(), FNM_PERIOD) == 0
                                   : entry.name == step)
                into.push_back(folder + "/" + entry.name);
    }

    const ExtFiles& files_;
    std::map<std::string, std::vector<Entry>> folders_;
    std::set<std::string> links_;
};

/// Makes edits of the actions, each path at most once.
class Planner {
public:
    explicit Planner(const ExtFiles& root) : tree_{root} {}

    void add(const Concern& concern) {
        Trace trace{.what = concern.what, .paths = {}};
        for (const Action& action : concern.actions)
            add(action, trace);
        if (!trace.paths.empty())
            plan_.traces.push_back(std::move(trace));
    }
    [[nodiscard]] Generalisation plan() && {
        plan_.links.assign(tree_.links().begin(), tree_.links().end());
        return std::move(plan_);
    }

private:
    void add(const Action& action, Trace& trace) {
        switch (action.kind) {
            case Action::Kind::remove:
                for (const std::string& path : tree_.expand(action.path))
                    if (remove(path, *tree_.find(path), 0))
                        trace.paths.push_back(path);
                return;
            case Action::Kind::empty:
                for (const std::string& path : tree_.expand(action.path))
                    empty(path, *tree_.find(path), trace);
                return;
            case Action::Kind::empty_below:
                if (tree_.is_folder(action.path))
                    empty_below(action.path, trace, 0);
                return;
            case Action::Kind::write:
                write(action, trace);
                return;
        }
    }

    void add(Edit edit) {
        if (plan_.edits.size() >= most_files)
            throw Error{Fault::environment,
                        format("more than {} files of the image would go", most_files)};
        plan_.edits.push_back(std::move(edit));
    }

    bool remove(const std::string& path, const Entry& entry, unsigned depth) {
        refuse_depth(path, depth);
        if (!gone_.insert(path).second)
            return false;
        if (entry.kind != Entry::Kind::folder) {
            add({Edit::Kind::remove_file, path});
            return true;
        }
        for (const Entry& inner : tree_.list(path))
            remove(path + "/" + inner.name, inner, depth + 1);
        add({Edit::Kind::remove_folder, path});
        return true;
    }

    void empty(const std::string& path, const Entry& entry, Trace& trace) {
        if (entry.kind != Entry::Kind::file || entry.size == 0 || !gone_.insert(path).second)
            return;
        add({Edit::Kind::empty, path});
        trace.paths.push_back(path);
    }

    void empty_below(const std::string& folder, Trace& trace, unsigned depth) {
        refuse_depth(folder, depth);
        for (const Entry& entry : tree_.list(folder)) {
            const std::string path = folder + "/" + entry.name;
            if (gone_.contains(path))
                continue;
            if (entry.kind == Entry::Kind::folder)
                empty_below(path, trace, depth + 1);
            else
                empty(path, entry, trace);
        }
    }

    void write(const Action& action, Trace& trace) {
        const auto is_there = [&](const std::string& path) { return tree_.has(path); };
        if (is_there(action.path) || !std::ranges::all_of(action.with, is_there) ||
            std::ranges::any_of(action.without, is_there))
            return;
        for (std::size_t end = action.path.find('/', 1); end != std::string::npos;
             end = action.path.find('/', end + 1))
            if (const std::string folder = action.path.substr(0, end);
                !is_there(folder) && made_.insert(folder).second)
                add({Edit::Kind::make_folder, folder});
        add({Edit::Kind::write, action.path, action.content});
        trace.paths.push_back(action.path);
    }

    static void refuse_depth(const std::string& path, unsigned depth) {
        if (depth > deepest)
            throw Error{Fault::environment,
                        format("{} in the image is deeper than folders should be",
                               printable(path.substr(0, 200)))};
    }

    Tree tree_;
    std::set<std::string, std::less<>> gone_;
    std::set<std::string, std::less<>> made_;
    Generalisation plan_;
};

/// A condition of the shell's: all of `with` are there, none of `without`, nor the file itself.
std::string condition_of(const Action& action) {
    std::string test = format("[ ! -e {} ]", action.path);
    for (const std::string& path : action.with)
        test += format(" && [ -e {} ]", path);
    for (const std::string& path : action.without)
        test += format(" && [ ! -e {} ]", path);
    return test;
}

std::string listing_of(const Action& action) {
    switch (action.kind) {
        case Action::Kind::remove:
            return format(
                "for f in {}; do [ ! -e \"$f\" ] && [ ! -L \"$f\" ] || echo \"$f\"; done\n",
                action.path);
        case Action::Kind::empty:
            return format(
                "for f in {}; do [ ! -f \"$f\" ] || [ ! -s \"$f\" ] || echo \"$f\"; done\n",
                action.path);
        case Action::Kind::empty_below:
            return format("[ ! -d {0} ] || find {0} -xdev -type f -size +0\n", action.path);
        case Action::Kind::write:
            break;
    }
    return format("if {}; then echo {}; fi\n", condition_of(action), action.path);
}

std::string change_of(const Action& action) {
    switch (action.kind) {
        case Action::Kind::remove:
            return format("rm -rf -- {}\n", action.path);
        case Action::Kind::empty:
            return format("for f in {}; do [ ! -f \"$f\" ] || : >\"$f\"; done\n", action.path);
        case Action::Kind::empty_below:
            return format(
                "[ ! -d {0} ] || find {0} -xdev -type f -size +0 -exec "
                "sh -c 'for f; do : >\"$f\"; done' sh {{}} +\n",
                action.path);
        case Action::Kind::write:
            break;
    }
    return format("if {}; then\nmkdir -p {}\ncat >{} <<'END_OF_FILE'\n{}END_OF_FILE\nfi\n",
                  condition_of(action), fs::path{action.path}.parent_path().string(), action.path,
                  action.content);
}

/// Whether what is at `path`, or below, would be on a file system that is mounted at `mount`.
bool is_on(std::string_view path, std::string_view mount) {
    const std::string_view fixed = path.substr(0, path.find_first_of("*?"));
    return fixed.starts_with(mount) || mount.starts_with(fixed);
}

}  // namespace

std::vector<Concern> read_concerns(const fs::path& file) {
    pugi::xml_document document;
    if (const auto result = document.load_file(file.c_str()); !result)
        throw Error{Fault::environment, format("{}: {}", file.string(), result.description())};
    std::vector<Concern> concerns;
    for (const pugi::xml_node& node : document.child("generalise").children("concern")) {
        Concern concern{.what = node.attribute("what").value(), .actions = {}};
        for (const pugi::xml_node& action : node.children())
            if (action.type() == pugi::node_element)
                concern.actions.push_back(read_action(action, file));
        concerns.push_back(std::move(concern));
    }
    return concerns;
}

Generalisation plan_generalisation(const ExtFiles& root, const std::vector<Concern>& concerns) {
    Planner planner{root};
    for (const Concern& concern : concerns)
        planner.add(concern);
    return std::move(planner).plan();
}

std::vector<std::string> other_mounts(const std::string& fstab,
                                      const std::vector<Concern>& concerns) {
    constexpr std::array<std::string_view, 4> in_memory{"tmpfs", "proc", "sysfs", "ramfs"};
    std::vector<std::string> mounts;
    for (const std::string_view line : split(fstab, '\n')) {
        const std::vector<std::string_view> fields = words(line);
        if (fields.size() < 3 || fields[0].starts_with('#') || !fields[1].starts_with('/') ||
            fields[1] == "/" || std::ranges::find(in_memory, fields[2]) != in_memory.end())
            continue;
        const bool matters = std::ranges::any_of(concerns, [&](const Concern& concern) {
            return std::ranges::any_of(concern.actions, [&](const Action& action) {
                return is_on(action.path, fields[1]);
            });
        });
        if (matters)
            mounts.emplace_back(fields[1]);
    }
    return mounts;
}

std::string listing_script(const std::vector<Concern>& concerns) {
    std::string script;
    for (const Concern& concern : concerns) {
        script += "echo " + guest::shell_word("= " + concern.what) + "\n";
        for (const Action& action : concern.actions)
            script += listing_of(action);
    }
    return script;
}

std::vector<Trace> traces_in(const std::string& listing) {
    std::vector<Trace> traces;
    for (const std::string_view line : split(listing, '\n')) {
        if (line.starts_with("= "))
            traces.push_back({std::string{line.substr(2)}, {}});
        else if (!line.empty() && !traces.empty())
            traces.back().paths.push_back(printable(line));
    }
    std::erase_if(traces, [](const Trace& trace) { return trace.paths.empty(); });
    return traces;
}

std::string changing_script(const std::vector<Concern>& concerns) {
    std::string script;
    for (const Concern& concern : concerns)
        for (const Action& action : concern.actions)
            script += change_of(action);
    return script;
}

}  // namespace glinda::pipeline
