#pragma once

#include <memory>
#include <string>

struct ssh_key_struct;

namespace glinda::guest {

/// A pair of keys (ed25519) that is made for one guest and is nowhere but in memory. Copies share
/// it.
class ThrowAwayKey {
public:
    /// @throws Error (environment).
    ThrowAwayKey();

    /// The public half, as a line of an authorized_keys file, without its end.
    [[nodiscard]] std::string line() const;
    /// libssh's handle, which the key keeps.
    [[nodiscard]] ssh_key_struct* get() const noexcept { return key_.get(); }

private:
    std::shared_ptr<ssh_key_struct> key_;
};

/// Where a system gets the key from by root_credential().
constexpr const char* root_keys_file = "/root/.ssh/authorized_keys";

/// What a virtual machine says in its SMBIOS (type 11, OEM strings) so that its system lets root in
/// with the key: systemd 252 and later makes root's authorized_keys of it at each start, where
/// there is none (systemd.system-credentials(7), "ssh.authorized_keys.root").
[[nodiscard]] std::string root_credential(const ThrowAwayKey& key);

}  // namespace glinda::guest
