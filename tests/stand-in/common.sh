# shellcheck shell=dash
# What all stand-in installers have in common; init has sourced it.

# Where the system that is being installed is mounted; the installers that have another place set it.
target=/target

# say TEXT…: on every console, as installers do that show themselves on the screen and on a serial line.
say() {
  printf '%s\n' "$*" > /dev/console
  case $(cat /sys/class/tty/console/active) in
    *ttyS0) printf '%s\n' "$*" > /dev/tty0 ;;
  esac
}

# hang: nobody answers any more.
hang() {
  while :; do
    sleep 1000 &
    wait $!  # lets a signal through
  done
}

# ask TEXT…: a question that nobody answers, or an error that nobody confirms.
ask() {
  say "$@"
  hang
}

# has WORD, value NAME: the words of the kernel's command line; the last NAME=… counts.
has() {
  tr ' ' '\n' < /proc/cmdline | grep -qx -- "$1"
}
value() {
  tr ' ' '\n' < /proc/cmdline | sed -n "s|^$1=||p" | tail -n 1
}

# drives: all that may hold a file system. drive_with LABEL: the one of that name.
drives() {
  ls /dev/sr[0-9] /dev/[vsh]d[a-z] /dev/[vsh]d[a-z][0-9] /dev/fd0 2> /dev/null
}
drive_with() {
  findfs "LABEL=$1" 2> /dev/null
}

# open_drive DEVICE: its file system, read-only at /run/drive, until the next one.
open_drive() {
  umount /run/drive 2> /dev/null
  mkdir -p /run/drive
  mount -o ro -t iso9660 "$1" /run/drive 2> /dev/null || mount -o ro -t vfat "$1" /run/drive 2> /dev/null ||
    mount -o ro -t ext4 "$1" /run/drive 2> /dev/null
}

# copy_from DEVICE PATH TO: a file of a drive.
copy_from() {
  [ "$1" ] && open_drive "$1" && cp "/run/drive/$2" "$3" 2> /dev/null
}

# find_medium PATH: the first CD with that file; it stays open at /run/medium.
find_medium() {
  mkdir -p /run/medium
  for medium in $(drives | grep /sr); do
    mount -o ro -t iso9660 "$medium" /run/medium 2> /dev/null || continue
    [ -e "/run/medium/$1" ] && return 0
    umount /run/medium
  done
  return 1
}

# fetch URL TO: over the network, which it sets up.
fetch() {
  if [ ! -e /run/resolved ]; then
    ifconfig lo 127.0.0.1
    ifconfig eth0 up
    udhcpc -q -n -t 5 -i eth0 -s /stand-in/udhcpc.sh > /dev/null 2>&1 && touch /run/resolved
  fi
  wget -q -O "$2" "$1" 2> /dev/null
}

# is_disk NAME: with or without /dev/. first_disk: what an installer takes that nobody told.
is_disk() {
  [ -b "/dev/${1#/dev/}" ] && [ "$(cat "/sys/class/block/${1#/dev/}/ro")" = 0 ]
}
first_disk() {
  for disk in /sys/block/vd[a-z] /sys/block/sd[a-z] /sys/block/hd[a-z]; do
    is_disk "${disk##*/}" && echo "${disk##*/}" && return
  done
}

# install_to DISK: the prepared system, its root file system mounted at $target with a shell and its devices.
install_to() {
  disk=/dev/${1#/dev/}
  gzip -dc /stand-in/system.img.gz | dd of="$disk" bs=64k 2> /dev/null
  blockdev --rereadpt "$disk"
  mkdir -p $target
  mount -t ext4 "${disk}3" $target || ask "stand-in: ${disk}3 cannot be mounted"
  mkdir -p $target/bin $target/sbin $target/usr/bin $target/usr/sbin $target/dev $target/proc $target/sys $target/tmp \
    $target/etc $target/root $target/home $target/run $target/var/log
  cp /bin/busybox $target/bin/
  chroot $target /bin/busybox --install -s
  # busybox does not know itself by this name.
  printf '#!/bin/sh\nexec /bin/sh "$@"\n' > $target/bin/bash
  # shellcheck disable=SC2016  # for the script
  printf '#!/bin/sh\necho "${0##*/} $*" >> /var/log/stand-in-commands\n' > $target/bin/stand-in-command
  chmod 755 $target/bin/bash $target/bin/stand-in-command
  while read -r name; do
    [ -e "$target/bin/$name" ] || [ -e "$target/usr/bin/$name" ] || ln -s /bin/stand-in-command "$target/usr/bin/$name"
  done < /stand-in/commands.txt
  cp /stand-in/bin/shutdown $target/sbin/shutdown
  for name in useradd adduser usermod chpasswd; do
    rm -f $target/bin/$name $target/sbin/$name
    cp /stand-in/bin/accounts $target/usr/sbin/$name
  done
  mkdir -p $target/etc/ssh/sshd_config.d $target/etc/sudoers.d
  for folder in dev proc sys; do
    mount -o bind /$folder $target/$folder
  done
}

# write_down RELEASE HOSTNAME HASH PACKAGES: what the installed system tells of itself.
write_down() {
  echo "$1" > $target/etc/stand-in-release
  echo "$2" > $target/etc/hostname
  echo "root:$3:19000:0:99999:7:::" > $target/etc/shadow
  echo "root:x:0:0:root:/root:/bin/sh" > $target/etc/passwd
  # shellcheck disable=SC2086  # words
  echo $4 > $target/etc/packages
}

# finish HOW: poweroff or reboot, with everything written.
finish() {
  sync
  umount $target/dev $target/proc $target/sys $target 2> /dev/null
  case $1 in
    reboot) reboot -f ;;
    poweroff) poweroff -f ;;
  esac
  hang
}

# answer PATH: a value of the answer file that one of the readers (json.awk, xml.awk, yaml.awk) has laid out in /run/answers,
# a line "path<tab>value" each. answers PATTERN: the values of all paths that fit.
answer() {
  awk -F '\t' -v path="$1" '$1 == path { print $2; exit }' /run/answers
}
answers() {
  awk -F '\t' -v pattern="^$1\$" '$1 ~ pattern { print $2 }' /run/answers
}
# A value's line breaks are \n there, so that it is one line: unfold undoes it.
unfold() {
  awk '{ gsub(/\\\\/, "\001"); gsub(/\\n/, "\n"); gsub(/\001/, "\\"); print }'
}
