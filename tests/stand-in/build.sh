#!/usr/bin/env bash
# build.sh OUT: what all stand-in installers share, made once: OUT/kernel, OUT/base (their initrd) and OUT/system (the segment
#     with the image of the system that they install).
# build.sh OUT NAME: the medium NAME of media.txt: OUT/NAME.iso and its tree, OUT/NAME.
# The kernel is the host distribution's own package, kept in ~/.cache/glinda/stand-in.
set -euo pipefail
out=${1:?usage: build.sh OUT [NAME]} name=${2:-}
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$out"
out=$(cd "$out" && pwd)
work=$(mktemp -d -p "$out")
trap 'rm -rf "$work"' EXIT

# Kernel and modules, with their dependencies: /boot and /lib/modules.
fetch_kernel() {
  local cache=${XDG_CACHE_HOME:-$HOME/.cache}/glinda/stand-in package version
  if [[ ! -e $cache/boot ]] || ! compgen -G "$cache/lib/modules/*/kernel/drivers/usb" > /dev/null; then
    rm -rf "$cache"
    mkdir -p "$cache" "$work/root"
    package=$(apt-cache depends linux-image-amd64 | sed -n 's/^ *Depends: \(linux-image-\)/\1/p' | head -n 1)
    (cd "$work" && apt-get download -qq "$package")
    dpkg-deb --fsys-tarfile "$work"/*.deb | tar -x -C "$work/root" --wildcards '*/boot/vmlinuz*' '*/kernel/arch/*' \
      '*/kernel/block/*' '*/kernel/crypto/*' '*/kernel/lib/*' '*/kernel/fs/*' '*/kernel/net/core/*' '*/kernel/drivers/ata/*' \
      '*/kernel/drivers/block/*' '*/kernel/drivers/cdrom/*' '*/kernel/drivers/char/*' '*/kernel/drivers/misc/*' \
      '*/kernel/drivers/net/*' '*/kernel/drivers/scsi/*' '*/kernel/drivers/virtio/*' '*/kernel/drivers/usb/common/*' \
      '*/kernel/drivers/usb/core/*' '*/kernel/drivers/usb/host/*' '*/kernel/drivers/hid/*' '*/modules.*'
    if [[ ! -e $work/root/lib ]]; then mv "$work/root/usr/lib" "$work/root/lib"; fi
    find "$work/root" -name '*.xz' -exec xz -d {} +
    version=$(basename "$work"/root/lib/modules/*)
    (cd "$work/root" && busybox depmod -b "$work/root" "$version")
    mv "$work/root/lib" "$cache/lib"
    mv "$work/root/boot" "$cache/boot"
  fi
  cp "$cache"/boot/vmlinuz-* "$out/kernel"
  modules=$cache/lib/modules
}

# segment FOLDER: it as a compressed part of an initrd; the kernel unpacks one after the other.
segment() {
  (cd "$1" && find . | LC_ALL=C sort | busybox cpio -o -H newc 2> /dev/null | gzip -1)
}

# The modules that init and the keyboard want, whatever else they need.
copy_modules() {
  local version file wanted
  version=$(basename "$modules"/*)
  mkdir -p "$1/lib/modules/$version"
  cp "$modules/$version"/modules.* "$1/lib/modules/$version/"
  wanted=$(cat "$here/modules.txt" "$here/keyboard.txt" | tr ' ' '\n' | sed '/^$/d; s/.*/\/&.ko:/')
  while read -r file; do
    mkdir -p "$1/lib/modules/$version/$(dirname "$file")"
    cp "$modules/$version/$file" "$1/lib/modules/$version/$file"
  done < <(grep -F "$wanted" "$modules/$version/modules.dep" | tr -d ':' | tr ' ' '\n' | sort -u)
}

# The disk of an installed system: GRUB for BIOS behind the first sector and for UEFI in partition 1, which has kernel and
# initrd, too; partition 3 is the root file system, where the installer leaves what it installed.
# An emulated processor on a busy host can miss the ticks that the kernel counts at its start, and panic over it.
make_system() {
  local image=$work/system.img
  mkdir -p "$work/installed/stand-in" "$work/esp"
  echo installed > "$work/installed/stand-in/installer"
  cat "$out/base" <(segment "$work/installed") > "$work/esp/initrd"
  cat > "$work/grub.cfg" <<'END'
search --label STAND-IN --set=root
linux /kernel console=tty0 console=ttyS0,115200 quiet no_timer_check panic=-1
initrd /initrd
boot
END
  grub-mkimage -O x86_64-efi -c "$work/grub.cfg" -p / -o "$work/esp/bootx64.efi" part_msdos fat linux search search_label boot
  grub-mkimage -O i386-pc -c "$work/grub.cfg" -p / -o "$work/core.img" biosdisk part_msdos fat linux search search_label boot
  truncate -s 28M "$image"
  printf 'start=2048,size=36864,type=ef,bootable\nstart=38912,size=2048,type=82\nstart=40960,size=16384,type=83\n' \
    | sfdisk -q "$image"
  dd if=/usr/lib/grub/i386-pc/boot.img of="$image" bs=440 count=1 conv=notrunc status=none
  dd if="$work/core.img" of="$image" seek=1 conv=notrunc status=none
  mformat -i "$image@@1M" -T 36864 -v STAND-IN ::
  mmd -i "$image@@1M" ::/EFI ::/EFI/BOOT
  mcopy -i "$image@@1M" "$work/esp/bootx64.efi" ::/EFI/BOOT/BOOTX64.EFI
  mcopy -i "$image@@1M" "$out/kernel" ::/kernel
  mcopy -i "$image@@1M" "$work/esp/initrd" ::/initrd
  mke2fs -q -t ext2 -L stand-in-root -E offset=$((40960 * 512)) "$image" 8M
  mkdir -p "$work/system/stand-in"
  gzip -1 < "$image" > "$work/system/stand-in/system.img.gz"
  segment "$work/system" > "$out/system"
}

make_base() {
  local root=$work/base
  mkdir -p "$root"/{bin,sbin,usr/bin,usr/sbin,dev,proc,sys,tmp,var/log,etc,root,run,mnt,stand-in}
  cp "$(command -v busybox)" "$root/bin/busybox"
  cp "$here"/*.{sh,awk,txt} "$root/stand-in/"
  rm "$root"/stand-in/{build,test}.sh "$root"/stand-in/{cases,media}.txt
  install -m 0755 "$here/init" "$root/init"
  copy_modules "$root"
  cp -r "$here/bin" "$root/stand-in/"
  segment "$root" > "$out/base"
}

# add_files TREE: the files of the medium, from media/NAME.txt: a line `== PATH`, and what is in it.
add_files() {
  [[ -e $here/media/$name.txt ]] || return 0
  awk -v tree="$1" '/^== /{ close(file); file = tree "/" substr($0, 4); folder = file; sub(/\/[^\/]*$/, "", folder)
    system("mkdir -p \"" folder "\""); printf "" > file; next } { print > file }' "$here/media/$name.txt"
}

make_medium() {
  local installer version kernel initrd loader label tree=$out/$name
  # shellcheck disable=SC2034  # the first column is the name itself
  read -r _ installer version kernel initrd loader label < <(grep "^$name " "$here/media.txt")
  rm -rf "$tree"
  mkdir -p "$work/family/stand-in" "$tree/$(dirname "$kernel")" "$tree/$(dirname "$initrd")"
  echo "$installer" > "$work/family/stand-in/installer"
  echo "$version" > "$work/family/stand-in/version"
  echo "$label" > "$work/family/stand-in/label"
  add_files "$tree"
  # What the initrd and the medium have in common, and the medium's list of checksums.
  if [[ -e $tree/.disk/casper-uuid-generic ]]; then
    mkdir "$work/family/conf"
    cp "$tree/.disk/casper-uuid-generic" "$work/family/conf/uuid.conf"
  fi
  ln "$out/kernel" "$tree/$kernel"
  cat "$out/base" "$out/system" <(segment "$work/family") > "$tree/$initrd"
  if [[ -e $tree/md5sum.txt ]]; then
    (cd "$tree" && find . -type f ! -name md5sum.txt -exec md5sum {} + > md5sum.new && mv md5sum.new md5sum.txt)
  fi
  local options=(-R -J -joliet-long)
  if [[ $loader == isolinux ]]; then
    mkdir -p "$tree/isolinux"
    cp /usr/lib/ISOLINUX/isolinux.bin /usr/lib/syslinux/modules/bios/ldlinux.c32 "$tree/isolinux/"
    printf 'default install\nlabel install\n  kernel /%s\n  append initrd=/%s console=tty0 console=ttyS0,115200\n' \
      "$kernel" "$initrd" > "$tree/isolinux/isolinux.cfg"
    printf 'search --file /isolinux/isolinux.cfg --set=root\nlinux /%s console=tty0 console=ttyS0,115200\ninitrd /%s\nboot\n' \
      "$kernel" "$initrd" > "$work/grub.cfg"
    grub-mkimage -O x86_64-efi -c "$work/grub.cfg" -p / -o "$work/bootx64.efi" iso9660 linux search search_fs_file boot
    mformat -C -i "$tree/isolinux/efi.img" -T 2880 ::
    mmd -i "$tree/isolinux/efi.img" ::/EFI ::/EFI/BOOT
    mcopy -i "$tree/isolinux/efi.img" "$work/bootx64.efi" ::/EFI/BOOT/BOOTX64.EFI
    options+=(-b isolinux/isolinux.bin -c isolinux/boot.cat -boot-load-size 4 -boot-info-table -no-emul-boot
      -eltorito-alt-boot -e isolinux/efi.img -no-emul-boot)
  fi
  xorriso -as mkisofs -quiet "${options[@]}" -V "$label" -o "$work/new.iso" "$tree" 2> /dev/null
  if [[ $installer == anaconda ]]; then implantisomd5 "$work/new.iso" > /dev/null; fi
  mv "$work/new.iso" "$out/$name.iso"
}

if [[ -z $name ]]; then
  fetch_kernel
  make_base
  make_system
else
  make_medium
fi
