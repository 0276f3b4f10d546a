#include "authorized_keys.hpp"

#include "glinda/guest/session.hpp"
#include "glinda/util/text.hpp"

namespace glinda::pipeline {

using guest::shell_word;

std::string letting_in(const std::string& key, const std::string& keys_file) {
    return format(
        "set -e; umask 077; file={0}\n"
        "mkdir -p \"${{file%/*}}\"; printf '%s\\n' {1} >>\"$file\"\n"
        "if command -v restorecon >/dev/null; then restorecon -R \"${{file%/*}}\"; fi\n",
        keys_file, shell_word(key));
}

// The bytes are overwritten where they are first: they would stay in what the file system does not
// use.
std::string keeping_out(const std::string& key, const std::string& keys_file) {
    return format(
        "set -e; file={0}\n"
        "grep -qxF -e {1} \"$file\" 2>/dev/null || exit 0\n"
        "rest=$(grep -vxF -e {1} \"$file\" || :)\n"
        "head -c \"$(wc -c <\"$file\")\" /dev/zero | dd of=\"$file\" conv=notrunc 2>/dev/null; "
        "sync\n"
        "if [ -n \"$rest\" ]; then printf '%s\\n' \"$rest\" >\"$file\"; else rm \"$file\"; fi\n",
        keys_file, shell_word(key));
}

}  // namespace glinda::pipeline
