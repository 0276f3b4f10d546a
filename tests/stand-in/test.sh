#!/usr/bin/env bash
# test.sh OUT NAME: what cases.txt says of the medium NAME, which build.sh has made in OUT: starts its kernel or the medium itself
# with the answer file as the case says, waits for the text that it expects, and boots what was installed.
# shellcheck disable=SC2016,SC2054  # a hash has dollar signs, QEMU's words have commas
set -euo pipefail
out=$(cd "$1" && pwd) name=$2
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
guest=
trap 'if [[ $guest ]]; then kill "$guest" 2> /dev/null || true; fi; rm -rf "$work"' EXIT
read -r _ installer _ kernel initrd loader _ < <(grep "^$name " "$here/media.txt")

# qemu TEXT ARGUMENT…: until the guest has shown the text on its console, or has ended. What it shows is kept.
qemu() {
  local text=$1 status=0
  shift
  mkfifo "$work/console"
  timeout 240 qemu-system-x86_64 -machine q35,accel=tcg -cpu qemu64 -m 384 -nodefaults -vga std -display none -no-reboot \
    -serial stdio -chardev "file,path=$work/log,id=log,append=on" -serial chardev:log -device ahci,id=more \
    -drive "file=$work/disk,format=raw,if=none,id=disk,cache=unsafe" -device "$disk,drive=disk" -nic user,model=virtio-net-pci "$@" \
    < /dev/null > "$work/console" 2>&1 &
  guest=$!
  grep -q -F -m 1 -e "$text" < <(tee -p "$work/shown" < "$work/console" 2> /dev/null) || status=1
  # The last words of all; the log is complete when the guest has ended.
  if [[ $status == 0 && $text == "$the_end" ]]; then wait "$guest" || true; fi
  kill "$guest" 2> /dev/null || true
  wait "$guest" 2> /dev/null || true
  guest=
  rm "$work/console"
  return $status
}

fail() {
  echo "$name: $*" >&2
  tail -n 20 "$work/shown" "$work/log" >&2
  exit 1
}

# The drive or the segment with the answer file, changed as the case wants it; the arguments of QEMU that bring it.
bring_answers() {
  local how=$1 change=$2
  rm -rf "$work/answers"
  # Media of other releases of an installer take its answer file.
  if [[ -e $here/answers/$name ]]; then cp -r "$here/answers/$name" "$work/answers"
  else cp -r "$here/answers/$installer" "$work/answers"; fi
  find "$work/answers" -type f -exec sed -i -e "$change" {} +
  cp "$out/$name/$initrd" "$work/initrd"
  case $how in
    initrd) (cd "$work/answers" && find . | busybox cpio -o -H newc 2> /dev/null | gzip -1) >> "$work/initrd" ;;
    apkovl\ *)
      tar -C "$work/answers" --owner=0 --group=0 -czf "$work/img.apkovl.tar.gz" .
      rm -rf "$work/answers"
      mkdir "$work/answers"
      mv "$work/img.apkovl.tar.gz" "$work/answers/" ;;&
    medium)
      rm -f "$work/medium.iso"
      xorriso -indev "$out/$name.iso" -outdev "$work/medium.iso" -map "$work/answers" / -boot_image any replay 2> /dev/null
      medium=$work/medium.iso ;;
    drive\ * | apkovl\ *)
      xorriso -as mkisofs -quiet -R -J -V "${how#* }" -o "$work/answers.iso" "$work/answers" 2> /dev/null
      extra=(-drive "file=$work/answers.iso,format=raw,if=none,id=answers,readonly=on" -device ide-cd,drive=answers,bus=more.0) ;;
  esac
}

the_end="reboot: "
cases=0
while IFS='|' read -r where how change words text; do
  [[ ${where// /} == "$name" ]] || continue
  read -r how <<< "$how" && read -r words <<< "$words" && read -r text <<< "$text" && read -r change <<< "$change"
  cases=$((cases + 1))
  extra=()
  medium=$out/$name.iso
  disk=virtio-blk-pci
  if [[ $installer == windows-setup ]]; then disk=ide-hd,bus=more.2; fi
  rm -f "$work/disk" "$work/log"
  truncate -s 128M "$work/disk"
  touch "$work/log"
  bring_answers "$how" "${change//\\|/|}"
  extra+=(-drive "file=$medium,format=raw,if=none,id=medium,readonly=on" -device ide-cd,drive=medium,bus=more.1)
  if [[ $loader == - ]]; then
    extra+=(-kernel "$out/$name/$kernel" -initrd "$work/initrd"
      -append "console=tty0 console=ttyS0,115200 mitigations=off $words")
  else
    extra+=(-boot d)
  fi
  expected=${text:-$the_end}
  qemu "$expected" "${extra[@]}" || fail "\"$expected\" was not shown with: $how, $change, $words"
  # Some installers go on when their disk has been started, up to twice.
  for ((starts = 0; starts < 2; starts++)); do
    proof=$(grep -c '^glinda: installation finished' "$work/log" || true)
    if [[ $text || $proof != 0 ]]; then break; fi
    qemu "$the_end" || fail "the disk does not start"
  done
  proof=$(grep -c '^glinda: installation finished' "$work/log" || true)
  if [[ $text ]]; then
    [[ $proof == 0 ]] || fail "it should have failed with: $how, $change, $words"
    continue
  fi
  [[ $proof == 1 ]] || fail "the proof of success came $proof times with: $how, $change, $words"
  qemu "stand-in system: up" || fail "the disk does not boot"
  # Windows takes a password in its own form and has no packages.
  hash='$6$aa$bb/cc' packages=(vim)
  if [[ $installer == windows-setup ]]; then hash=cwBlAGMA packages=(); fi
  for line in "stand-in system: ${name%-[0-9]*}" "stand-in host name: img" "stand-in root password: $hash" \
    'stand-in file: root/' "${packages[@]}"; do
    grep -q -F -e "$line" "$work/shown" || fail "the installed system does not tell \"$line\""
  done
done < "$here/cases.txt"
[[ $cases -gt 0 ]] || fail "no case in cases.txt"
echo "$name: $cases cases as expected"
