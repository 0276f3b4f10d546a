#!/usr/bin/env bash
# install.sh GLINDA FOLDER [options of glinda install]: installs templates/debian-13-iso.tdl for real, logs in to the image
# with the template's password, and removes it.
set -euo pipefail
glinda=$1
folder=$2
shift 2
source_folder=$(cd "$(dirname "$0")/../.." && pwd)
bash "$source_folder/templates/debian-medium.sh" "$source_folder/build/medium"

rm -rf "$folder"
settings=(--set "paths.output_dir=$folder" --set "paths.data_dir=$folder")
"$glinda" install "$source_folder/templates/debian-13-iso.tdl" "${settings[@]}" "$@"
output=$("$glinda" test "$source_folder/templates/debian-13-iso.tdl" "$folder/debian-13-iso.xml" "${settings[@]}")
printf '%s\n' "$output"
grep -q '^VERSION_CODENAME=trixie$' <<<"$output"
rm "$folder/debian-13-iso.dsk"
