#!/usr/bin/env bash
# dnf.sh GLINDA WORK: the real dnf and rpm of this host do what auto/packages/dnf.sh asks of them, with packages and a repository
# made here, in mounts that only this script sees; then the list of what is installed agrees with rpm, line by line.
set -euo pipefail
if [ "${3:-}" != inside ]; then
  rm -rf "$2"
  mkdir -p "$2"
  as_root=()
  [ "$(id -u)" = 0 ] || as_root=(--map-root-user)
  unshare --mount "${as_root[@]}" true || { echo "skipped, as there are no private mounts here"; exit 77; }
  exec unshare --mount "${as_root[@]}" bash "$0" "$(realpath "$1")" "$(realpath "$2")" inside
fi
glinda=$1 work=$2
here=$(cd "$(dirname "$0")/../.." && pwd)
fail() { echo "dnf.sh: $*" >&2; exit 1; }
mkdir -p "$work/home" /etc/yum.repos.d /var/cache/dnf /var/lib/dnf
for folder in /etc/yum.repos.d /etc/rpm /var/cache/dnf /var/lib/dnf /var/log /opt; do
  [ ! -d "$folder" ] || mount -t tmpfs tmpfs "$folder"
done
export HOME=$work/home LC_ALL=C.UTF-8  # Debian's rpm keeps its database there
dnf() { command dnf --quiet --releasever=1 "$@"; }

package() { # NAME REQUIRES
  cat >"$work/$1.spec" <<END
Name: $1
Version: 1.5
Release: 2
Epoch: 3
Summary: s
License: MIT
BuildArch: noarch
${2:+Requires: $2}
%description
d
%install
mkdir -p %{buildroot}/opt
echo $1 >%{buildroot}/opt/$1
%files
/opt/$1
END
  rpmbuild -bb --quiet --define "_topdir $work/rpm" "$work/$1.spec"
}
package glinda-base ''
package glinda-web glinda-base
package glinda-tool ''
mv "$work/rpm/RPMS/noarch/glinda-tool"*.rpm "$work/tool.rpm"
createrepo_c --quiet "$work/rpm/RPMS"

# shellcheck source=auto/packages/dnf.sh
. "$here/auto/packages/dnf.sh"
program() { echo dnf; }  # with the words above
is_here || fail "the host's dnf is not recognised"
add_repository mine "file://$work/rpm/RPMS" no no
refresh
! has_package glinda-web || fail "a package is there before it is installed"
install_packages mine no glinda-web  # brings the other
install_packages '' no "$work/tool.rpm"
for name in glinda-base glinda-web glinda-tool; do
  has_package "$name" || fail "$name was not installed"
  [ "$(cat "/opt/$name")" = "$name" ] || fail "$name has not brought its file"
done
! install_packages '' no not-there >"$work/log" 2>&1 || fail "a package that is not there is no error"
remove_repository mine "file://$work/rpm/RPMS"
[ ! -e /etc/yum.repos.d/mine.repo ] || fail "the repository is still there"

mkdir -p "$work/root/usr/lib/sysimage" "$work/root/etc"
cp -r "$(rpm --eval '%{_dbpath}')" "$work/root/usr/lib/sysimage/rpm"
printf 'ID=fedora\nVERSION_ID=43\n' >"$work/root/etc/os-release"
truncate -s 40M "$work/disk"
mke2fs -q -F -t ext4 -d "$work/root" "$work/disk"
echo "<domain><devices><disk type='file' device='disk'><driver type='raw'/><source file='$work/disk'/></disk></devices></domain>" >"$work/vm.xml"
cat >"$work/vm.tdl" <<'END'
<template><name>vm</name><os><name>Fedora</name><version>43</version><arch>x86_64</arch>
<install type="url"><url>tree</url></install></os></template>
END
"$glinda" manifest "$work/vm.tdl" "$work/vm.xml" | sed -n 's/.*<package name="\([^"]*\)".*/\1/p' | sort >"$work/listed"
rpm -qa | sort >"$work/expected"
diff "$work/expected" "$work/listed" || fail "the list differs from rpm's"
grep -qx glinda-web-1.5-2.noarch "$work/listed" || fail "the list lacks what was installed"
echo "dnf has installed and glinda lists: $(tr '\n' ' ' <"$work/listed")"
