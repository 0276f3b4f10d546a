#pragma once

#include <filesystem>
#include <set>
#include <thread>
#include <vector>

#include "glinda/util/files.hpp"

namespace glinda::virt {

/// Takes the ends of the daemons whose numbers libvirt writes below `root`, those of domains and
/// those that it only asks what they can do: it waits, up to 40 s, until a dead QEMU has been taken
/// from the table of processes. That is the work of process 1, which in many a container never does
/// it. So this process becomes the parent of its orphans (prctl(2), PR_SET_CHILD_SUBREAPER).
class Reaper {
public:
    /// @throws Error (environment) if the root's folders cannot be watched.
    explicit Reaper(const std::filesystem::path& root);
    Reaper(const Reaper&) = delete;
    Reaper& operator=(const Reaper&) = delete;
    ~Reaper();

private:
    void run();
    void look_for_more();
    void look_into(const std::filesystem::path& folder);

    std::filesystem::path domains_;  ///< a file NAME.pid for each
    std::filesystem::path asked_;    ///< a folder qmp-… with a file qmp.pid for each
    bool asks_ = false;              ///< there is such a folder
    FileDescriptor notify_;
    FileDescriptor wake_;
    std::set<pid_t> known_;
    std::vector<FileDescriptor> alive_;
    std::thread thread_;
};

}  // namespace glinda::virt
