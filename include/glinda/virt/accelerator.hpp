#pragma once

#include <filesystem>
#include <string>

#include "glinda/virt/connection.hpp"

namespace glinda::virt {

struct AcceleratorChoice {
    Accelerator accelerator;
    std::string reason;  ///< for a person: "a kernel started under KVM within 0.9 s"
};

/// What to run machines of `arch` with. A host may offer KVM that cannot run a guest (nested
/// virtualisation), so `kernel` is started under it for a few seconds, once per host and kernel of
/// the host; the answer is remembered in the user's cache. With an empty `kernel` only a remembered
/// answer counts for KVM.
/// @throws Error (environment) if QEMU has no machines of `arch` at all.
[[nodiscard]] AcceleratorChoice choose_accelerator(const Connection& connection,
                                                   const std::string& arch,
                                                   const std::filesystem::path& kernel);

}  // namespace glinda::virt
