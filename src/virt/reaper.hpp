#pragma once

#include <filesystem>
#include <set>
#include <thread>
#include <vector>

#include "glinda/util/files.hpp"

namespace glinda::virt {

/// Takes the ends of the daemons whose numbers libvirt writes into `folder`, as libvirt waits, up
/// to 15 s, until a dead QEMU has been taken from the table of processes. That is the work of
/// process 1, which in many a container never does it. So this process becomes the parent of its
/// orphans (prctl(2), PR_SET_CHILD_SUBREAPER).
class Reaper {
public:
    /// @throws Error (environment) if the folder cannot be watched.
    explicit Reaper(const std::filesystem::path& folder);
    Reaper(const Reaper&) = delete;
    Reaper& operator=(const Reaper&) = delete;
    ~Reaper();

private:
    void run();
    void look_for_more();

    std::filesystem::path folder_;
    FileDescriptor notify_;
    FileDescriptor wake_;
    std::set<pid_t> known_;
    std::vector<FileDescriptor> alive_;
    std::thread thread_;
};

}  // namespace glinda::virt
