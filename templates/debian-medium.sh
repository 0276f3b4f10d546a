#!/bin/bash
# debian-medium.sh OUTDIR [--suite trixie] [--include "PACKAGE…"] [--udebs "UDEB…"]
#
# Makes a small Debian installation medium out of this host's own package mirror, twice:
#   OUTDIR/tree            a tree to be served over HTTP, with the installer's kernel and initrd
#   OUTDIR/debian-13.iso   the same packages on a netinst-like CD that boots by itself (BIOS and UEFI) and needs no mirror
# Both are signed with a key made for them; their initrds make the installer and the installed system trust it. --include puts
# further packages on both, --udebs further parts of the installer into the CD's initrd.
#
# Needs on the host: apt apt-utils cpio debian-archive-keyring dpkg gpg mtools util-linux xorriso xz-utils
# Needs no privileges. Nothing of the host's apt is changed.
set -euo pipefail
shopt -s inherit_errexit

# What the installer asks for by itself, and what a guest that glinda drives needs.
packages=(
  linux-image-amd64 initramfs-tools busybox zstd
  openssh-server qemu-guest-agent eatmydata gpgv
  locales console-setup console-setup-linux kbd keyboard-configuration
  dbus libpam-systemd util-linux-extra ifupdown dhcpcd-base
  eject pciutils usbutils dmidecode tasksel laptop-detect installation-report os-prober
  cloud-init
)
# Mutually exclusive, so each is resolved by itself.
bootloaders=("grub-pc" "grub-efi-amd64 grub-efi-amd64-signed shim-signed efibootmgr")

# Only these: every further udeb costs the installer about a second, and some (partman-md …) stop it with a question.
udebs=(
  apt-cdrom-setup apt-mirror-setup apt-setup-udeb base-installer bootstrap-base clock-setup debootstrap-udeb
  di-utils-exit-installer di-utils-mapdevfs disk-detect dosfstools-udeb e2fsprogs-udeb finish-install
  grub-installer libdevmapper1.02.1-udeb libparted-fs-resize0-udeb libparted2-udeb partman-auto partman-base
  partman-basicfilesystems partman-basicmethods partman-efi partman-ext3 partman-partitioning partman-target
  partman-utils pkgsel tzsetup-udeb user-setup-udeb
)
# The CD's initrd is the netboot one plus these, less the parts that would ask for a mirror.
cd_udebs=(cdrom-detect cdrom-retriever load-cdrom)
net_udebs='^(choose-mirror|choose-mirror-bin|download-installer|net-retriever)$'

# Kernel parts come as udebs too; the modules beside each name make an equal one where the mirror lacks it.
declare -A module_udebs=(
  [ext4-modules]="ext4 jbd2 mbcache crc16"
  [scsi-modules]="virtio_blk virtio_scsi"
  [ata-modules]="libata"
  [sata-modules]="libahci ahci ata_piix"
  [cdrom-core-modules]="cdrom sr_mod"
  [isofs-modules]="isofs"
)
cd_modules=(scsi-modules ata-modules sata-modules cdrom-core-modules isofs-modules)

say() { printf 'debian-medium: %3d s: %s\n' "$SECONDS" "$*" >&2; }
die() {
  printf 'debian-medium: %s\n' "$*" >&2
  [[ ! -d ${work-} ]] || : >"$work/told"
  exit 1
}

suite=trixie include='' out=''
while (($#)); do
  case $1 in
    --suite) suite=${2:?--suite needs a name}; shift 2 ;;
    --include) include=${2?--include needs package names}; shift 2 ;;
    --udebs) read -ra extra <<<"${2?--udebs needs package names}"; cd_udebs+=("${extra[@]}"); shift 2 ;;
    -*) die "unknown option '$1'; usage: debian-medium.sh OUTDIR [--suite trixie] [--include \"PACKAGE…\"] [--udebs \"UDEB…\"]" ;;
    *) out=$1; shift ;;
  esac
done
[[ $out ]] || die 'usage: debian-medium.sh OUTDIR [--suite trixie] [--include "PACKAGE…"] [--udebs "UDEB…"]'
out=$(realpath -m -- "$out")
read -ra extra <<<"$include"
packages+=("${extra[@]}")

missing=()
while read -r program package; do
  command -v "$program" >/dev/null || missing+=("$package")
done <<'END'
apt-get apt
cpio cpio
dpkg-deb dpkg
flock util-linux
gpg gpg
mformat mtools
xorriso xorriso
xz xz-utils
END
[[ -x /usr/lib/apt/apt-helper ]] || missing+=(apt)
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
[[ -e $keyring ]] || keyring=${keyring%.gpg}.pgp
[[ -e $keyring ]] || missing+=(debian-archive-keyring)
((${#missing[@]} == 0)) || die "programs are missing; install them with: apt-get install ${missing[*]}"

cache=${XDG_CACHE_HOME:-$HOME/.cache}/glinda/debian-medium
mkdir -p "$cache"/{pool,partial,apt/none/partial,apt/lists/partial}
exec {lock}>"$cache/lock"
flock -n "$lock" || { say "waiting for another run of this script"; flock "$lock"; }

stamp=$({ cat "${BASH_SOURCE[0]}"; printf '%s\n' "$suite" "$include" "${cd_udebs[@]}"; } | sha256sum)
if [[ $(cat "$out/.stamp" 2>/dev/null) == "$stamp" ]]; then
  say "reusing $out, made before by this same script"
  exit 0
fi
if [[ -e $out && ! -e $out/.stamp ]]; then
  rmdir -- "$out" 2>/dev/null || die "$out exists and was not made by this script; choose another folder or remove it"
fi

mkdir -p "$(dirname "$out")"
work=$(mktemp -d "$out.XXXXXX")
# A short path: the key's agent listens on a socket in there.
GNUPGHOME=$(mktemp -d)
export GNUPGHOME
cleanup() {
  local status=$?
  gpgconf --kill all || true
  rm -rf -- "$work" "$GNUPGHOME"
  exit "$status"
}
trap cleanup EXIT
trap 'exit 130' INT TERM HUP
trap '[[ -e $work/told ]] || die "line $LINENO failed: $BASH_COMMAND; the messages above say why"' ERR
chmod 755 "$work"
tmp=$work/tmp tree=$work/new/tree
dist=$tree/dists/$suite
mkdir -p "$tmp" "$dist/main/"{binary-amd64,debian-installer/binary-amd64}

# --- apt with a state of its own ------------------------------------------------------------------------------------

# A host whose apt was never updated has no Origin to go by, only the names of its suites.
# shellcheck disable=SC2016 # apt's own variables
site=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' 'Component: main' | head -n1)
# shellcheck disable=SC2016
[[ $site ]] || site=$(apt-get indextargets -o APT::Get::IndexTargets::OnlyAvailable=0 --format '$(RELEASE) $(SITE)' \
  'Created-By: Packages' 'Component: main' | awk '$1 ~ /^(bookworm|trixie|forky|stable|testing|sid)$/ {print $2; exit}')
[[ $site ]] || die "this host's apt knows no mirror of the Debian archive (component main); add one to its sources"

: >"$cache/apt/status"
# Read after the host's own settings, so that proxies and the like hold and its hooks do not.
cat >"$cache/apt/apt.conf" <<END
#clear APT::Update;
#clear DPkg;
APT::Architecture "amd64";
APT::Architectures { "amd64"; };
APT::Sandbox::User "root";
APT::Install-Recommends "false";
Acquire::Languages "none";
Dir::State "$cache/apt";
Dir::State::lists "$cache/apt/lists";
Dir::State::status "$cache/apt/status";
Dir::Cache "$cache/apt";
Dir::Cache::archives "$cache/apt/none/";
Dir::Cache::pkgcache "pkgcache.bin";
Dir::Cache::srcpkgcache "srcpkgcache.bin";
Dir::Etc::SourceList "$cache/apt/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "/dev/null";
END
apt=(apt-get -q "-c=$cache/apt/apt.conf")

say "reading the index of $suite from this host's mirror"
# The release's name, then the names that it may have besides: a mirror that is being renewed has a new index under one of
# them and still the old one, which its files fit, under another.
listed=''
for name in "$suite" stable oldstable; do
  echo "deb [arch=amd64 signed-by=$keyring] $site $name main main/debian-installer" >"$cache/apt/sources.list"
  "${apt[@]}" -o APT::Update::Error-Mode=any update >"$tmp/apt.$name.log" 2>&1 || continue
  grep -qxE "(Codename|Suite): $suite" "$cache"/apt/lists/*"_dists_${name}_InRelease" || continue
  listed=$name
  break
done
if [[ ! $listed ]]; then
  grep '^[EW]:' "$tmp/apt.$suite.log" >&2 || true
  die "apt cannot read suite $suite from the mirror; check network and proxy, or give another --suite"
fi
[[ $listed == "$suite" ]] || say "the mirror's index of $suite does not fit its files; reading the one of $listed, which is $suite as well"
index() { /usr/lib/apt/apt-helper "-c=$cache/apt/apt.conf" cat-file "$cache"/apt/lists/*"_dists_${listed}_main_$1"_Packages*; }
index binary-amd64 >"$tmp/debs"
index debian-installer_binary-amd64 >"$tmp/udebs"
version=$(awk '/^Version:/ {print $2; exit}' "$cache"/apt/lists/*"_dists_${listed}_InRelease")
alias=$(awk '/^Suite:/ {print $2; exit}' "$cache"/apt/lists/*"_dists_${listed}_InRelease")
[[ $version ]] || die "suite $suite has no version number yet; only released suites can be used"

# --- what goes in ---------------------------------------------------------------------------------------------------

# select_stanzas FIELD NAMES: the stanzas of an index whose FIELD stands in the file NAMES.
select_stanzas() {
  awk -v field="$1:" 'NR == FNR {want[$1]; next}
    match($0, "(^|\n)" field " [^\n]*") {
      value = substr($0, RSTART, RLENGTH); sub(/^\n?[^ ]* /, "", value)
      if (value in want && !seen[value]++) print $0 "\n"
    }' "$2" RS= -
}
# fetch INDEX: every file of the index into the cache, each checked against its sum; prints the ones that cannot be had.
fetch() {
  local file sum bad=() args=()
  while read -r file sum; do
    [[ -e $cache/pool/$file ]] || args+=("$site/${file//+/%2b}" "$cache/partial/${file##*/}" "SHA256:$sum")
  done < <(awk '/^Filename:/ {f = $2} /^SHA256:/ {s = $2} /^$/ {print f, s}' "$1")
  if ((${#args[@]})); then
    rm -f "$cache"/partial/*
    say "downloading $((${#args[@]} / 3)) files"
    printf '%s\n' "${args[@]}" | xargs -d '\n' -n 300 /usr/lib/apt/apt-helper "-c=$cache/apt/apt.conf" -q download-file >"$tmp/fetch.log" 2>&1 || true
  fi
  while read -r file sum; do
    [[ -e $cache/pool/$file ]] && continue
    if sha256sum --status -c <<<"$sum  $cache/partial/${file##*/}" 2>/dev/null; then
      mkdir -p "$cache/pool/${file%/*}"
      mv "$cache/partial/${file##*/}" "$cache/pool/$file"
    else
      bad+=("$file")
    fi
  done < <(awk '/^Filename:/ {f = $2} /^SHA256:/ {s = $2} /^$/ {print f, s}' "$1")
  printf '%s\n' "${bad[@]}"
}
# fetch_all INDEX: the same, where nothing may lack.
fetch_all() {
  local bad
  bad=$(fetch "$1")
  [[ -z $bad ]] || {
    grep -a '^E:' "$tmp/fetch.log" >&2 || true
    die "the mirror lacks files that its index lists: ${bad//$'\n'/ }; try again later or use another mirror"
  }
}
into_tree() {
  local file
  while read -r file; do
    mkdir -p "$tree/${file%/*}"
    ln "$cache/pool/$file" "$tree/$file" 2>/dev/null || cp "$cache/pool/$file" "$tree/$file"
  done < <(awk '/^Filename:/ {print $2}' "$1")
}

say "resolving packages"
mapfile -t base < <(awk 'BEGIN {RS = ""} /\nPriority: (required|important)\n/ {print $2}' "$tmp/debs")
for loader in "${bootloaders[@]}"; do
  read -ra loader_packages <<<"$loader"
  "${apt[@]}" -y --print-uris install "${base[@]}" "${packages[@]}" "${loader_packages[@]}" 2>"$tmp/apt.log" || {
    grep -v '^$' "$tmp/apt.log" >&2
    die "the packages do not resolve in suite $suite; see the lines above"
  }
done | sed -n "s,^'\\([^']*\\)'.*,\\1,p" | sed "s,^$site/,,; s/%2b/+/g; s/%7e/~/g; s/%3a/:/g" | sort -u >"$tmp/names"
select_stanzas Filename "$tmp/names" <"$tmp/debs" >"$dist/main/binary-amd64/Packages"
fetch_all "$dist/main/binary-amd64/Packages"
into_tree "$dist/main/binary-amd64/Packages"

# Not installed anywhere: the installer's images, and the boot loaders of the CD.
printf '%s\n' "debian-installer-${version%%.*}-netboot-amd64" isolinux syslinux-common >"$tmp/names"
select_stanzas Package "$tmp/names" <"$tmp/debs" >"$tmp/tools"
fetch_all "$tmp/tools"
# deb PACKAGE: the file of a package.
deb() { awk -v p="$1" 'BEGIN {RS = ""} $2 == p' "$tmp/tools" "$dist/main/binary-amd64/Packages" | awk -v c="$cache/pool/" '/^Filename:/ {print c $2; exit}'; }
# unpack PACKAGE FOLDER PATTERN…: some files of a package.
unpack() {
  mkdir -p "$2"
  dpkg-deb --fsys-tarfile "$(deb "$1")" | tar -x -C "$2" --wildcards "${@:3}"
}
images=usr/lib/debian-installer/images/${version%%.*}/amd64/text/debian-installer/amd64
unpack "debian-installer-${version%%.*}-netboot-amd64" "$tmp" "./$images/linux" "./$images/initrd.gz"
images=$tmp/$images

say "reading the installer's initrd"
mkdir "$tmp/initrd"
zcat "$images/initrd.gz" >"$tmp/initrd.cpio"
cpio -t --quiet <"$tmp/initrd.cpio" >"$tmp/initrd.list"
kernel=$(sed -n 's,.*lib/modules/\([^/]*\)/modules.dep.bin$,\1,p' "$tmp/initrd.list")
(cd "$tmp/initrd" && cpio -id --quiet var/lib/dpkg/status 'usr/share/keyrings/debian-archive-keyring.*' <"$tmp/initrd.cpio")
[[ $kernel ]] || die "found no kernel modules in the installer's initrd; its layout is unknown to this script"

# --- udebs ----------------------------------------------------------------------------------------------------------

printf '%s\n' "${udebs[@]}" "${cd_udebs[@]}" >"$tmp/names"
for name in "${!module_udebs[@]}"; do echo "$name-$kernel-di"; done >>"$tmp/names"
udeb_index=$dist/main/debian-installer/binary-amd64/Packages
select_stanzas Package "$tmp/names" <"$tmp/udebs" >"$udeb_index"
for name in "${cd_udebs[@]}"; do
  grep -qx "Package: $name" "$udeb_index" || die "suite $suite has no udeb $name"
done
lacking=$(fetch "$udeb_index")
if [[ $lacking ]]; then
  say "the mirror lacks udebs that its index lists; making equal ones from ordinary packages: ${lacking//$'\n'/ }"
  printf '%s\n' "linux-image-$kernel" e2fsprogs libext2fs2t64 libcom-err2 libss2 >"$tmp/names"
  select_stanzas Package "$tmp/names" <"$tmp/debs" >"$tmp/sources"
  fetch_all "$tmp/sources"
  cat "$tmp/sources" >>"$tmp/tools"
fi
into_tree <(awk -v lacking="$lacking" 'BEGIN {split(lacking, l, "\n"); for (i in l) skip[l[i]]; RS = ""; ORS = "\n\n"}
  {f = $0; sub(/.*\nFilename: /, "", f); sub(/\n.*/, "", f)} !(f in skip)' "$udeb_index")
for file in $lacking; do
  name=$(basename "$file"); name=${name%%_*}
  root=$tmp/made/$name
  mkdir -p "$root/DEBIAN" "$tree/${file%/*}"
  case $name in
    e2fsprogs-udeb)
      unpack e2fsprogs "$root" '*/sbin/badblocks' '*/sbin/e2fsck' '*/sbin/fsck.ext*' '*/sbin/mke2fs' '*/sbin/mkfs.ext*' '*/sbin/resize2fs' '*/sbin/tune2fs' '*/etc/mke2fs.conf'
      for library in libext2fs2t64:'libe*2*' libcom-err2:'libcom_err*' libss2:'libss*'; do
        unpack "${library%%:*}" "$root" "*/${library##*:}.so.*"
      done ;;
    *-modules-*)
      if [[ ! -d $tmp/kernel ]]; then
        read -ra patterns <<<"${module_udebs[*]}"
        patterns=("${patterns[@]/#/*/}")
        unpack "linux-image-$kernel" "$tmp/kernel" "${patterns[@]/%/.ko*}"
      fi
      for module in ${module_udebs[${name%-"$kernel"-di}]}; do
        (cd "$tmp/kernel" && find . -name "$module.ko*" -exec cp --parents -t "$root" {} +)
      done ;;
    *) die "the mirror lacks $file, and this script knows no ordinary package to make it from; use another mirror" ;;
  esac
  awk -v p="$name" 'BEGIN {RS = ""} $2 == p' "$udeb_index" | sed '/^\(Filename\|Size\|MD5sum\|SHA[0-9]*\|Description-md5\):/d' >"$root/DEBIAN/control"
  dpkg-deb --root-owner-group -Zxz -z1 -b "$root" "$tree/$file" >/dev/null
  size=$(stat -c %s "$tree/$file") sum=$(sha256sum <"$tree/$file")
  awk -v p="$name" -v size="$size" -v sum="${sum%% *}" '/^Package:/ {mine = $2 == p}
    mine && /^(MD5sum|SHA1|SHA512):/ {next}
    mine && /^Size:/ {$0 = "Size: " size}
    mine && /^SHA256:/ {$0 = "SHA256: " sum} {print}' "$udeb_index" >"$tmp/index"
  mv "$tmp/index" "$udeb_index"
done

# --- signature ------------------------------------------------------------------------------------------------------

say "signing"
gpg --batch --quiet --passphrase '' --quick-generate-key "glinda medium $suite $(date +%F)" ed25519 sign never 2>"$tmp/gpg.log" ||
  { cat "$tmp/gpg.log" >&2; die "gpg cannot make a key"; }
gpg --batch --export >"$tmp/key.gpg"

ln -s "$suite" "$tree/dists/$alias"
for folder in main/binary-amd64 main/debian-installer/binary-amd64; do
  gzip -9nk "$dist/$folder/Packages"
  printf '%s\n' "Archive: $alias" "Origin: Debian" "Label: Debian" "Version: $version" "Component: ${folder%/*}" "Architecture: amd64" >"$dist/$folder/Release"
done
{
  printf '%s\n' "Origin: Debian" "Label: Debian" "Suite: $alias" "Version: $version" "Codename: $suite"
  printf '%s\n' "Date: $(LC_ALL=C date -u +'%a, %d %b %Y %H:%M:%S UTC')" "Architectures: amd64" "Components: main" \
    "Description: Debian $version, the part that a minimal installation needs" "SHA256:"
  (cd "$dist" && find main -type f -printf '%P\n' | sort | while read -r file; do
    sum=$(sha256sum <"main/$file")
    printf ' %s %d main/%s\n' "${sum%% *}" "$(stat -c %s "main/$file")" "$file"
  done)
} >"$tmp/Release"
mv "$tmp/Release" "$dist/Release"
gpg --batch --quiet --armor --detach-sign -o "$dist/Release.gpg" "$dist/Release"
gpg --batch --quiet --clearsign -o "$dist/InRelease" "$dist/Release"
rm -rf "$GNUPGHOME/private-keys-v1.d"

# --- initrds --------------------------------------------------------------------------------------------------------

# Only files, no folders: /lib, /bin and /sbin are links there, and a folder in a segment would take their place.
segment() { (cd "$1" && find . ! -type d -printf '%P\n' | sort | cpio -o -H newc -R 0:0 --quiet) | gzip -9n; }

trust=$tmp/trust
mkdir -p "$trust/usr/share/keyrings" "$trust/usr/lib/base-installer.d"
for file in "$tmp/initrd/usr/share/keyrings"/*; do
  [[ -L $file ]] || cat "$file" "$tmp/key.gpg" >"$trust/usr/share/keyrings/${file##*/}"
done
cp "$tmp/key.gpg" "$trust/usr/share/keyrings/glinda-medium.gpg"
# After debootstrap, before the new system's first `apt-get update`.
cat >"$trust/usr/lib/base-installer.d/10medium-key" <<'END'
#!/bin/sh
cp /usr/share/keyrings/glinda-medium.gpg /target/etc/apt/trusted.gpg.d/
END
chmod 755 "$trust/usr/lib/base-installer.d/10medium-key"
chmod 644 "$trust"/usr/share/keyrings/*

netboot=$dist/main/installer-amd64/current/images/netboot/debian-installer/amd64
mkdir -p "$netboot"
cp "$images/linux" "$netboot/linux"
segment "$trust" | cat "$images/initrd.gz" - >"$netboot/initrd.gz"

cd=$tmp/cd-initrd
mkdir -p "$cd/var/lib/dpkg/info"
awk -v drop="$net_udebs" 'BEGIN {RS = ""; ORS = "\n\n"} $2 !~ drop' "$tmp/initrd/var/lib/dpkg/status" >"$cd/var/lib/dpkg/status"
for name in "${cd_udebs[@]}" "${cd_modules[@]/%/-$kernel-di}"; do
  file=$tree/$(awk -v p="$name" '/^Package:/ {mine = $2 == p} mine && /^Filename:/ {print $2}' "$udeb_index")
  dpkg-deb -R "$file" "$tmp/udeb"
  sed '/^Package:/a Status: install ok unpacked' "$tmp/udeb/DEBIAN/control" >>"$cd/var/lib/dpkg/status"
  echo >>"$cd/var/lib/dpkg/status"
  for info in "$tmp/udeb/DEBIAN"/*; do
    [[ $info == */control ]] || cp "$info" "$cd/var/lib/dpkg/info/$name.${info##*/}"
  done
  for folder in bin sbin lib; do
    [[ ! -d $tmp/udeb/$folder ]] || { mkdir -p "$tmp/udeb/usr/$folder"; cp -a "$tmp/udeb/$folder/." "$tmp/udeb/usr/$folder/"; }
  done
  rm -rf "$tmp/udeb"/{DEBIAN,bin,sbin,lib}
  cp -a "$tmp/udeb/." "$cd/"
  rm -rf "$tmp/udeb"
done
cp -a "$trust/." "$cd/"
# The segment brings new folders too; the kernel makes none by itself.
segment_with_folders() {
  (cd "$1" && find . -mindepth 1 -printf '%P\n' | sort | cpio -o -H newc -R 0:0 --quiet) | gzip -9n
}

# --- the CD ---------------------------------------------------------------------------------------------------------

say "writing the ISO"
iso=$tmp/iso
point=$version; [[ $point == *.*.* ]] || point+=.0
mkdir -p "$iso"/{.disk,install.amd,isolinux,boot/grub,efi/boot}
cp "$images/linux" "$iso/install.amd/vmlinuz"
segment_with_folders "$cd" | cat "$images/initrd.gz" - >"$iso/install.amd/initrd.gz"
echo "Debian GNU/Linux $point \"${suite^}\" - Unofficial amd64 NETINST with firmware $(date -u +%Y%m%d-%H:%M)" >"$iso/.disk/info"
echo main >"$iso/.disk/base_components"
echo not_complete >"$iso/.disk/cd_type"
: >"$iso/.disk/base_installable"
# apt-cdrom cannot verify by apt's usual sqv, and stops the installer over it.
echo gpgv >"$iso/.disk/base_include"

unpack isolinux "$tmp/boot" ./usr/lib/ISOLINUX/isolinux.bin ./usr/lib/ISOLINUX/isohdpfx.bin
unpack syslinux-common "$tmp/boot" ./usr/lib/syslinux/modules/bios/ldlinux.c32
cp "$tmp/boot/usr/lib/ISOLINUX/isolinux.bin" "$tmp/boot/usr/lib/syslinux/modules/bios/ldlinux.c32" "$iso/isolinux/"
cat >"$iso/isolinux/isolinux.cfg" <<'END'
default install
prompt 1
timeout 50
say Debian installer: Enter, or wait 5 seconds
label install
  kernel /install.amd/vmlinuz
  append vga=788 initrd=/install.amd/initrd.gz --- quiet
END
cat >"$iso/boot/grub/grub.cfg" <<'END'
set timeout=5
menuentry 'Install' {
    linux  /install.amd/vmlinuz vga=788 --- quiet
    initrd /install.amd/initrd.gz
}
END
# Debian's own signed loaders for CDs: they look for /.disk/info, then for /boot/grub/grub.cfg.
unpack shim-signed "$tmp/boot" ./usr/lib/shim/shimx64.efi.signed
unpack grub-efi-amd64-signed "$tmp/boot" ./usr/lib/grub/x86_64-efi-signed/gcdx64.efi.signed
cp "$tmp/boot/usr/lib/shim/shimx64.efi.signed" "$iso/efi/boot/bootx64.efi"
cp "$tmp/boot/usr/lib/grub/x86_64-efi-signed/gcdx64.efi.signed" "$iso/efi/boot/grubx64.efi"
mformat -C -i "$iso/boot/grub/efi.img" -T 16384 -v EFI ::
mcopy -s -i "$iso/boot/grub/efi.img" "$iso/efi" ::/

xorriso -as mkisofs -quiet -r -J -joliet-long -V "Debian $point amd64 n" -o "$work/new/debian-${version%%.*}.iso" \
  -isohybrid-mbr "$tmp/boot/usr/lib/ISOLINUX/isohdpfx.bin" \
  -b isolinux/isolinux.bin -c isolinux/boot.cat -boot-load-size 4 -boot-info-table -no-emul-boot \
  -eltorito-alt-boot -e boot/grub/efi.img -no-emul-boot -isohybrid-gpt-basdat \
  -m "installer-amd64" -graft-points "/=$iso" "/dists=$tree/dists" "/pool=$tree/pool" >"$tmp/xorriso.log" 2>&1 ||
  { cat "$tmp/xorriso.log" >&2; die "xorriso cannot write the ISO"; }

# --- done -----------------------------------------------------------------------------------------------------------

echo "$stamp" >"$work/new/.stamp"
chmod 755 "$work/new"
[[ ! -e $out ]] || mv "$out" "$work/old"
mv "$work/new" "$out"
say "made $out: $(grep -c ^Package: "$out/tree/dists/$suite/main/binary-amd64/Packages") packages, Debian $version, kernel $kernel"
