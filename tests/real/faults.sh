#!/usr/bin/env bash
# faults.sh GLINDA FOLDER [NAME…]: builds of the real debian-installer that are broken in ways that people break them. Each must
# end with the right cause and the right line of the preseed, as no success, with its report and without the template's
# secrets. Without names all of faults/cases.txt; each takes half a minute to four. build/medium is made if it is missing.
# The last lines tell how many were right, how long the end took after the failure had shown itself, and how much of what
# was read off the screens stands in the installer's own log.
set -euo pipefail
glinda=$(realpath "$1")
folder=$2
shift 2
source_folder=$(cd "$(dirname "$0")/../.." && pwd)
here=$source_folder/tests/real/faults
medium=$source_folder/build/medium
[ -e "$medium/debian-13.iso" ] || bash "$source_folder/templates/debian-medium.sh" "$medium"
rm -rf "$folder"
mkdir -p "$folder"
folder=$(realpath "$folder")

# The mirror that the preseed names; python tells the port that it got.
python3 -u -m http.server --bind 127.0.0.1 --directory "$medium/tree" 0 >"$folder/server.log" 2>&1 &
server=$!
trap 'kill $server' EXIT
until port=$(grep -oE 'port [0-9]+' "$folder/server.log" | grep -oE '[0-9]+'); do sleep 0.1; done

# A tree whose initrd ends in its middle.
initrd=dists/trixie/main/installer-amd64/current/images/netboot/debian-installer/amd64/initrd.gz
cp -as "$(realpath "$medium/tree")" "$folder/damaged"
rm "$folder/damaged/$initrd"
head -c 9000000 "$medium/tree/$initrd" >"$folder/damaged/$initrd"

# NAME | source (iso, tree, damaged) | words for the kernel | sed script on the preseed | cause | pattern of the line, or -
while IFS='|' read -r name source words script cause line; do
  name=${name//[[:space:]]/}
  case $name in '' | '#'*) continue ;; esac
  [ $# = 0 ] || [[ " $* " = *" $name "* ]] || continue
  case ${source//[[:space:]]/} in
    iso) install="<install type='iso'><iso>$medium/debian-13.iso</iso></install>" ;;
    tree) install="<install type='url'><url>$medium/tree</url></install>" ;;
    damaged) install="<install type='url'><url>$folder/damaged</url></install>" ;;
  esac
  mkdir "$folder/$name"
  sed -e "s/@PORT@/$port/" -e "$script" "$here/preseed.cfg" >"$folder/$name/preseed.cfg"
  cat >"$folder/$name/fault.tdl" <<END
<template><name>$name</name><os><name>Debian</name><version>13</version><arch>x86_64</arch>$install
<rootpw>s3cret-w0rd</rootpw><kernelparam>$words</kernelparam></os><disk><size>4</size></disk></template>
END
  status=0
  "$glinda" install --json --no-lint -a "$folder/$name/preseed.cfg" -t 1200 --set "paths.output_dir=$folder/$name" \
    --set "paths.data_dir=$folder/$name" --set "paths.screenshot_dir=$folder/$name" --set timeouts.inactivity=180 \
    "$folder/$name/fault.tdl" >"$folder/$name/record.json" 2>"$folder/$name/errors" </dev/null || status=$?
  date +%s.%N >"$folder/$name/ended"
  python3 "$here/check.py" "$folder/$name" "$status" "$cause" "$line" >>"$folder/results" || true
  tail -n 1 "$folder/results"
done <"$here/cases.txt"
python3 "$here/check.py" --sum "$folder/results"
