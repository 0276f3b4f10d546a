#!/usr/bin/env bash
# after.sh GLINDA IMAGES WORK: what comes after an installation, on the real image that templates/demo.sh has left in the
# folder IMAGES (debian-13.dsk, debian-13.xml; not changed), with the packages of its medium. WORK is made anew.
#
# Each start of the guest is a minute of an emulated processor, so each shows as much as it can, and two run at a time:
#   customise it by a throw-away key with packages, files,    | fail in it, by the guest agent; one that never comes up
#   scripts and cloud-init                                    |
#   checks that pass                                          | checks that fail
#   generalise it; a clone without a data source              | a clone with a NoCloud one
set -euo pipefail
(($# == 3)) || { echo "usage: after.sh GLINDA IMAGES WORK" >&2; exit 2; }
glinda=$(realpath "$1") images=$(realpath "$2") work=$(realpath -m "$3")
here=$(cd "$(dirname "$0")" && pwd)
tree=$(cd "$here/../.." && pwd)/build/medium/tree
original=$images/debian-13.dsk

say() { printf 'after: %4d s: %s\n' "$SECONDS" "$*" >&2; }
die() { say "FAILED: $*"; exit 1; }
# has FILE TEXT…: each on a line of its own or in one.
has() {
  local file=$1 text
  shift
  for text; do grep -qF -- "$text" "$file" || { tail -n 30 "$file" >&2; die "$file lacks: $text"; }; done
}
# fails STATUS LOG COMMAND…
fails() {
  local wanted=$1 log=$2 status=0
  shift 2
  "$@" >"$log" 2>&1 || status=$?
  [ "$status" = "$wanted" ] || { tail -n 30 "$log" >&2; die "status $status instead of $wanted: $*"; }
}
# The domain XML of a copy of the image.
xml_of() { sed -E "s,(<source file=)(['\"])[^'\"]*['\"],\\1\\2$work/$1.dsk\\2," "$images/debian-13.xml" >"$work/$1.xml"; }
copy() { cp --sparse=always "$1" "$work/$2.dsk" && xml_of "$2"; }
settings=(--set "paths.data_dir=$work/data" --set "paths.output_dir=$work" --set timeouts.boot=900 --set timeouts.shutdown=600)
root_offset() { sfdisk --json "$1" | python3 -c 'import json, sys
table = json.load(sys.stdin)["partitiontable"]
print(max(table["partitions"], key=lambda part: part["size"])["start"] * 512)'; }

[ -e "$original" ] || die "there is no $original: templates/demo.sh makes it"
rm -rf "$work"
mkdir -p "$work"
children=()
trap 'kill "${children[@]}" 2>/dev/null || true' EXIT

python3 -u -m http.server 0 --bind 127.0.0.1 --directory "$tree" >"$work/server.log" 2>&1 &
children+=($!)
for ((i = 0; i < 100; i++)); do grep -qs port "$work/server.log" && break; sleep 0.1; done
port=$(sed -nE 's/.* port ([0-9]+).*/\1/p' "$work/server.log")
# A package by its file, one from the template's repository by name.
deb=$(cd "$tree" && find pool -name 'eject_*.deb')

# --- a customisation, a failed one, and a guest that never comes up ---------------------------------------------------------

ssh-keygen -q -t ed25519 -N '' -C 'user data' -f "$work/key"
customised() {
  "$glinda" customize "$here/after/change.tdl" "$work/changed.xml" "${settings[@]}" \
    --var "mirror=http://10.0.2.2:$port" --var "deb=$deb" --var "name=changed" >"$work/changed.log" 2>&1
}
failing() {
  copy "$original" broken
  offset=$(root_offset "$original")
  echo 'PubkeyAuthentication no' >"$work/refuse.conf"
  debugfs -w -R "write $work/refuse.conf /etc/ssh/sshd_config.d/00-refuse.conf" "$work/broken.dsk?offset=$offset" 2>/dev/null
  cp --sparse=always "$work/broken.dsk" "$work/before"
  fails 3 "$work/broken.log" "$glinda" customize "$here/after/fail.tdl" "$work/broken.xml" "${settings[@]}"
  cmp "$work/broken.dsk" "$work/before" || die "a customisation that failed has changed the image"
  # No key is let in there, and the template's password is wrong: the agent was the way in.
  has "$work/broken.log" 'its agent does what SSH would have' 'command breaks: it ended with status 3' 'half of it' 'no such thing' 'the image is as it was'

  debugfs -w -R "rm /usr/sbin/init" "$work/broken.dsk?offset=$offset" 2>/dev/null
  debugfs -w -R "symlink /usr/sbin/init /usr/bin/false" "$work/broken.dsk?offset=$offset" 2>/dev/null
  cp --sparse=always "$work/broken.dsk" "$work/before"
  fails 3 "$work/dead.log" "$glinda" customize "$here/after/fail.tdl" "$work/broken.xml" "${settings[@]}"
  cmp "$work/broken.dsk" "$work/before" || die "a guest that never comes up has changed its image"
  has "$work/dead.log" "the guest's kernel panicked: Attempted to kill init" 'the image is as it was' 'the screen: ' 'report.html'
  head -c 4 "$(sed -n 's/^ *the screen: \([^;]*\).*/\1/p' "$work/dead.log" | head -n 1)" | grep -q PNG || die "no picture of the screen"
  "$glinda" report broken "${settings[@]}" >"$work/dead.report" || die "no report of it"
  rm "$work/broken.dsk" "$work/before"
}
copy "$original" changed
say "customising; beside it, one that fails"
customised &
customising=$!
children+=("$customising")
failing
say "failed as it should"
wait "$customising" || { tail -n 30 "$work/changed.log" >&2; die "the customisation failed"; }
! cmp -s "$work/changed.dsk" "$original" || die "the customisation has changed nothing"
say "customised"

# --- lists, and checks that pass and fail -----------------------------------------------------------------------------------

manifest() { "$glinda" manifest "$here/after/change.tdl" "$work/changed.xml" --var "mirror=" --var deb= --var name=changed "$@"; }
manifest >"$work/icicle.xml"
manifest --format spdx >"$work/spdx.json"
manifest --format cyclonedx >"$work/cyclonedx.json"
manifest_before() { "$glinda" manifest --diff "$images/debian-13.xml" "$work/changed.xml"; }
manifest_before >"$work/difference"
has "$work/difference" '+ cloud-init ' '+ eject ' '+ eatmydata '

checks() { "$glinda" test "$here/after/change.tdl" "$work/changed.xml" --var "mirror=" --var deb= --var name=changed "${settings[@]}" --json "$@"; }
say "checks that pass, and some that fail"
# shellcheck disable=SC2016 # dpkg-query's
checks --junit "$work/passed.xml" -r 'dpkg-query -W -f '"'"'${db:Status-Status}\t${binary:Package}\t${Package}\t${Version}\t${Architecture}\t${source:Package}\t${source:Version}\n'"'"'
  cat /etc/machine-id /etc/ssh/ssh_host_*_key >&2' >"$work/passed.json" 2>"$work/passed.log" &
passing=$!
children+=("$passing")
fails 3 "$work/failed.log" checks --junit "$work/failed.xml" --checks "$here/after/wrong.xml" -d 0
mv "$work/failed.log" "$work/failed.json"
wait "$passing" || { cat "$work/passed.json" >&2; die "checks failed"; }
python3 "$here/after/compare.py" "$work"
if bash "$here/after/validators.sh" "$work/cyclonedx.json" "$work/spdx.json"; then say "the validators take the lists"; else die "a validator refuses a list"; fi

# --- generalised, and two clones --------------------------------------------------------------------------------------------

say "generalising"
"$glinda" generalize "$work/changed.xml" "${settings[@]}" >"$work/generalised.log" 2>&1
mv "$work/changed.dsk" "$work/clone.dsk"
xml_of clone
python3 - "$work" "10.0.2.2:$port" <<'END' >"$work/ours"
# What must be nowhere in the image: keys and IDs of the guest that was customised, and what only its template knew. All
# keys of a kind begin with the same line.
import json, sys
secrets = json.load(open(sys.argv[1] + "/passed.json"))["script"]["errors"].split("\n")
print(*[line for line in secrets if len(line) > 30 and not line.startswith(("---", "b3BlbnNzaC1rZXktdjE"))], sep="\n")
print(sys.argv[2], "10.0.2.2", "word-of-a-script", "glinda-throw-away", sep="\n")
END
[ "$(wc -l <"$work/ours")" -gt 5 ] || die "found no keys to look for"
if LC_ALL=C grep -aoF -f "$work/ours" "$work/clone.dsk" | sort | uniq -c >"$work/found"; then
  cat "$work/found" >&2
  die "the image still has what was to be gone"
fi

say "two clones: one with a NoCloud seed, one without"
# shellcheck disable=SC2016 # the guest's
who='echo "machine-id $(cat /etc/machine-id)"; for key in /etc/ssh/ssh_host_*_key.pub; do echo "$key $(cut -d" " -f2 "$key")"; done
echo "seed $(sha256sum /var/lib/systemd/random-seed 2>/dev/null)"; hostname; cloud-init status --long 2>&1
systemd-analyze blame 2>/dev/null | head -n 5 >&2; true'
"$glinda" test "$here/after/change.tdl" "$work/clone.xml" --var "mirror=" --var deb= --var name=alone "${settings[@]}" -r "$who" \
  >"$work/clone-1" 2>"$work/clone-1.log" &
first=$!
children+=("$first")

mkdir "$work/seed"
sed "s,@KEY@,$(cat "$work/key.pub")," "$here/after/user-data" >"$work/seed/user-data"
printf 'instance-id: seeded-1\nlocal-hostname: seeded\n' >"$work/seed/meta-data"
xorriso -as mkisofs -quiet -r -J -V cidata -o "$work/seed.iso" "$work/seed" 2>"$work/seed.log"
qemu-img create -q -f qcow2 -b "$work/clone.dsk" -F raw "$work/clone-2.qcow2"
qemu-system-x86_64 -machine q35 -m 512 -display none -serial "file:$work/clone-2.console" \
  -drive "file=$work/clone-2.qcow2,if=virtio" -drive "file=$work/seed.iso,media=cdrom,readonly=on" \
  -nic user,model=virtio,hostfwd=tcp:127.0.0.1:0-:22 -monitor "unix:$work/monitor,server,nowait" 2>"$work/qemu.log" &
qemu=$!
children+=("$qemu")
ask() { python3 - "$work/monitor" "$1" <<'END'
import socket, sys, time
monitor = socket.socket(socket.AF_UNIX)
monitor.connect(sys.argv[1])
monitor.sendall(sys.argv[2].encode() + b"\n")
time.sleep(0.5)
print(monitor.recv(65536).decode(errors="replace"))
END
}
for ((i = 0; i < 50; i++)); do [ -S "$work/monitor" ] && break; sleep 0.1; done
ssh_port=$(ask 'info usernet' | awk '/HOST_FORWARD/ {print $4}')
log_in() {
  ssh -F none -i "$work/key" -p "$ssh_port" -o IdentitiesOnly=yes -o BatchMode=yes -o StrictHostKeyChecking=no \
    -o UserKnownHostsFile=/dev/null -o ConnectTimeout=10 -o LogLevel=ERROR root@127.0.0.1 "$@"
}
until log_in true 2>"$work/clone-2.log"; do
  if ((SECONDS > 1800)) || ! kill -0 "$qemu"; then die "the clone with a seed does not let its user in"; fi
  sleep 1
done
say "the clone with a seed lets in whom its user data names"
log_in 'cloud-init status --wait >/dev/null; sh' <<<"$who; cat /etc/seeded" >"$work/clone-2" 2>>"$work/clone-2.log" || die "$(cat "$work/clone-2.log")"
ask quit >/dev/null || true
wait "$first" || { tail -n 20 "$work/clone-1.log" "$work/clone-1" >&2; die "the clone without a seed cannot be reached"; }
has "$work/clone-2" 'seeded' 'status: done' 'by user data'
has "$work/clone-1" 'status: disabled'
if shared=$(grep -E '^(machine-id|/etc/ssh|seed)' "$work/clone-1" | sort | comm -12 - <(sort "$work/clone-2")) && [ -n "$shared" ]; then
  die "two clones share: $shared"
fi
has "$work/clone-1" 'machine-id ' '/etc/ssh/ssh_host_ed25519_key.pub ' 'seed '
rm -f "$work"/*.dsk "$work"/*.qcow2 "$work/seed.iso"
say "all is as it should be"
