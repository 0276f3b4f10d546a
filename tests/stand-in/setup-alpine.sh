# shellcheck shell=dash
# Alpine's diskless system and its setup-alpine; README.md has the contract.
# nlplug-findfs: a medium with .boot_repository and *.apkovl.tar.gz, on any drive.
overlay=$(value apkovl)
repository=$(value alpine_repo)
case $overlay in http:* | ftp:*) fetch "$overlay" /run/apkovl ;; esac
for drive in $(drives); do
  open_drive "$drive" || continue
  [ -e /run/drive/.boot_repository ] && repository=$drive
  for file in /run/drive/*.apkovl.tar.gz; do
    [ -e "$file" ] && [ ! -e /run/apkovl ] && cp "$file" /run/apkovl
  done
done
[ "$repository" ] || ask "Mounting boot media failed." "initramfs emergency recovery shell launched. Type 'exit' to continue boot"
say "   OpenRC 0.55 is starting up Linux $(uname -r)"
if [ -e /run/apkovl ]; then
  say " * Loading user settings from /run/apkovl: [ ok ]"
  tar -xzf /run/apkovl -C / || ask "Loading user settings failed"
fi
for name in rc-update rc-service openrc openrc-run lbu setup-keymap setup-timezone; do
  cp /stand-in/bin/nothing /sbin/$name
done
# The default runlevel's service "local" runs these; what else init starts its table says, in its own order.
if [ -e /etc/runlevels/default/local ]; then
  for file in /etc/local.d/*.start; do
    [ -x "$file" ] && "$file" > /dev/console 2>&1
  done
fi
for when in sysinit wait once respawn; do
  sed -n "s/^[^#:]*:[^:]*:$when://p" /etc/inittab 2> /dev/null > /run/init
  while read -r line; do
    case $line in *getty*) continue ;; esac
    sh -c "$line" < /dev/null > /dev/console 2>&1
  done < /run/init
done
say ""
ask "Welcome to Alpine Linux 3.20" "localhost login: "
