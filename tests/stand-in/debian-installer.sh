# shellcheck shell=dash
# debian-installer in its text front end; README.md has the contract. /stand-in/version is the release that it is of.
read -r version < /stand-in/version
log() {  # PROGRAM TEXT
  echo "$(date '+%b %e %T') $1: $2" >> /var/log/syslog
}
step() {
  log "main-menu[351]" "INFO: Menu item '$1' selected"
}
error() {  # TITLE STEP TEXT: a red screen, or the same in words
  log "main-menu[351]" "WARNING **: Configuring '$2' failed with error code 1"
  log "main-menu[351]" "WARNING **: Menu item '$2' failed."
  say "$1"
  say "------------------------"
  say ""
  say "!! ERROR: $3"
  ask "[Press enter to continue]"
}
question() {  # TITLE TEXT
  say "$1"
  say "------------------------"
  say "$2"
  ask "Prompt: '?' for help> "
}
: > /var/log/syslog
log kernel "Linux version $(uname -r)"

# rootskel looks in /lib, which is a link to /usr/lib from 13 on and a folder until 12; finish-install looks in /usr/lib.
library=/lib
[ "$version" -ge 13 ] && library=/usr/lib
for hook in "$library"/debian-installer-startup.d/S*; do
  [ -x "$hook" ] && "$hook"
done

# Answers: the initrd's file, then the command line, then the medium's file, then the network's: the last one counts.
# /run/debconf has "owner question type value".
: > /run/debconf
load() {  # FILE
  # A line that ends with a backslash goes on in the next one.
  awk '/^[ \t]*(#|$)/ && line == "" { next }
    { sub(/^[ \t]+/, ""); line = line $0 }
    sub(/[ \t]*\\$/, " ", line) { next }
    { print line; line = "" }' "$1" > /run/lines
  if grep -vqE '^[^[:space:]]+[[:space:]]+[^[:space:]]+[[:space:]]+[a-z]+([[:space:]]|$)' /run/lines; then
    error "Installer" preseed "Failed to process the preconfiguration file"
  fi
  cat /run/lines >> /run/debconf
}
get() {  # QUESTION
  awk -v question="$1" '$2 == question { sub(/^[^ \t]+[ \t]+[^ \t]+[ \t]+[^ \t]+[ \t]?/, ""); value = $0 } END { print value }' \
    /run/debconf
}
is() {
  [ "$(get "$1")" = true ]
}
priority=$(value priority)
[ -e /preseed.cfg ] && log "preseed" "loading /preseed.cfg" && load /preseed.cfg
tr ' ' '\n' < /proc/cmdline | awk 'match($0, /^[a-z-]+\/[^=?]+[?]?=/) {
  value = substr($0, RLENGTH + 1); sub(/[?]?=.*/, ""); print "d-i " $0 " string " value }' >> /run/debconf
command=$(get preseed/early_command)
run() {  # QUESTION: the command in it, as the installer runs it
  [ "$1" ] || return 0
  sh -c "$1" > /run/command.log 2>&1
  status=$?
  while read -r line; do log log-output "$line"; done < /run/command.log
  [ $status = 0 ] && return
  log preseed "command failed with exit code $status"
  error "Installer" preseed "Failed to run preseeded command
Execution of preseeded command \"$1\" failed with exit code $status."
}
run "$command"
[ "$(get debian-installer/locale)$(value locale)" ] || [ "$priority" = critical ] || has auto=true ||
  question "Select a language" "Choose the language to be used for the installation process."

# A medium is any ISO 9660 file system with .disk/info; the initrd for the network does not look for one.
step ethdetect
medium=
if find_medium .disk/info; then
  medium=yes
  step cdrom-detect
fi
step netcfg
[ -e /sys/class/net/eth0 ] || error "Detect network hardware" ethdetect "No network interfaces were found. The installation 
system was unable to find a network device."
file=$(value preseed/file)$(value file)
if [ "$file" ]; then
  mkdir -p /cdrom && mount -o bind /run/medium /cdrom
  cp "$file" /run/preseed 2> /dev/null || error "Download debconf preconfiguration file" preseed \
    "Failed to retrieve the preconfiguration file"
  load /run/preseed
fi
url=$(value preseed/url)$(value url)
if [ "$url" ]; then
  fetch "$url" /run/preseed || error "Download debconf preconfiguration file" network-preseed \
    "Failed to retrieve the preconfiguration file"
  load /run/preseed
fi
[ "$medium" ] || [ "$(get mirror/http/hostname)$(get mirror/https/hostname)" ] ||
  question "Choose a mirror of the Debian archive" "Debian archive mirror country:"
if [ "$medium" ]; then step load-cdrom; else step download-installer; fi

step user-setup-udeb
hash=$(get passwd/root-password-crypted)
if [ "$(get passwd/root-login)" != false ] && [ -z "$hash$(get passwd/root-password)" ]; then
  ask "Root password: "
fi
[ "$(get passwd/make-user)" = false ] || [ "$(get passwd/username)" ] || ask "Full name for the new user: "

step partman-base
disk=$(get partman-auto/disk)
[ "$(get partman-auto/method)" ] || question "Partition disks" "Partitioning method:"
is_disk "${disk:-$(first_disk)}" || error "Partition disks" partman-base "No root file system is defined."
# The recipe's first number is the least that the first partition needs, in MB.
least=$(get partman-auto/expert_recipe | awk '{ print $3 }')
whole=${disk:-$(first_disk)}
[ "${least:-0}" -le $(($(cat "/sys/class/block/${whole##*/}/size") / 2000)) ] ||
  error "Partition disks" partman-base "Failed to partition the selected disk"
is partman/confirm || question "Partition disks" "Write the changes to disks?"
step bootstrap-base
install_to "${disk:-$(first_disk)}"
log debootstrap "Installing base system"
step apt-setup-udeb
step pkgsel
for package in $(get pkgsel/include); do
  case $package in no-such-*)
    log "in-target" "E: Unable to locate package $package"
    error "Select and install software" pkgsel "Installation step failed" ;;
  esac
done
write_down "debian-installer $version" "$(get netcfg/get_hostname)$(value hostname)" "$hash" "$(get pkgsel/include)"
step grub-installer
[ "$(get grub-installer/bootdev)" = default ] || is_disk "$(get grub-installer/bootdev)" ||
  error "Install the GRUB boot loader" grub-installer "Unable to install GRUB in $(get grub-installer/bootdev)"

step finish-install
run "$(get preseed/late_command)"
grep -q finish-install/reboot_in_progress /run/debconf || question "Finish the installation" \
  "Installation complete"
for hook in /usr/lib/finish-install.d/*; do
  [ -x "$hook" ] && "$hook"
done
sync
is debian-installer/exit/poweroff && finish poweroff
is debian-installer/exit/halt && finish halt
finish reboot
