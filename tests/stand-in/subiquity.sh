# shellcheck shell=dash
# Subiquity and casper; README.md has the contract.
say "[    0.0] casper"
# The initrd and the medium know each other by an identifier, unless told not to look.
uuid=$(cat /conf/uuid.conf)
found=
for drive in $(drives); do
  open_drive "$drive"
  [ -e /run/drive/casper/install-sources.yaml ] || continue
  if has ignore_uuid || [ "$(cat /run/drive/.disk/casper-uuid-generic)" = "$uuid" ]; then
    found=$drive
    break
  fi
done
[ "$found" ] || ask "Unable to find a medium containing a live file system" \
  "Attempt interactive netboot from a URL?" "yes no (default yes): "
mkdir -p /cdrom
mount -o ro "$found" /cdrom
if ! has fsck.mode=skip; then
  say "Checking integrity, this may take some time (or try: fsck.mode=skip)"
  (cd /cdrom && md5sum -c -s md5sum.txt) || say "Check finished: errors found in your files! You might encounter errors."
fi

# cloud-init: a drive with this label in either case and both files, or a URL.
seed=/run/user-data
drive=$(drive_with cidata)
drive=${drive:-$(drive_with CIDATA)}
source=$(value ds | sed -n 's/^nocloud\(-net\)\?;s=//p')
if [ "$drive" ] && copy_from "$drive" meta-data /run/meta-data; then
  copy_from "$drive" user-data $seed
elif [ "$source" ]; then
  fetch "${source}meta-data" /run/meta-data && fetch "${source}user-data" $seed
fi
if [ -e $seed ] && ! head -n 1 $seed | grep -q '^#cloud-config'; then
  say "cloud-init[812]: __init__.py[WARNING]: Unhandled non-multipart (text/x-not-multipart) userdata"
  rm $seed
fi
# What is named, the live system's own, cloud-init's, the medium's: the first that there is.
named=$(value subiquity.autoinstallpath)
for file in "$named" $seed /cdrom/autoinstall.yaml; do
  [ -s "$file" ] && break
  file=
done
reader() { awk -f /stand-in/flow.awk -f /stand-in/yaml.awk "$1"; }
[ "$file" ] && { reader "$file" > /run/all || ask "An error occurred. Press enter to start a shell"; }
if [ "$file" = /cdrom/autoinstall.yaml ] && ! grep -q '^autoinstall\.' /run/all; then
  sed -i 's/^/autoinstall./' /run/all
fi
[ "$file" ] && sed -n 's/^autoinstall\.//p' /run/all > /run/answers
[ -s /run/answers ] || ask "Willkommen! Bienvenue! Welcome! Добро пожаловать! Welkom!" "Use UP, DOWN and ENTER keys to select your language."

mkdir -p /var/log/installer
event() {  # KIND WHAT: what the print reporter shows, and the log
  say "$1: subiquity/$2"
  echo "$(date '+%F %T'),000 DEBUG root:39 $1: subiquity/$2" >> /var/log/installer/subiquity-server-debug.log
  endpoint=$(answers 'reporting[.][^.]*[.]endpoint' | head -n 1)
  [ "$endpoint" ] && wget -q -O /dev/null --post-data="{\"event_type\": \"$1\", \"name\": \"subiquity/$2\"}" "$endpoint"
}
failed() {  # WHAT: the commands for that, then the end
  event finish "$1: FAIL"
  commands error-commands
  say "$2"
  ask "An error occurred. Press enter to start a shell"
}
commands() {  # KEY: each, a text for the shell or a list of words
  number=0
  while grep -q "^${1}[.]${number}[.	]" /run/answers; do
    event start "$1/command_$number"
    if grep -q "^${1}[.]${number}[.]" /run/answers; then
      answers "${1}[.]${number}[.][0-9]+" | sed "s/'/'\\\\''/g; s/.*/'&'/" | tr '\n' ' ' > /run/command
    else
      answer "$1.$number" | unfold > /run/command
    fi
    sh -e /run/command > /run/output 2>&1 || return 1
    event finish "$1/command_$number: SUCCESS"
    number=$((number + 1))
  done
}
event start "Early/load_autoinstall_config: "
event start "core_validation: validating configuration"
[ "$(answer version)" = 1 ] || failed core_validation "Malformed autoinstall in 'version or interactive-sections' section"
if [ -z "$(answer identity.username)" ] && ! grep -qE '^user-data[.]' /run/answers; then
  failed Identity "neither identity nor user-data provided"
fi
if ! has autoinstall; then
  say "Confirmation is required to continue."
  say "Add 'autoinstall' to your kernel command line to avoid this"
  ask "Continue with autoinstall? (yes|no)"
fi
commands early-commands || failed early-commands "early-commands failed"
event start "Install/install/curtin_install: installing system"
disks=$(awk -F '\t' '$1 ~ /^storage[.]config[.][0-9]+[.]type$/ && $2 == "disk" { sub(/type$/, "path", $1); print $1 }' /run/answers)
for disk in $disks; do
  disk=$(answer "$disk")
  [ -z "$disk" ] || is_disk "$disk" || failed Filesystem "Failed to find matching device for $disk"
done
curtin_event() {
  say "$*"
  echo "$*" >> /var/log/installer/curtin-install.log
  echo "$(date '+%F %T'),000 DEBUG subiquity.common.event_logger: $*" >> /var/log/installer/subiquity-server-debug.log
}
curtin_event "start: cmd-install/stage-partitioning/builtin/cmd-block-meta: curtin command block-meta"
install_to "$(first_disk)"
curtin_event "finish: cmd-install/stage-partitioning/builtin/cmd-block-meta: SUCCESS: curtin command block-meta"
curtin_event "start: cmd-install/stage-extract/builtin/cmd-extract: curtin command extract"
hash=$(answer user-data.chpasswd.users.0.password)
write_down "subiquity $(cat /stand-in/version)" "$(answer identity.hostname)$(answer user-data.hostname)" "${hash:-$(answer identity.password)}" \
  "$(answers 'packages[.][0-9]+')"
event finish "Install/install: SUCCESS"
event start "Late/run: "
commands late-commands || failed late-commands "late-commands failed: $(tail -n 3 /run/output)"
event finish "Install: SUCCESS"
case $(answer shutdown) in
  poweroff) finish poweroff ;;
  *) finish reboot ;;
esac
