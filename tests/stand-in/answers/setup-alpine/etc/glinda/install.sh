#!/bin/sh
export ERASE_DISKS=/dev/vda
setup-alpine -e -f /etc/glinda/answers || exit 1
mount /dev/vda3 /mnt
apk --root /mnt add vim
sed -i 's/^root:[^:]*:/root:$6$aa$bb\/cc:/' /mnt/etc/shadow
echo late > /mnt/root/late
umount /mnt
echo 'glinda: installation finished' > /dev/ttyS1
poweroff
