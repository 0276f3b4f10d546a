# shellcheck shell=dash
# The system that every stand-in installs: tells on its console what is on its root file system. If the installation has a
# second stage, the installer left it there; it is gone through first, a boot each.
target=/target
mkdir $target
for root in /dev/[vsh]d[a-z]3; do
  mount "$root" $target 2> /dev/null && break
done
stage=$(find $target/stand-in-stages -type f 2> /dev/null | sort | head -n 1)
if [ "$stage" ]; then
  mount -o bind /dev $target/dev
  mv "$stage" /tmp/stage
  # shellcheck source=/dev/null
  . /tmp/stage
  sync
  umount $target/dev $target
  [ -e /tmp/power-off ] && poweroff -f
  reboot -f
fi
say "stand-in system: $(cat $target/etc/stand-in-release)"
say "stand-in host name: $(cat $target/etc/hostname)"
say "stand-in root password: $(sed -n 's/^root:\([^:]*\):.*/\1/p' $target/etc/shadow)"
say "stand-in packages: $(tr '\n' ' ' < $target/etc/packages)"
(cd $target && find root home -type f | sort) | while read -r file; do
  say "stand-in file: $file"
done
say "stand-in system: up"
poweroff -f
