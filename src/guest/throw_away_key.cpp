#include "glinda/guest/throw_away_key.hpp"

#include <libssh/libssh.h>

#include "base64.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/handle.hpp"
#include "glinda/util/text.hpp"

namespace glinda::guest {

ThrowAwayKey::ThrowAwayKey() {
    ssh_key key = nullptr;
    if (ssh_pki_generate(SSH_KEYTYPE_ED25519, 0, &key) != SSH_OK)
        throw Error{Fault::environment, "cannot make an SSH key"};
    key_ = {key, &ssh_key_free};
}

std::string ThrowAwayKey::line() const {
    char* text = nullptr;
    if (ssh_pki_export_pubkey_base64(key_.get(), &text) != SSH_OK)
        throw Error{Fault::environment, "cannot write an SSH key"};
    const Handle<char, &ssh_string_free_char> owned{text};
    return format("ssh-ed25519 {} glinda-throw-away", text);
}

std::string root_credential(const ThrowAwayKey& key) {
    return "io.systemd.credential.binary:ssh.authorized_keys.root=" + to_base64(key.line() + "\n");
}

}  // namespace glinda::guest
