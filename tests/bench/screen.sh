#!/usr/bin/env bash
# screen.sh BUILD: how long it takes to read a text screen of 1024 x 768 and to make its PNG. BUILD is a build folder of this
# tree (RelWithDebInfo, for figures). What following the screen costs an installation tells recording.sh.
set -euo pipefail
ninja -C "$1" screen_bench >/dev/null
"$1/tests/screen_bench"
