# shellcheck shell=dash
# Arch's live system and archinstall; README.md has the contract.
# archiso: the medium by its identifier, which is its time of modification (ECMA-119, 8.4.26.1), or by its label.
label=$(value archisolabel)
uuid=$(value archisosearchuuid)
wanted=/dev/disk/by-label/$label
[ "$uuid" ] && wanted=/dev/disk/by-uuid/$uuid
found=
for drive in $(drives | grep /sr); do
  made=$(dd if="$drive" bs=1 skip=$((16 * 2048 + 830)) count=16 2> /dev/null |
    sed 's/\(....\)\(..\)\(..\)\(..\)\(..\)\(..\)\(..\)/\1-\2-\3-\4-\5-\6-\7/')
  if [ "$uuid" ]; then [ "$made" = "$uuid" ]; else [ "$(drive_with "$label")" = "$drive" ]; fi || continue
  open_drive "$drive" && [ -e "/run/drive/$(value archisobasedir)/x86_64/airootfs.sfs" ] && found=$drive
done
say ":: Mounting '$wanted' to '/run/archiso/bootmnt'"
if [ -z "$found" ]; then
  say "Waiting 30 seconds for device $wanted ..."
  say "ERROR: '$wanted' device did not show up after 30 seconds..."
  ask "   Falling back to interactive prompt" "   You can try to fix the problem manually, log out when you are finished"
fi
for name in pacman pacman-key reflector; do cp /stand-in/bin/nothing /sbin/$name; done
printf '#!/bin/sh\nexec /bin/sh "$@"\n' > /bin/bash
chmod 755 /bin/bash
# What is named by script=, run on the first terminal after login.
script=$(value script)
if [ "$script" ]; then
  fetch "$script" /root/startup_script && sh /root/startup_script > /dev/console 2>&1
  ask "root@archiso ~ # "
fi
# cloud-init: a drive with this label in either case and both files: a script, or runcmd and write_files.
drive=$(drive_with cidata)
drive=${drive:-$(drive_with CIDATA)}
if [ "$drive" ] && copy_from "$drive" meta-data /run/meta-data && copy_from "$drive" user-data /run/user-data; then
  read -r first < /run/user-data
  case $first in
    '#!'*) sh /run/user-data > /dev/console 2>&1 ;;
    '#cloud-config'*)
      awk -f /stand-in/flow.awk -f /stand-in/yaml.awk /run/user-data > /run/answers ||
        ask "cloud-init: Failed loading yaml blob" "archiso login: root (automatic login)" "root@archiso ~ # "
      number=0
      while grep -q "^write_files[.]${number}[.]path	" /run/answers; do
        file=$(answer "write_files.$number.path")
        mkdir -p "$(dirname "$file")"
        answer "write_files.$number.content" | unfold > "$file"
        number=$((number + 1))
      done
      number=0
      while grep -q "^runcmd[.]${number}[.	]" /run/answers; do
        if grep -q "^runcmd[.]${number}[.]" /run/answers; then
          answers "runcmd[.]${number}[.][0-9]+" | sed "s/'/'\\\\''/g; s/.*/'&'/" | tr '\n' ' ' > /run/command
        else
          answer "runcmd.$number" | unfold > /run/command
        fi
        sh /run/command > /dev/console 2>&1
        number=$((number + 1))
      done ;;
  esac
fi
ask "archiso login: root (automatic login)" "root@archiso ~ # "
