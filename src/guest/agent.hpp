#pragma once

#include <stop_token>
#include <string>
#include <string_view>

#include "glinda/guest/session.hpp"

namespace glinda::guest {

/// Runs a command line of the guest's shell by its agent (QEMU Guest Agent Protocol Reference,
/// "guest-exec"), with a text as its standard input. The output comes when it has ended.
/// @throws Error as Session::run() does.
[[nodiscard]] CommandResult run_by_agent(const AgentCall& call, const std::string& command,
                                         std::string_view input, const RunOptions& options,
                                         const std::stop_token& stop);

}  // namespace glinda::guest
