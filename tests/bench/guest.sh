#!/usr/bin/env bash
# guest.sh [FOLDER]: how late a login comes after the SSH server answers, a file of 100 MB beside scp, and 10,000 lines of
# output. The server is this host's own on loopback; FOLDER is where the project is built.
# shellcheck source=templates/setup.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../templates/setup.sh"
need_packages build run test bench
folder=${1:-$source_folder/build/release}
[ -e "$folder/CMakeCache.txt" ] || build "$folder" -DGLINDA_TESTS=ON
ninja -C "$folder" guest_bench >"$folder/bench.log" || die "the build failed; see $folder/bench.log"
"$folder/tests/guest_bench"
