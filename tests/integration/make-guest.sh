#!/usr/bin/env bash
# Makes a guest that boots in seconds and does what its kernel command line says:
#     glinda.test=poweroff|reboot|panic|hang|fill-disk|install|fail|ask|list
# Writes FOLDER/kernel and FOLDER/initrd. The kernel is the host distribution's own package, kept in
# ~/.cache/glinda/test-guest; GLINDA_TEST_KERNEL and GLINDA_TEST_MODULES name others.
set -euo pipefail
folder=${1:?usage: make-guest.sh FOLDER}
cache=${XDG_CACHE_HOME:-$HOME/.cache}/glinda/test-guest
mkdir -p "$folder" "$cache"

if [[ ! -e $cache/kernel || ! -e $cache/modules/complete-2 ]]; then
    work=$(mktemp -d "$cache/work.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    package=$(apt-cache depends linux-image-cloud-amd64 | sed -n 's/^ *Depends: //p' | head -n 1)
    (cd "$work" && apt-get download -qq "$package" && dpkg-deb -x ./*.deb root)
    # In the order in which they are loaded.
    number=10
    mkdir "$work/modules"
    for module in virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci \
        failover net_failover virtio_net virtio_blk pvpanic pvpanic-mmio cdrom isofs; do
        # Debian 13's are compressed.
        find "$work/root" -name "$module.ko.xz" -exec xz -d {} +
        find "$work/root" -name "$module.ko" -exec cp {} "$work/modules/$number-$module.ko" \;
        number=$((number + 1))
    done
    cp "$work"/root/boot/vmlinuz-* "$cache/kernel.new"
    mv "$cache/kernel.new" "$cache/kernel"
    : > "$work/modules/complete-2" # another number whenever the list changes
    rm -rf "$cache/modules"
    mv "$work/modules" "$cache/modules"
fi

root=$(mktemp -d)
trap 'rm -rf "$root" "${work:-}"' EXIT
mkdir -p "$root"/{bin,dev,proc,sys,modules}
cp "$(command -v busybox)" "$root/bin/busybox"
cp "$cache"/modules/* "$root/modules/" 2>/dev/null || true
cp "$(dirname "$0")/guest-init" "$root/init"
chmod 0755 "$root/init"
(cd "$root" && find . | busybox cpio -o -H newc 2>/dev/null | gzip -1) > "$folder/initrd"
cp "$cache/kernel" "$folder/kernel"
