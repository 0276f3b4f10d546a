#!/usr/bin/env bash
# make-iso.sh GUEST OUT medium|appended: an ISO that boots the small guest of make-guest.sh, which is in the folder GUEST, as real
# media boot: in BIOS by ISOLINUX and in UEFI by GRUB, from a CD and from a stick. It has the usual list of checksums, and one
# implanted. Its own menus wait for a person. The partition for UEFI is a file of it, as older media have it, or appended to a
# first partition that can be mounted in place of the whole.
set -euo pipefail
readonly usage="usage: make-iso.sh GUEST OUT medium|appended"
guest=${1:?$usage} out=${2:?$usage} kind=${3:?$usage}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree=$work/tree
mkdir -p "$tree"/{isolinux,boot/grub,pool/main}
cp "$guest/kernel" "$guest/initrd" "$tree/"
echo "a file of the medium" > "$tree/pool/main/some file, with a longer name_1.0-1.txt"
ln -s main "$tree/pool/link"

cp /usr/lib/ISOLINUX/isolinux.bin "$tree/isolinux/"
cp /usr/lib/syslinux/modules/bios/{ldlinux,menu,libutil}.c32 "$tree/isolinux/"
printf 'UI menu.c32\nprompt 0\ntimeout 0\ninclude more.cfg\n' > "$tree/isolinux/isolinux.cfg"
printf 'label wrong\n  kernel /kernel\n  append initrd=/initrd glinda.test=wrong\n' > "$tree/isolinux/more.cfg"
printf 'set timeout=-1\nsubmenu "More" {\n  menuentry "Wrong" {\n    linux /kernel glinda.test=wrong\n  }\n}\n' \
  > "$tree/boot/grub/grub.cfg"
# shellcheck disable=SC2016  # $root is GRUB's
printf 'search --no-floppy --set=root --file /isolinux/more.cfg\nconfigfile ($root)/boot/grub/grub.cfg\n' > "$work/early.cfg"
modules="part_msdos part_gpt iso9660 search search_fs_file configfile normal linux test echo"
# shellcheck disable=SC2086  # words
grub-mkimage -O x86_64-efi -c "$work/early.cfg" -p /boot/grub -o "$work/bootx64.efi" $modules
efi=$work/efi.img
mformat -C -i "$efi" -T 4096 -v EFI ::
mmd -i "$efi" ::/EFI ::/EFI/BOOT
mcopy -i "$efi" "$work/bootx64.efi" ::/EFI/BOOT/
if [ "$kind" = appended ]; then
  uefi=(-partition_offset 16 -append_partition 2 C12A7328-F81F-11D2-BA4B-00A0C93EC93B "$efi" -appended_part_as_gpt
    -eltorito-alt-boot -e --interval:appended_partition_2:all:: -no-emul-boot)
else
  mv "$efi" "$tree/boot/grub/"
  uefi=(-eltorito-alt-boot -e boot/grub/efi.img -no-emul-boot -isohybrid-gpt-basdat)
fi

(cd "$tree" && find . -type f ! -path ./isolinux/isolinux.bin -exec md5sum {} + > "$work/md5sum.txt")
mv "$work/md5sum.txt" "$tree/"
xorriso -as mkisofs -quiet -r -J -joliet-long -V "Stand-In 1.0" -o "$work/new.iso" \
  -isohybrid-mbr /usr/lib/ISOLINUX/isohdpfx.bin \
  -b isolinux/isolinux.bin -c isolinux/boot.cat -boot-load-size 4 -boot-info-table -no-emul-boot "${uefi[@]}" "$tree"
implantisomd5 "$work/new.iso" > /dev/null
mv "$work/new.iso" "$out"
