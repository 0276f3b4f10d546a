# shellcheck shell=dash
# linuxrc and AutoYaST; README.md has the contract. /stand-in/version is the release that it is of.
target=/mnt
linuxrc_log=$(value linuxrc.log)
log() {
  mkdir -p /var/log/YaST2
  echo "$(date '+%F %T') <1> install(3210) [Ruby] $*" >> /var/log/YaST2/y2log
}
[ "$linuxrc_log" ] && echo "linuxrc 7.0: starting" > "$linuxrc_log"
say ">>> linuxrc 7.0 (Kernel $(uname -r)) <<<"
# The repository: what install= names, or a CD that has one.
source=$(value install)
case $source in
  http:* | ftp:*) fetch "$source/media.1/media" /run/repository || source= ;;
  '' | cd:*) find_medium media.1/media && source=cd:/ ;;
esac
if [ -z "$source" ] || { [ "$source" = cd:/ ] && [ ! -e /run/medium/media.1/media ]; }; then
  ask "Could not find the openSUSE Leap $(cat /stand-in/version) Repository." "Activating manual setup program."
fi

# The profile: the schemes of linuxrc; without a word for it, a drive labelled OEMDRV and the repository's root.
profile=/run/profile.xml
word=$(value autoyast)
word=${word:-$(value ay)}
drive_path() {  # device://sda/path or label://NAME/path without its scheme
  drive=${1%%/*}
  path=/${1#*/}
}
case $word in
  '' | default)
    copy_from "$(drive_with OEMDRV)" autoinst.xml $profile || cp /run/medium/autoinst.xml $profile 2> /dev/null ;;
  file:*) cp "/${word#file:*/}" $profile 2> /dev/null ;;
  label:*)
    drive_path "${word#label://}"
    copy_from "$(drive_with "$drive")" "$path" $profile ;;
  device:*)
    drive_path "${word#device://}"
    copy_from "/dev/$drive" "$path" $profile ;;
  cd:* | relurl:* | repo:*) cp "/run/medium/${word#*:/}" $profile 2> /dev/null ;;
  usb:*)
    for drive in $(drives); do copy_from "$drive" "${word#usb:*/}" $profile && break; done ;;
  *) fetch "$word" $profile ;;
esac
if [ ! -s $profile ]; then
  [ "$word" ] && ask "Error" "Unable to find the AutoYaST profile: $word" "[ OK ]"
  ask "Language, Keyboard and License Agreement" "License Agreement" "[ ] I Agree to the License Terms."
fi
say "Starting YaST2..."
awk -f /stand-in/xml.awk $profile > /run/all 2> /run/error ||
  ask "XML Parsing Failed" "The AutoYaST profile cannot be read: $(cat /run/error)" "[Yes] [No]"
sed -n 's/^profile\.//p' /run/all > /run/answers
confirm=$(answer general.mode.confirm)
[ "${confirm:-true}" = true ] && ask "Confirm Installation" "[Back] [Install]"
say "Preparing System for Automated Installation"
disk=$(answer partitioning.drive.device)
is_disk "${disk:-$(first_disk)}" || ask "Error" "No disk $disk was found. Partitioning the disks is not possible." "[OK]"
scripts() {  # KIND: each, in the order of the file; chrooted ones in the new system
  awk -F '\t' -v kind="scripts.$1.script" 'index($1, kind) == 1 { sub(/\.[a-z_]*$/, "", $1); if (!seen[$1]++) print $1 }' \
    /run/answers | while read -r script; do
    log "Executing $1 $(answer "$script.filename")"
    code=$(answer "$script.source" | unfold)
    if [ "$1" = init-scripts ] || [ "$1" = post-scripts ]; then
      mkdir -p $target/stand-in-stages
      { echo "chroot \$target /bin/sh <<'STAND_IN_END'"; echo "$code"; echo STAND_IN_END; } >> $target/stand-in-stages/second
    elif [ "$1" = chroot-scripts ] && [ "$(answer "$script.chrooted")" = true ]; then
      echo "$code" > $target/tmp/script
      chroot $target /bin/sh /tmp/script >> /run/scripts.log 2>&1
      rm $target/tmp/script
    else
      sh -c "$code" >> /run/scripts.log 2>&1
    fi
  done
}
scripts pre-scripts
say "Performing Installation"
log "Storage: commit"
log "Calling YaST client inst_rpmcopy"
install_to "${disk:-$(first_disk)}"
root=$(awk -F '\t' '$1 ~ /username$/ && $2 == "root" { sub(/\.username$/, "", $1); print $1; exit }' /run/answers)
hash=
[ "$root" ] && hash=$(answer "$root.user_password")
write_down "autoyast $(cat /stand-in/version)" "$(answer networking.dns.hostname)" "$hash" \
  "$(answers 'software.packages.package(#[0-9]+)?')"
scripts chroot-scripts
if [ "$(answer general.mode.second_stage)" != false ]; then
  mkdir -p $target/stand-in-stages
  echo 'say "Starting YaST2: second stage"' > $target/stand-in-stages/second
  scripts post-scripts
  scripts init-scripts
  [ "$(answer general.mode.final_halt)" = true ] && echo 'touch /tmp/power-off' >> $target/stand-in-stages/second
fi
say "Finishing Basic Installation"
log "Calling YaST client inst_finish"
if [ "$(answer general.mode.halt)" = true ]; then finish poweroff; fi
finish reboot
