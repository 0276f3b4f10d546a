#!/bin/bash
# bare-qemu.sh KERNEL INITRD CMDLINE DISK [ISO]
#
# The yardstick: one installation under a QEMU that nothing drives, on the hardware that glinda gives a guest. Prints the
# seconds from start to power-off. DISK is made anew; DISK.console and DISK.log get the two serial ports.
# Environment, with its defaults: SIZE=4G FORMAT=raw CPU=qemu64 CPUS=1 MEMORY=2048 ACCEL=tcg MACHINE=q35 VGA=std
set -euo pipefail
(($# == 4 || $# == 5)) || { echo "usage: bare-qemu.sh KERNEL INITRD CMDLINE DISK [ISO]" >&2; exit 2; }
kernel=$1 initrd=$2 cmdline=$3 disk=$4 iso=${5:-}

format=${FORMAT:-raw}
qemu-img create -q -f "$format" "$disk" "${SIZE:-4G}"
hardware=(
  -machine "${MACHINE:-q35}" -accel "${ACCEL:-tcg}" -cpu "${CPU:-qemu64}" -smp "${CPUS:-1}" -m "${MEMORY:-2048}"
  -nodefaults -no-user-config -display none -vga "${VGA:-std}"
  -drive "file=$disk,format=$format,if=virtio,cache=unsafe,discard=unmap"
  -netdev "user,id=net" -device "virtio-net-pci,netdev=net,romfile="
  -device virtio-rng-pci
  -chardev "file,id=console,path=$disk.console" -serial chardev:console
  -chardev "file,id=log,path=$disk.log" -serial chardev:log
)
[[ -z $iso ]] || hardware+=(-drive "file=$iso,format=raw,if=none,id=cd,media=cdrom,readonly=on" -device "ide-cd,drive=cd")

start=$EPOCHREALTIME
qemu-system-x86_64 "${hardware[@]}" -no-reboot -kernel "$kernel" -initrd "$initrd" -append "$cmdline"
awk -v a="$start" -v b="$EPOCHREALTIME" 'BEGIN {printf "%.1f\n", b - a}'
