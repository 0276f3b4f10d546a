# shellcheck shell=dash
# Anaconda; README.md has the contract. /stand-in/version is the release that it is of.
read -r version < /stand-in/version
target=/mnt/sysimage
log() {
  port=/dev/virtio-ports/org.fedoraproject.anaconda.log.0
  [ -c $port ] && echo "$(date +%T),000 ${2:-INFO} anaconda:$1" > $port
}
emergency() {
  say "[  186.3] dracut-initqueue[431]: Warning: dracut-initqueue timeout - starting timeout scripts"
  say "[  186.4] dracut-initqueue[431]: Warning: $1"
  say "         Starting Dracut Emergency Shell..."
  ask "Entering emergency mode. Exit the shell to continue." \
    "Type \"journalctl\" to view system logs."
}
failure() {  # WHAT LINE: what text mode shows of a kickstart that it cannot use
  log "$1" CRITICAL
  say "The following error was found while parsing the kickstart configuration file:"
  say ""
  say "The following problem occurred on line $2 of the kickstart file:"
  say ""
  say "$1"
  has inst.cmdline && finish reboot
  ask "Pane is dead"
}
question() {  # what text mode asks if the kickstart does not say it
  log "$1" INFO
  say "Installation"
  say "$1"
  ask "Please make a selection from the above ['b' to begin installation, 'q' to quit, 'r' to refresh]: "
}

# 1. The kickstart: file:, hd:, cdrom:, http:; without a word for it, a drive labelled OEMDRV. Without the prefix inst.
# the word counted until 8.
kickstart=$(value inst.ks)
[ "$version" -lt 9 ] && [ -z "$kickstart" ] && kickstart=$(value ks)
ks=/run/ks.cfg
path_in() {
  case $1 in
    *:/*) echo "${1##*:}" ;;
    *) echo /ks.cfg ;;
  esac
}
case $kickstart in
  '') [ "$version" -ge 7 ] && copy_from "$(drive_with OEMDRV)" /ks.cfg $ks ;;
  file:*) cp "${kickstart#file:}" $ks 2> /dev/null || emergency "Can't get kickstart from $kickstart" ;;
  hd:*)
    drive=${kickstart#hd:}
    drive=${drive%%:*}
    case $drive in
      LABEL=*) drive=$(drive_with "${drive#LABEL=}") ;;
      /dev/* | '') ;;
      *) drive=/dev/$drive ;;
    esac
    copy_from "$drive" "$(path_in "$kickstart")" $ks || emergency "Can't get kickstart from $drive:$(path_in "$kickstart")" ;;
  cdrom*)
    file=$(path_in "$kickstart")
    { find_medium "$file" && cp "/run/medium$file" $ks; } || emergency "Can't get kickstart from $kickstart" ;;
  *) fetch "$kickstart" $ks || emergency "failed to fetch kickstart from $kickstart" ;;
esac

# 2. The second stage: on the drive that is named, in the tree, or on the first CD that has one.
stage2=$(value inst.stage2 | sed 's/\\x20/ /g')
repository=$(value inst.repo)
stage2=${stage2:-$repository}
has_stage2() {
  [ -e /run/drive/images/install.img ] || [ -e /run/drive/LiveOS/squashfs.img ]
}
case $stage2 in
  hd:LABEL=*)
    label=${stage2#hd:LABEL=}
    medium=$(drive_with "$label")
    { [ "$medium" ] && open_drive "$medium" && has_stage2; } || emergency "/dev/disk/by-label/$label does not exist" ;;
  http:* | ftp:*) fetch "$stage2/images/install.img" /run/stage2 || emergency "anaconda: failed to fetch stage2 from $stage2" ;;
  '' | cdrom)
    [ "$version" = 6 ] && [ "$(value method)" != cdrom ] && [ "$(value method)" ] && stage2=$(value method)
    if [ "$stage2" ] && [ "$stage2" != cdrom ]; then
      fetch "$stage2/images/install.img" /run/stage2 || ask "Unable to retrieve $stage2/images/install.img."
    else
      find_medium images/install.img || find_medium LiveOS/squashfs.img || emergency "/dev/root does not exist"
    fi ;;
esac
if has rd.live.check; then
  # shellcheck source=/dev/null
  . /stand-in/mediacheck.sh
fi

# 3. The kickstart's parts: commands, packages and the scripts, a file each.
say "Starting installer, one moment..."
say "anaconda $version for stand-in started."
[ -s $ks ] || question "1) [!] Language settings   2) [!] Installation source   3) [!] Root password (Password is not set.)"
mkdir -p /run/parts
error=$(awk -v version="$version" -f /stand-in/kickstart.awk /stand-in/kickstart-commands.txt $ks) ||
  failure "${error#* }" "${error%% *}"
command() {  # NAME: the arguments of the last such command
  sed -n "s/^$1\([[:space:]]\|\$\)//p" /run/parts/commands | tail -n 1
}
said() {
  grep -qE "^($1)([[:space:]]|\$)" /run/parts/commands
}
for name in $(sed -n 's/.*--\(only-use\|drives\|ondisk\|boot-drive\)=\([^ ]*\).*/\2/p' /run/parts/commands | tr ',' ' '); do
  is_disk "$name" || failure "Disk \"$name\" given in the kickstart does not exist." "$(grep -n "$name" $ks | sed 's/:.*//;q')"
done
run_scripts() {  # KIND: %pre, or %post inside the new system unless --nochroot
  for script in /run/parts/"$1".[0-9]*; do
    case $script in *.options) continue ;; esac
    [ -e "$script" ] || continue
    options=$(cat "$script.options")
    line=${script##*.}
    log "Running kickstart script at line $line" INFO
    chmod 700 "$script"
    if [ "$1" = pre ] || [ "${options#*--nochroot}" != "$options" ]; then
      "$script" > "/tmp/$1.log" 2>&1
    else
      cp "$script" "$target/tmp/ks-script"
      chroot $target /tmp/ks-script > "/tmp/$1.log" 2>&1
    fi
    status=$?
    rm -f $target/tmp/ks-script
    to=$(echo "$options" | sed -n 's/.*--log=\([^ ]*\).*/\1/p')
    [ "$to" ] && cp "/tmp/$1.log" "$target$to"
    [ $status = 0 ] && continue
    log "Error code $status running the kickstart script at line $line" ERROR
    case $options in *--erroronfail*)
      say "There was an error running the kickstart script at line $line.  This is a fatal error and installation will" \
        "be aborted.  The details of this error are:"
      ask "$(tail -n 5 "/tmp/$1.log")" "Press ENTER to exit:" ;;
    esac
  done
}
run_scripts pre
said 'rootpw|user' || question "1) [!] Root password (Password is not set.)"
said 'autopart|part|partition|logvol|reqpart|mount' || question "5) [!] Installation Destination (Automatic partitioning selected)"
[ "$version" -ge 7 ] && ! grep -q . /run/parts/has-packages && question "4) [!] Software selection (Error checking software selection)"
sizes=$(awk '/^(part|partition)[ \t]/ && match($0, /--size=[0-9]+/) { sum += substr($0, RSTART + 7, RLENGTH - 7) } END { print sum + 0 }' \
  /run/parts/commands)
[ "$sizes" -le $(($(cat "/sys/block/$(first_disk)/size") / 2048)) ] || failure "Not enough free space on selected disks." \
  "$(grep -nE '^part' $ks | sed 's/:.*//;q')"
log "Running Thread: AnaInstallThread" DEBUG
say "Setting up the installation environment"
install_to "$(first_disk)"
missing=$(grep '^no-such-' /run/parts/packages)
[ -z "$missing" ] || ask "The following software marked for installation has errors." "No match for argument: $missing" \
  "This is a fatal error and installation will be aborted."
say "Installing software"
log "Installing software packages" INFO
write_down "anaconda $version" "$(command network | sed -n 's/.*--hostname=\([^ ]*\).*/\1/p')" \
  "$(command rootpw | tr -d "\"'" | tr ' ' '\n' | grep '^\$')" "$(cat /run/parts/packages)"
say "Installing boot loader"
say "Running post-installation scripts"
run_scripts post
say "Installation complete"
log "Installation complete" INFO
if said 'poweroff|shutdown'; then finish poweroff; fi
if said reboot; then finish reboot; fi
sync
ask "Installation complete. Press ENTER to quit:"
