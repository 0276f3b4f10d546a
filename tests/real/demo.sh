#!/usr/bin/env bash
# The demo as a test: from nothing to a login over SSH.
set -euo pipefail
folder=$(cd "$(dirname "$0")/../.." && pwd)
rm -rf "$folder/build/demo"
output=$(bash "$folder/templates/demo.sh")
printf '%s\n' "$output"
grep -q '^VERSION_CODENAME=trixie$' <<<"$output"
