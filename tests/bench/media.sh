#!/usr/bin/env bash
# media.sh [SIZES]: what it takes to prepare a medium, a bootable hybrid ISO of 1, 4.7 and 9 GB (by default), all of it in the
# page cache: to boot it untouched (kernel and initrd taken out, answer file appended), to remaster it for a virtual machine,
# and to remaster it into a file, beside cp, and up to 5 GB beside xorriso and Oz's way. Prints a line of medians for each
# size; fails above 150 ms and 64 MiB, 50 ms and 2 MiB, 1.05 times cp, and where a larger ISO takes longer than the smallest
# one. Needs twice the largest size of disk, or 15 GB, and of memory, and ROUNDS pairs with cp (7). KEEP=1 leaves the ISOs.
# shellcheck source=templates/setup.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../templates/setup.sh"

need_packages build run medium bench
readonly sizes=${1:-1000 4700 9000} work=$source_folder/build/bench-media rounds=${ROUNDS:-7}
mkdir -p "$work"
cmake -S "$source_folder" -B "$source_folder/build/release" -G Ninja >/dev/null
nice ninja -C "$source_folder/build/release" media_bench >"$work/build.log" || die "$(tail -n 20 "$work/build.log")"
cd "$work"

# medium MB: an ISO of that size with an initrd of 40 MB and 560 files, as a distribution's DVD has.
medium() {
  [ ! -e "$1.iso" ] || return 0
  say "making an ISO of $1 MB"
  rm -rf tree
  mkdir -p tree/{isolinux,boot/grub,pool}
  head -c 8M /dev/urandom >tree/kernel
  head -c 40M /dev/urandom >tree/initrd
  head -c 4M /dev/urandom >tree/boot/grub/efi.img
  cp /usr/lib/ISOLINUX/isolinux.bin tree/isolinux/
  printf 'default vesamenu.c32\ntimeout 600\n' >tree/isolinux/isolinux.cfg
  printf 'set timeout=60\n' >tree/boot/grub/grub.cfg
  for ((number = 0; number < 560; number++)); do
    truncate -s "$((($1 - 60) * 1000000 / 560))" "tree/pool/package-with-a-name-of-some-length_$number.pkg"
  done
  xorriso -as mkisofs -quiet -r -J -joliet-long -V "Bench-$1" -o "$1.new" -isohybrid-mbr /usr/lib/ISOLINUX/isohdpfx.bin \
    -b isolinux/isolinux.bin -c isolinux/boot.cat -boot-load-size 4 -boot-info-table -no-emul-boot \
    -eltorito-alt-boot -e boot/grub/efi.img -no-emul-boot -isohybrid-gpt-basdat tree 2>xorriso.log || die "$(cat xorriso.log)"
  rm -rf tree
  mv "$1.new" "$1.iso"
}

median() { sort -n | sed -n "$((($1 + 1) / 2))p"; }

# timed COMMAND…: the milliseconds that it takes.
timed() {
  local start=$EPOCHREALTIME
  "$@" >timed.log 2>&1 || die "$*: $(tail -n 5 timed.log)"
  awk -v a="$start" -v b="$EPOCHREALTIME" 'BEGIN {printf "%.1f\n", 1000 * (b - a)}'
}

# limit WHAT VALUE MOST UNIT: notes a missed limit.
missed=0
limit() {
  awk -v a="$2" -v b="$3" 'BEGIN {exit !(a <= b)}' && return
  say "MISSED: $1: $2 $4, more than $3"
  missed=1
}

# prepared WHAT ISO COUNT: the medians of COUNT preparations, milliseconds and bytes.
prepared() {
  local round
  for ((round = 0; round < $3; round++)); do
    rm -rf out
    mkdir out
    "$source_folder/build/release/tests/media_bench" "$1" "$2" "$work/out"
  done >results
  printf '%s %s\n' "$(cut -d' ' -f1 results | median "$3")" "$(cut -d' ' -f2 results | median "$3")"
}

in_mib() { awk -v a="$1" 'BEGIN {printf "%.1f", a / 1048576}'; }

# shellcheck disable=SC2317  # timed() calls both
# Oz's way: everything out, changed, and a new ISO of it.
as_oz() {
  rm -rf out
  mkdir out
  xorriso -osirrox on -indev "$1" -extract / out/tree
  chmod -R u+w out/tree
  echo 'default glinda' >out/tree/isolinux/isolinux.cfg
  genisoimage -quiet -r -J -joliet-long -allow-limited-size -V Custom -b isolinux/isolinux.bin -c isolinux/boot.cat \
    -no-emul-boot -boot-load-size 4 -boot-info-table -o out/new.iso out/tree
}

# shellcheck disable=SC2317
# As its authors would do it: the same changes, and all boot records replayed.
by_xorriso() {
  rm -rf out
  mkdir out
  echo 'default glinda' >out/isolinux.cfg
  xorriso -indev "$1" -outdev out/new.iso -boot_image any replay -map out/isolinux.cfg /isolinux/isolinux.cfg
}

# shellcheck disable=SC2317  # copies() names them
by_cp() { timed cp "$1" out/copy.iso >>copies; }

# shellcheck disable=SC2317
by_glinda() { "$source_folder/build/release/tests/media_bench" file "$1" "$work/out" | cut -d' ' -f1 >>files; }

# copies ISO: ROUNDS pairs of copies. In turns, the first one as well, as the disk's speed drifts; what is still to be
# written would slow the next one down, and what was written may have driven the ISO out of memory.
copies() {
  local round way order
  : >copies
  : >files
  for ((round = 0; round < rounds; round++)); do
    if ((round % 2)); then order="by_glinda by_cp"; else order="by_cp by_glinda"; fi
    for way in $order; do
      rm -rf out
      mkdir out
      sync
      cat "$1" >/dev/null
      "$way" "$1"
    done
  done
}

quotient() { awk -v a="$1" -v b="$2" 'BEGIN {printf "%.3f", a / b}'; }

# not_longer WHAT VALUE FIRST: notes that a preparation took longer than that of the smallest ISO, within what such short
# times differ by.
not_longer() { limit "$1, beside the smallest one" "$(quotient "$2" "$3")" 1.5 times; }

row() { printf '%6s %18s %18s %10s %10s %9s %10s %10s' "$@"; }

table=$(row MB untouched overlay file cp times xorriso "Oz's way")$'\n'
for size in $sizes; do
  medium "$size"
  iso=$work/$size.iso
  cat "$iso" >/dev/null
  read -r untouched untouched_bytes < <(prepared untouched "$iso" 9)
  limit "boot untouched, $size MB" "$untouched" 150 ms
  limit "boot untouched, $size MB" "$(in_mib "$untouched_bytes")" 64 MiB
  not_longer "boot untouched, $size MB" "$untouched" "${first_untouched:=$untouched}"
  read -r overlay overlay_bytes < <(prepared overlay "$iso" 9)
  limit "overlay, $size MB" "$overlay" 50 ms
  limit "overlay, $size MB" "$(in_mib "$overlay_bytes")" 2 MiB
  not_longer "overlay, $size MB" "$overlay" "${first_overlay:=$overlay}"
  say "$size MB: copying"
  copies "$iso"
  # Of the pairs, not of the medians: what else the machine did met both of a pair.
  ratio=$(paste files copies | awk '{printf "%.3f\n", $1 / $2}' | median "$rounds")
  limit "file, $size MB" "$ratio" 1.05 "times cp"
  xorriso='' oz=''
  if ((size <= 5000)); then
    say "$size MB: xorriso and Oz's way"
    xorriso="$(timed by_xorriso "$iso") ms"
    oz="$(timed as_oz "$iso") ms"
  fi
  table+=$(row "$size" "$untouched ms $(in_mib "$untouched_bytes") MiB" \
    "$overlay ms $(in_mib "$overlay_bytes") MiB" "$(median "$rounds" <files) ms" "$(median "$rounds" <copies) ms" "$ratio" \
    "$xorriso" "$oz")$'\n'
  rm -rf out
  [ -n "${KEEP:-}" ] || rm "$iso"
done
printf '%s' "$table"
exit "$missed"
