# shellcheck shell=bash
# What templates/demo.sh and tests/run share: to be sourced. Messages go to standard error.
set -euo pipefail

source_folder=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf '%s: %4d s: %s\n' "$(basename "$0")" "$SECONDS" "$*" >&2; }
die() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; exit 1; }

# Installs what is missing of the Debian packages that tests/packages lists for the given purposes.
need_packages() {
  local wanted missing=() package
  wanted=$(awk -v purposes=" $* " '!/^#/ && NF == 2 && index(purposes, " " $1 " ") { print $2 }' \
    "$source_folder/tests/packages")
  for package in $wanted; do
    dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
  done
  if ((${#missing[@]})); then install_packages "${missing[@]}"; fi
  need_qemu_user
}

install_packages() {
  say "installing $# packages: $*"
  local as_root=()
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || die "packages are missing, and there is no sudo: as root, run apt-get install $*"
    as_root=(sudo)
  fi
  "${as_root[@]}" apt-get -qq update >&2
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends "$@" >&2
}

# libvirt runs QEMU as a user of its own if root asks; Debian's libvirt-daemon-system, which nothing else here needs, makes
# the same one.
need_qemu_user() {
  [ "$(id -u)" = 0 ] && ! id libvirt-qemu >/dev/null 2>&1 || return 0
  say "adding the user libvirt-qemu, whom QEMU runs as"
  getent group kvm >/dev/null || groupadd --system kvm
  useradd --system --no-create-home --user-group --groups kvm --shell /usr/sbin/nologin libvirt-qemu
}

# build FOLDER [cmake options…]: configures and builds the project there, eight sources at a time, which takes a third of the
# time that one at a time takes.
build() {
  local folder=$1
  shift
  say "building in $folder"
  mkdir -p "$folder"
  {
    cmake -S "$source_folder" -B "$folder" -G Ninja -DCMAKE_UNITY_BUILD=ON "$@" && cmake --build "$folder"
  } >"$folder/build.log" 2>&1 || { tail -n 40 "$folder/build.log" >&2; die "the build failed; all of it is in $folder/build.log"; }
}
