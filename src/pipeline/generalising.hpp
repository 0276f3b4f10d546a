#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "glinda/image/ext.hpp"
#include "glinda/pipeline/generalise.hpp"

namespace glinda::pipeline {

/// One thing that is done to generalise a system; see auto/generalise.xml.
struct Action {
    enum class Kind { remove, empty, empty_below, write };
    Kind kind = Kind::remove;
    std::string path;                    ///< a shell's pattern, or a folder
    std::string content{};               ///< of a file that is written
    std::vector<std::string> with{};     ///< it is written only where all of these are
    std::vector<std::string> without{};  ///< … and none of these
};

/// What makes a system that one and no other, and how that goes.
struct Concern {
    std::string what;  ///< for a person: "SSH host keys"
    std::vector<Action> actions;
};

/// Reads auto/generalise.xml. @throws Error (environment) if it is not what its schema says.
[[nodiscard]] std::vector<Concern> read_concerns(const std::filesystem::path& file);

/// What is to be done, and what that is about.
struct Generalisation {
    std::vector<image::ExtFiles::Edit> edits;  ///< of the file system as it is
    std::vector<Trace> traces;                 ///< only of concerns that there are
    std::vector<std::string> links;  ///< to folders; what is behind them was not looked at
};

/// Finds out what is to be done in the root of a system.
/// @throws Error (environment) if its folders are deeper or more than a system's could be.
[[nodiscard]] Generalisation plan_generalisation(const image::ExtFiles& root,
                                                 const std::vector<Concern>& concerns);

/// The mount points of other file systems than the root's that generalising has to do with, by the
/// text of /etc/fstab (fstab(5)).
[[nodiscard]] std::vector<std::string> other_mounts(const std::string& fstab,
                                                    const std::vector<Concern>& concerns);

/// A script for the shell of a running guest that lists what there is of each concern: a line
/// "= what", then a line for each path.
[[nodiscard]] std::string listing_script(const std::vector<Concern>& concerns);
/// What that script has printed.
[[nodiscard]] std::vector<Trace> traces_in(const std::string& listing);
/// A script that does all of it.
[[nodiscard]] std::string changing_script(const std::vector<Concern>& concerns);

}  // namespace glinda::pipeline
