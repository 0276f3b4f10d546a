#!/usr/bin/env bash
# make-iso-seeds.sh FOLDER: small ISO images for iso_fuzz to start from: plain, Rock Ridge, Joliet, both, with boot
# records, with links, with long names that need continuation areas, with UDF.
set -euo pipefail
mkdir -p "$1"
out=$(cd "$1" && pwd)
tree=$(mktemp -d)
trap 'rm -rf "$tree" "$tree.iso"' EXIT
mkdir -p "$tree/.disk" "$tree/a/b/c"
echo 'Debian GNU/Linux 13.1.0 "Trixie"' >"$tree/.disk/info"
echo kernel >"$tree/a/b/c/vmlinuz"
head -c 3000 /dev/zero >"$tree/a/initrd"
ln -s a/b "$tree/link"
ln -s loop "$tree/a/loop"
: >"$tree/$(printf 'long%.0s' {1..50})"
make() {
  local name=$1
  shift
  genisoimage -quiet -no-pad -V LABEL "$@" -o "$tree.iso" "$tree" 2>/dev/null
  tail -c +32769 "$tree.iso" >"$out/$name" # iso_fuzz puts them before it again
}
make plain -iso-level 3 -l
make rock-ridge -R
make joliet -J -joliet-long
make both -R -J -joliet-long
make boot -R -b a/b/c/vmlinuz -c boot.cat -no-emul-boot
make udf -udf
make compressed -R -z
rm "$tree/a/"{b/c/vmlinuz,initrd}
for number in {10..35}; do # records in two blocks
  : >"$tree/a/name$number"
done
make two-blocks -R
# UDF's own: its recognition and its volume, without the hole between, and with ISO 9660 hiding it.
mkdir "$tree/sources"
head -c 5000 /dev/zero >"$tree/sources/file"
echo readme >"$tree/README.TXT"
rm "$tree"/a/name*
genisoimage -quiet -V LABEL -udf -hide sources -o "$tree.iso" "$tree" 2>/dev/null
{
  dd if="$tree.iso" bs=2048 skip=16 count=24
  dd if="$tree.iso" bs=2048 skip=256 count=24
} >"$out/udf-volume" 2>/dev/null
