#pragma once

#include <string>

namespace glinda::pipeline {

/// Where a user's keys are that may log in (sshd_config(5), AuthorizedKeysFile), as a word of the
/// guest's shell.
constexpr const char* usual_keys_file = "\"$HOME/.ssh/authorized_keys\"";

// Scripts for a guest. `key` is a line of an authorized_keys file; `keys_file` is that file, as a
// word of the guest's shell.

/// Lets a key in. A file that is there keeps its mode.
[[nodiscard]] std::string letting_in(const std::string& key,
                                     const std::string& keys_file = usual_keys_file);
/// Without the key the file is as it was; one that would be empty was made for it and goes.
[[nodiscard]] std::string keeping_out(const std::string& key,
                                      const std::string& keys_file = usual_keys_file);

}  // namespace glinda::pipeline
