#!/usr/bin/env bash
# Installs a real Debian 13 with glinda, offline, and logs in to it. Needs Debian 12 or 13 and apt, nothing else: what is
# missing is installed, glinda is built, the medium is made from the host's own package mirror. Run again, it reuses all that.
# shellcheck source=templates/setup.sh
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

folder=$source_folder/build
image=$folder/demo/debian-13.dsk
domain=$folder/demo/debian-13.xml

need_packages build run medium
# Without the tests, which want more packages; a folder that tests/run has made stays as it is.
options=()
[ -e "$folder/release/CMakeCache.txt" ] || options=(-DGLINDA_TESTS=OFF)
build "$folder/release" "${options[@]}"
say "making the medium in $folder/medium"
bash "$source_folder/templates/debian-medium.sh" "$folder/medium"

cd "$source_folder"
glinda=("$folder/release/glinda")
settings=(--set "paths.output_dir=$folder/demo" --set "paths.data_dir=$folder/demo")
if [ -e "$image" ] && [ -e "$domain" ]; then
  say "reusing $image"
else
  say "installing Debian 13: glinda install templates/debian-13.tdl"
  "${glinda[@]}" install templates/debian-13.tdl -p "${settings[@]}"
fi
say "booting the image and logging in over SSH: glinda test templates/debian-13.tdl $domain"
"${glinda[@]}" test templates/debian-13.tdl "$domain" "${settings[@]}"
report=$({ find "$folder/demo/builds" -name report.html -path '*/debian-13-2*' 2>/dev/null || true; } | sort | tail -n 1)
say "done
  image:      $image
  domain XML: $domain
  report:     ${report:-none, as the image is an older one}"
