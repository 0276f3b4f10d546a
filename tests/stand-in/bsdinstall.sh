# shellcheck shell=dash
# FreeBSD's loader and kernel as far as they find the root, and bsdinstall; README.md has the contract.
target=/mnt
find_medium boot/loader.conf || ask "Loading kernel..." "can't load 'kernel'"
from=$(sed -n 's/^vfs.root.mountfrom="\(.*\)"/\1/p' /run/medium/boot/loader.conf | tail -n 1)
from=${from:-cd9660:/dev/iso9660/$(cat /stand-in/label)}
say "Trying to mount root from $from [ro]..."
case $from in
  cd9660:/dev/cd0) root=/dev/sr0 ;;
  cd9660:/dev/iso9660/*) root=$(drive_with "${from#cd9660:/dev/iso9660/}") ;;
  *) root= ;;
esac
[ "$root" ] || ask "mountroot: waiting for device ${from#cd9660:}..." "Mounting from $from failed with error 19." "mountroot> "
umount /run/medium
mount -o ro "$root" /run/medium
config=/run/medium/etc/installerconfig
[ -e $config ] || ask "Welcome to FreeBSD! Would you like to begin an installation or use the live CD?" "[Install] [Shell] [Live CD]"

ln -s ttyS1 /dev/cuau1
ln -s ttyS0 /dev/cuau0
step() {
  echo "DEBUG: Running installation step: $1" >> /tmp/bsdinstall_log
}
# Until "#!" the settings, as a shell reads them; then the script that is run in the new system.
sed '/^#!/,$d' $config > /run/settings
sed -n '/^#!/,$p' $config > /run/script
# shellcheck source=/dev/null
. /run/settings
linux_name() {  # vtbd0: the first virtio disk, ada0 and da0: the first of the others
  number=$(echo "$1" | tr -dc '0-9')
  letter=$(echo abcdefgh | cut -c $((number + 1)))
  case $1 in
    vtbd[0-9]) echo "vd$letter" ;;
    ada[0-9] | da[0-9]) echo "sd$letter" ;;
  esac
}
# shellcheck disable=SC2086  # words
set -- $ZFSBOOT_DISKS ${PARTITIONS:-}
[ "$1" ] || [ "$PARTITIONS" = DEFAULT ] || ask "Partitioning" "How would you like to partition your disk?"
if [ "$PARTITIONS" = DEFAULT ]; then disk=$(first_disk); else disk=$(linux_name "$1"); fi
is_disk "${disk:-none}" || ask "Error" "gpart: arg0 '$1': Invalid argument"
case " $DISTRIBUTIONS " in *" base.txz "*) ;; *) ask "Distribution Select" "Choose optional system components to install:" ;; esac
[ "$nonInteractive" ] || [ -z "$ZFSBOOT_DISKS" ] || [ "$ZFSBOOT_CONFIRM_LAYOUT" = 0 ] ||
  ask "ZFS Configuration" "Last Chance! Are you sure you want to destroy the current contents of the following disks:"
say "Begun Installation at $(date)"
step scriptedpart
step checksum
install_to "$disk"
step distextract
mkdir -p $target/usr/local/etc $target/boot $target/root/.ssh
write_down "bsdinstall $(cat /stand-in/version)" "" "*" ""
for name in sysrc pkg pw service; do
  ln -sf "/stand-in-$name" $target/usr/sbin/$name
  cp /stand-in/bin/bsd "$target/stand-in-$name"
done
if [ -s /run/script ]; then
  cp /run/script $target/tmp/script
  chmod 700 $target/tmp/script
  chroot $target /tmp/script > /run/script.log 2>&1 ||
    ask "Installation Error!" "$(tail -n 5 /run/script.log)" "Setup script failed, installation aborted"
  rm -f $target/tmp/script
fi
step config
say "Installation Completed at $(date)"
finish reboot
