#!/bin/sh
# Started by inittab once the live system is up; all that it says goes to the host's log.
exec >/dev/ttyS1 2>&1
set -e
trap 'printf "\nglinda: installation failed\n"' EXIT

# setup-disk asks before it erases a disk, unless this names it; and it takes the kernel's options from here.
export ERASE_DISKS={{disk|shell}}
export KERNELOPTS='console=tty0 console=ttyS0,115200 '{{kernel_options|shell}}
setup-alpine -e -f /etc/glinda/answers

# The root file system is the last partition.
for number in 3 2 1; do
  if mount {{disk|shell}}$number /mnt 2>/dev/null; then
    [ -d /mnt/etc/apk ] && break
    umount /mnt
  fi
done
[ -d /mnt/etc/apk ]

add_key() {
  mkdir -p -m 700 "/mnt$2/.ssh"
  printf '%s\n' "$3" >>"/mnt$2/.ssh/authorized_keys"
  chmod 600 "/mnt$2/.ssh/authorized_keys"
  chroot /mnt chown -R "$1:" "$2/.ssh"
}
echo root:{{root_password_crypt|shell}} | chroot /mnt chpasswd -e
{{#root_keys}}
add_key root /root {{key|shell}}
{{/root_keys}}
mkdir -p /mnt/etc/ssh/sshd_config.d
echo 'PermitRootLogin yes' >/mnt/etc/ssh/sshd_config.d/01-root-password.conf
{{#users}}
chroot /mnt adduser -D {{name|shell}}
{{#password_crypt}}
echo {{name|shell}}:{{password_crypt|shell}} | chroot /mnt chpasswd -e
{{/password_crypt}}
{{#admin}}
chroot /mnt addgroup {{name|shell}} wheel
mkdir -p /mnt/etc/doas.d
echo {{#password_crypt}}'permit persist '{{/password_crypt}}{{^password_crypt}}'permit nopass '{{/password_crypt}}{{name|shell}} >>/mnt/etc/doas.d/glinda.conf
{{/admin}}
{{#keys}}
add_key {{name|shell}} /home/{{name|shell}} {{key|shell}}
{{/keys}}
{{/users}}
{{#packages}}
echo 'glinda: packages'
mount --bind /dev /mnt/dev
mount -t proc proc /mnt/proc
cp /etc/resolv.conf /mnt/etc/
chroot /mnt apk add{{#package_list}} {{package|shell}}{{/package_list}}
umount /mnt/proc /mnt/dev
{{/packages}}
umount /mnt
sync
trap - EXIT
printf '\nglinda: installation finished\n'
poweroff
