#!/usr/bin/env bash
# kickstart.sh GLINDA FOLDER: a real installation that a kickstart file of a user's own drives. The installer is Debian's with
# its packages kickseed-common and initrd-kickseed, which read such files; kickstart/auto tells glinda of it.
set -euo pipefail
glinda=$1
folder=$2
source_folder=$(cd "$(dirname "$0")/../.." && pwd)
here=$source_folder/tests/real/kickstart
medium=$source_folder/build/medium-kickstart
bash "$source_folder/templates/debian-medium.sh" "$medium" --udebs "kickseed-common initrd-kickseed"

rm -rf "$folder"
mkdir -p "$folder/data"
ln -s "$here/auto" "$source_folder/config" "$folder/data/"
sed "s,../build/medium/,$medium/," "$source_folder/templates/debian-13-iso.tdl" >"$folder/by-kickstart.tdl"
settings=(--set "glinda.data=$folder/data" --set "paths.output_dir=$folder" --set "paths.data_dir=$folder")
# This reader knows no %end, which lint asks for.
"$glinda" install --no-lint -a "$here/auto/kickseed/ks.cfg" "$folder/by-kickstart.tdl" "${settings[@]}"
output=$("$glinda" test "$folder/by-kickstart.tdl" "$folder/debian-13-iso.xml" "${settings[@]}" \
  --run 'hostname; cat /etc/motd /etc/os-release')
printf '%s\n' "$output"
for line in by-kickstart 'by kickstart' 'VERSION_CODENAME=trixie'; do grep -qx "$line" <<<"$output"; done
rm "$folder/debian-13-iso.dsk"
