#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "authorized_keys.hpp"
#include "glinda/guest/session.hpp"
#include "glinda/util/process.hpp"

namespace glinda::pipeline {

/// The guest as Ansible is told of it: its inventory in the INI format, one host "guest".
[[nodiscard]] std::string inventory_of(const guest::Login& login, const std::filesystem::path& key);

/// Runs a playbook of the host's ansible-playbook(1) against a guest. It logs in with a key that is
/// made for this alone, in a folder that nobody else can read; the guest lets it in only meanwhile.
/// The playbook may restart the guest: `restarted` is as do_step_through_restart() has it.
/// @throws Error (environment) if there is no ansible-playbook, (guest) with the end of its output
///         if it fails, (timeout), (cancelled); the key may then still be in the guest.
void run_playbook(guest::Session& session, const guest::Login& login,
                  const std::filesystem::path& playbook, Runner& runner,
                  std::chrono::milliseconds limit,
                  const std::function<void(std::string_view)>& on_output,
                  const std::function<bool()>& restarted,
                  const std::string& keys_file = usual_keys_file);

}  // namespace glinda::pipeline
