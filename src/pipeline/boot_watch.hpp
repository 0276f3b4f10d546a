#pragma once

#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include "glinda/catalog/family.hpp"
#include "glinda/report/build_folder.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/follower.hpp"
#include "glinda/util/process.hpp"
#include "glinda/watch/watch.hpp"
#include "screens.hpp"

namespace glinda::pipeline {

/// Follows an installed guest into a build's folder: its console, and pictures of its screen. While
/// it boots, a failure that is known by what either says is noticed at once.
class BootWatch {
public:
    /// `on_failure` is called at most once, in a thread, and must not call this.
    BootWatch(const catalog::Family& family, std::filesystem::path vnc_socket,
              std::filesystem::path console, report::BuildFolder& folder, Runner& runner,
              std::function<void()> on_failure);

    /// From now on a failure is somebody else's to notice.
    void has_booted();

    /// Says of a failure what was seen of the guest, and where that is. Ends the watch.
    void explain(Error& error);

private:
    void add_console(std::string_view bytes);
    void observe(const watch::Signal& signal);

    report::BuildFolder& folder_;
    std::function<void()> on_failure_;
    std::mutex mutex_;
    watch::Watch watch_;  ///< with the mutex, as the next ones
    std::optional<watch::Verdict> failure_;
    std::string line_;
    bool boots_ = true;
    // Last, as their threads use the others.
    std::optional<Screens> screens_;
    std::optional<Follower> follower_;
};

}  // namespace glinda::pipeline
