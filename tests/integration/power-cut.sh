#!/usr/bin/env bash
# power-cut.sh GLINDA GUEST WORK [MOMENTS]: kills `glinda customize` at random moments of its whole run, 50 by default; each
# time the image has to be, byte for byte, the old one or the new one. GUEST is the folder of make-guest.sh. The guest that is
# customised boots in seconds from its disk into memory, lets root in by SSH, and has one sector to change.
set -euo pipefail
glinda=$(realpath "$1") guest=$(realpath "$2") work=$(realpath -m "$3") moments=${4:-50}
rm -rf "$work"
mkdir -p "$work"/{root/{bin,etc/dropbear,dev,proc,sys,tmp,root/.ssh},disk/isolinux}
fail() { echo "power-cut: $*" >&2; exit 1; }

# --- the guest: the small one's kernel and modules, and an SSH server with its libraries -------------------------------------

(cd "$work/root" && gzip -dc "$guest/initrd" | busybox cpio -idm 2>/dev/null)
server=$(command -v dropbear || echo /usr/sbin/dropbear)
for file in "$server" $(ldd "$server" | grep -o '/[^ ]*'); do
  mkdir -p "$work/root$(dirname "$file")"
  cp -L "$file" "$work/root$file"
done
ssh-keygen -q -t ed25519 -N '' -f "$work/key"
cp "$work/key.pub" "$work/root/root/.ssh/authorized_keys"
chmod 700 "$work/root/root" "$work/root/root/.ssh"
echo 'root:x:0:0:root:/root:/bin/sh' >"$work/root/etc/passwd"
echo 'root:*:19000::::::' >"$work/root/etc/shadow"
echo '/bin/sh' >"$work/root/etc/shells"
dropbearkey -t ed25519 -f "$work/root/etc/dropbear/dropbear_ed25519_host_key" >"$work/log" 2>&1
cat >"$work/root/init" <<END
#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mkdir -p /dev/pts && mount -t devpts devpts /dev/pts
for module in /modules/*.ko; do insmod "\$module"; done
ip link set lo up
ip link set eth0 up
ip addr add 10.0.2.15/24 dev eth0
ip route add default via 10.0.2.2
trap 'poweroff -f' USR2  # which poweroff asks the first process for
$server
while :; do sleep 1000 & wait \$!; done
END
chmod 755 "$work/root/init"
(cd "$work/root" && find . | busybox cpio -o -H newc -R 0:0 2>/dev/null | gzip -1) >"$work/disk/initrd"
cp "$guest/kernel" "$work/disk/kernel"
cp /usr/lib/ISOLINUX/isolinux.bin /usr/lib/syslinux/modules/bios/ldlinux.c32 "$work/disk/isolinux/"
printf 'default go\nprompt 0\nlabel go\n  kernel /kernel\n  append initrd=/initrd console=ttyS0\n' >"$work/disk/isolinux/isolinux.cfg"
xorriso -as mkisofs -quiet -r -V disk -o "$work/old" -isohybrid-mbr /usr/lib/ISOLINUX/isohdpfx.bin \
  -b isolinux/isolinux.bin -c isolinux/boot.cat -boot-load-size 4 -boot-info-table -no-emul-boot "$work/disk" 2>"$work/log"
sector=$(($(stat -c %s "$work/old") / 512 + 8))
truncate -s $(((sector + 8) * 512)) "$work/old"
rm -rf "$work/root" "$work/disk"

# --- customised, and killed --------------------------------------------------------------------------------------------------

cat >"$work/guest.tdl" <<END
<template><name>power-cut</name><os><name>Debian</name><version>13</version><arch>x86_64</arch>
<install type="url"><url>http://mirror.example.org/</url></install><rootpw type="hash">\$6\$none\$none</rootpw></os>
<commands><command name="change">printf 'the new one' | dd of=/dev/vda bs=512 seek=$sector conv=notrunc,fsync</command></commands>
</template>
END
cat >"$work/guest.xml" <<END
<domain><memory unit="MiB">256</memory><devices><disk type="file" device="disk"><driver type="raw"/>
<source file="$work/image"/></disk></devices></domain>
END
customise=("$glinda" customize "$work/guest.tdl" "$work/guest.xml" --set "paths.data_dir=$work/data" --set "paths.sshprivkey=$work/key" --set timeouts.boot=300 --set timeouts.shutdown=300)
cp "$work/old" "$work/image"
start=$(date +%s%N)
"${customise[@]}" >"$work/log" 2>&1 || { cat "$work/log" >&2; fail "the customisation fails without being killed"; }
whole=$((($(date +%s%N) - start) / 1000000))
mv "$work/image" "$work/new"
! cmp -s "$work/old" "$work/new" || fail "the customisation changes nothing"
[ "$(dd if="$work/new" bs=512 skip="$sector" count=1 status=none | tr -d '\0')" = 'the new one' ] || fail "the change is not there"

old=0 new=0
for ((i = 0; i < moments; i++)); do
  cp "$work/old" "$work/image"
  : >"$work/log"
  "${customise[@]}" >"$work/log" 2>&1 &
  process=$!
  # Every other one while the image is being replaced, which is soon over.
  longest=$whole
  if ((i % 2)); then
    longest=500
    while kill -0 "$process" 2>/dev/null && ! grep -q ' writing ' "$work/log"; do sleep 0.01; done
  fi
  moment=$((longest * (RANDOM * 32768 + RANDOM) / (32768 * 32768)))
  sleep "$((moment / 1000)).$(printf '%03d' $((moment % 1000)))"
  kill -KILL "$process" 2>/dev/null || true
  wait "$process" 2>/dev/null || true
  if cmp -s "$work/image" "$work/old"; then old=$((old + 1)); elif cmp -s "$work/image" "$work/new"; then new=$((new + 1)); else
    fail "killed after $moment ms the image is neither the old nor the new one"
  fi
  rm -rf "$work/data"
done
# What the killed ones have left stands in nobody's way.
cp "$work/old" "$work/image"
"${customise[@]}" >"$work/log" 2>&1 || { cat "$work/log" >&2; fail "after all that a customisation fails"; }
cmp "$work/image" "$work/new"
echo "killed at $moments moments of $whole ms: $old times the old image, $new times the new one"
