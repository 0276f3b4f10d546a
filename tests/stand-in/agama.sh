# shellcheck shell=dash
# Agama and its live system; README.md has the contract.
target=/mnt
# dracut: the live root is looked for by label; the initrd has it, the command line may have another.
root=$(value root | sed -n 's/^live:LABEL=//p')
root=${root:-$(cat /stand-in/label)}
mkdir -p /run/initramfs/live
{ drive=$(drive_with "$root") && mount -o ro "$drive" /run/initramfs/live && [ -e /run/initramfs/live/LiveOS/squashfs.img ]; } || {
  say "[  135.2] dracut-initqueue[612]: Warning: dracut-initqueue: timeout, still waiting for following initqueue hooks:"
  say "[  135.3] dracut-initqueue[612]: Warning: /dev/disk/by-label/$root does not exist"
  ask "Generating \"/run/initramfs/rdsosreport.txt\"" "Entering emergency mode. Exit the shell to continue."
}
journal() {  # TEXT: what the service's journal shows on the console
  echo "$(date '+%b %d %T') agama agama-autoinstall[1742]: $*" >> /run/journal
  say "$(date '+%b %d %T') agama agama-autoinstall[1742]: $*"
}
failed() {  # TEXT: the service ends with 1, the live system stays as it is
  journal "$1"
  say "[FAILED] Failed to start agama-autoinstall.service - Agama auto-installation service."
  ask "Welcome to the installer! Connect to the Agama installer using these URLs:" "agama login: "
}

# The profile: what is named; else the drive OEMDRV, then the medium's root.
profile=/run/profile
word=$(value inst.auto)
case $word in
  '')
    for name in autoinst.jsonnet autoinst.json autoinst.xml; do
      copy_from "$(drive_with OEMDRV)" $name $profile && break
      cp /run/initramfs/live/$name $profile 2> /dev/null && break
    done ;;
  file:*) cp "${word#file://}" $profile 2> /dev/null ;;
  label:*)
    word=${word#label://}
    copy_from "$(drive_with "${word%%/*}")" "${word#*/}" $profile ;;
  device:*)
    word=${word#device://}
    copy_from "/dev/${word%%/*}" "${word#*/}" $profile ;;
  usb:* | hd:* | cd:* | dvd:*)
    for drive in $(drives); do copy_from "$drive" "${word#*:*/}" $profile && break; done ;;
  *) fetch "$word" $profile ;;
esac
[ -s $profile ] || { [ "$word" ] && failed "Could not load the configuration from $(value inst.auto)"; }
[ -s $profile ] || ask "Welcome to the installer! Connect to the Agama installer using these URLs:" "agama login: "
journal "Loading the configuration"
awk -f /stand-in/flow.awk -f /stand-in/json.awk $profile > /run/answers 2> /run/error ||
  failed "The profile is not a valid JSON document: $(cat /run/error)"
# shellcheck disable=SC2016  # $schema is a key
unknown=$(sed 's/[.	].*//' /run/answers | sort -u | grep -vxE 'product|root|user|localization|questions|software|scripts|'\
'storage|legacyAutoyastStorage|network|bootloader|hostname|iscsi|dasd|zfcp|files|security|\$schema' | head -n 1)
[ "$unknown" ] && failed "The profile is not valid: Additional properties are not allowed ('$unknown' was unexpected)"
[ "$(answer product.id)" ] || failed "The profile is not valid: no product is selected"
[ "$(answer root.password)$(answer root.sshPublicKey)$(answer user.userName)" ] ||
  failed "Installation not possible: Defining a user, setting the root password or a SSH public key is required"
[ "$(value inst.install)" = 0 ] && ask "agama login: "
scripts() {  # GROUP CHROOT: the scripts of it, chrooted unless they say otherwise
  number=0
  while [ "$(answer "scripts.$1.$number.name")" ]; do
    journal "Running the script '$(answer "scripts.$1.$number.name")'"
    chroot=$(answer "scripts.$1.$number.chroot")
    if [ "${chroot:-$2}" = true ]; then root=$target; else root=/; fi
    answer "scripts.$1.$number.content" | unfold > $root/tmp/script
    chmod 700 $root/tmp/script
    chroot $root /tmp/script > /run/script.log 2>&1 || failed "Failed to run the script: $(tail -n 3 /run/script.log)"
    rm $root/tmp/script
    number=$((number + 1))
  done
}
scripts pre false
for disk in $(answers 'storage.drives[.][0-9]+[.]search'); do
  case $disk in /dev/*) is_disk "$disk" || failed "Found the following issues: there is no device $disk" ;; esac
done
journal "Storage: commit, prepare disks"
install_to "$(first_disk)"
journal "Installing software"
hostname=$(answer hostname.static)
write_down "agama $(cat /stand-in/version)" "$hostname" "$(answer root.password)" "$(answers 'software.packages[.][0-9]+')"
scripts post true
journal "Installation finished"
case $(value inst.finish) in
  poweroff) finish poweroff ;;
  halt | stop) ask "agama login: " ;;
  *) finish reboot ;;
esac
