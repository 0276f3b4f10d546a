#!/usr/bin/env bash
# validate.sh [GLINDA]: what it takes to check one template and a thousand, beside the reader of Oz (Debian's package, read
# from where it is unpacked, as it needs no libvirt for that), and a template with an answer file. Prints a line for each;
# fails above 15 ms and 1 s, and above 20 ms more for an answer file.
# shellcheck source=templates/setup.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../templates/setup.sh"

need_packages build run bench
glinda=${1:-$source_folder/build/release/glinda}
[ -x "$glinda" ] || build "$source_folder/build/release"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# What people write: a few packages, a file, commands, a repository.
template() {
  cat <<END
<template version="1.0">
  <name>guest-$1</name>
  <description>Guest number $1</description>
  <os>
    <name>Fedora</name><version>14</version><arch>x86_64</arch>
    <install type="iso">
      <iso>http://example.org/$1.iso</iso>
      <sha256sum>http://example.org/SHA256SUMS</sha256sum>
    </install>
    <rootpw>secret-$1</rootpw>
  </os>
  <disk><size>20</size></disk>
  <packages>$(printf '<package name="package-%d"/>' {1..20})</packages>
  <repositories>
    <repository name="extra"><url>http://example.org/extra/</url><signed>yes</signed></repository>
  </repositories>
  <files><file name="/etc/motd">Welcome to $1</file><file name="/etc/id" type="base64">aGVsbG8K</file></files>
  <commands>
    <command name="one" position="2">echo one</command>
    <command name="two" position="1">echo two</command>
  </commands>
</template>
END
}
for number in {1..1000}; do template "$number" >"$number.tdl"; done

cat >read-with-oz.py <<'END'
import sys
import oz.TDL
for name in sys.argv[1:]:
    with open(name) as file:
        oz.TDL.TDL(file.read())
END
(apt-get -qq download oz 2>apt.log && dpkg -x oz_*.deb oz) || say "Oz cannot be had: $(tail -n 1 apt.log)"
# Debian's own, which sees Debian's modules.
readonly with_oz="env PYTHONPATH=oz/usr/lib/python3/dist-packages /usr/bin/python3 read-with-oz.py"

# measure LIMIT COMMAND: one line with the median in milliseconds, and of that what the processor was busy for, which is the
# same on a busy machine; false if the median is above LIMIT (0 for none).
measure() {
  hyperfine -N --warmup 2 --min-runs 10 --export-json result.json "$2" >hyperfine.log 2>&1 || die "$(tail -n 5 hyperfine.log)"
  /usr/bin/python3 - "$@" <<'END'
import json, sys
limit, command = float(sys.argv[1]), sys.argv[2]
result = json.load(open("result.json"))["results"][0]
low, middle, high = (1000 * result[key] for key in ("min", "median", "max"))
busy = 1000 * (result["user"] + result["system"])
print(f"{middle:8.1f} ms ({low:.1f} to {high:.1f}), busy {busy:.1f} ms: {command[-60:]}", flush=True)
sys.exit(bool(limit and middle > limit))
END
}

all=$(printf '%d.tdl ' {1..1000})
slow=0
measure 15 "$glinda validate 1.tdl" || slow=1
measure 1000 "$glinda validate $all" || slow=1
measure 0 "$glinda validate --json $all"
# answers OS VERSION FILE
answers() {
  sed "s,Fedora,$1,; s,<version>14,<version>$2," 1.tdl >"$1.tdl"
  measure 35 "$glinda validate -a $source_folder/tests/stand-in/answers/$3 $1.tdl" || slow=1
}
answers CentOS 9 anaconda/ks.cfg
answers Debian 13 debian-installer/preseed.cfg
answers Ubuntu 24.04 subiquity/user-data
answers OpenSUSE 15.5 autoyast/autoinst.xml
if [ -d oz ]; then
  measure 0 "$with_oz 1.tdl"
  measure 0 "$with_oz $all"
fi
exit "$slow"
