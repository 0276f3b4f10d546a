# shellcheck shell=dash disable=SC2154  # target: common.sh
# Windows Setup; README.md has the contract. The disk's further starts are stages of the installed system (installed.sh).
find_medium sources/boot.wim || ask "Windows could not start: \\sources\\boot.wim is missing" "Status: 0xc000000f"
if [ -e /run/medium/boot/bootfix.bin ]; then
  # shellcheck disable=SC2046  # each word is a module
  modprobe -a $(cat /stand-in/keyboard.txt)
  # The firmware's driver had the keyboard; this one has to find it first.
  for _ in $(seq 100); do
    [ -e /sys/bus/usb/devices/usb1 ] || break
    grep -q '^P: Phys=usb.*input' /proc/bus/input/devices && break
    usleep 200000
  done
  say "Press any key to boot from CD or DVD....."
  # shellcheck disable=SC3045  # busybox's shell has -t and -n
  read -r -t 5 -n 1 _ < /dev/tty1 || ask "No bootable device."
fi
# The answer file: removable drives that can be written, then those that cannot, then the medium; in any case of letters.
answers=
for drive in /dev/fd0 $(drives | grep -v /sr) $(drives | grep /sr); do
  [ -e "$drive" ] || continue
  open_drive "$drive" || continue
  file=$(find /run/drive -maxdepth 1 -iname autounattend.xml | head -n 1)
  [ "$file" ] && cp "$file" /run/autounattend.xml && answers=$drive && break
done
[ "$answers" ] || ask "Windows Setup" "Language to install: English (United States)" "[Next]"
awk -f /stand-in/xml.awk /run/autounattend.xml > /run/answers 2> /run/error ||
  ask "Windows Setup" "Windows could not parse or process the unattend answer file [$answers\\autounattend.xml]:" "$(cat /run/error)"
find_value() {  # ELEMENT: the first of that name
  awk -F '\t' -v name="$1" '$1 ~ ("[.]" name "(#[0-9]+)?$") { print $2; exit }' /run/answers
}
[ "$(find_value AcceptEula)" = true ] || ask "Windows Setup" "License terms" "[ ] I accept the license terms"
# It has no driver for virtio disks unless the answer file brings one.
disk=$(first_disk)
case $disk in
  vd*) [ "$(find_value Path)" ] || disk= ;;
esac
[ "$disk" ] || ask "Windows Setup" "We couldn't find any drives. To get a storage driver, click Load driver."
[ "$(find_value InstallTo.DiskID)$(find_value InstallToAvailablePartition)" ] ||
  ask "Windows Setup" "Where do you want to install Windows?"
say "Windows Setup: Installing Windows"
install_to "$disk"
write_down "windows-setup $(cat /stand-in/version)" "$(find_value ComputerName)" "$(find_value AdministratorPassword.Value)" ""
# cmd.exe's echo into a port, and shutdown, are all of its commands that are carried out.
mkdir -p "$target"/stand-in-stages
echo 'say "Getting ready"' > "$target"/stand-in-stages/1-specialize
{
  echo 'say "Hi"'
  awk -F '\t' '$1 ~ /FirstLogonCommands[.]SynchronousCommand(#[0-9]+)?[.]CommandLine$/ { print $2 }' /run/answers |
    while read -r line; do
      case $line in
        *echo\ *'>'*COM[0-9]*)
          words=${line#*echo }
          port=${line##*COM}
          echo "echo '$(echo "${words%%>*}" | sed "s/ *\$//")' > /dev/ttyS$((${port%%[!0-9]*} - 1))" ;;
        *shutdown*\ /s*) echo "touch /tmp/power-off" ;;
        *) echo "echo '$(echo "$line" | tr -d "'")' >> \$target/root/commands" ;;
      esac
    done
} > "$target"/stand-in-stages/2-first-logon
finish reboot
