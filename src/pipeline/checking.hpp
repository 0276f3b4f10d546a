#pragma once

#include <string>

#include "customising.hpp"
#include "glinda/guest/session.hpp"
#include "glinda/pipeline/test.hpp"
#include "glinda/tdl/check.hpp"

namespace glinda::pipeline {

/// What a check is called: "port 22", "file /etc/motd".
[[nodiscard]] std::string title_of(const tdl::Check& check);

/// What the guest's shell is asked for a check. `manager` may be empty if it is about no package.
[[nodiscard]] std::string script_of(const tdl::Check& check, const PackageManager& manager);

/// What a check comes to by what its script gave.
[[nodiscard]] CheckResult judge(const tdl::Check& check, const guest::CommandResult& answer);

/// Checks one thing in the guest. A script that is not done within `limit` has failed.
/// @throws Error as guest::Session::run() does, but for that.
[[nodiscard]] CheckResult check_in(guest::Session& session, const tdl::Check& check,
                                   const PackageManager& manager, std::chrono::milliseconds limit);

}  // namespace glinda::pipeline
