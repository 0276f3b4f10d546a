#!/usr/bin/env bash
# What it costs to record the screen.
#   screen.sh BUILD [BEFORE]
# BUILD is a build folder of this tree (RelWithDebInfo, for figures), BEFORE a program `glinda` that does not record, of an
# earlier commit: then the same stand-in installation runs with both in turn. A quiet machine is needed.
set -euo pipefail
build=$1
before=${2:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

ninja -C "$build" screen_bench glinda glinda-engine stand_in_media > /dev/null
"$build/tests/screen_bench"

cat > "$work/vm.tdl" << TDL
<template><name>bench-screen</name><os><name>Debian</name><version>13</version><arch>x86_64</arch>
<install type='iso'><iso>$(realpath "$build")/tests/stand-in-media/debian-installer.iso</iso></install><rootpw>bench</rootpw></os>
<disk><size>1</size></disk></template>
TDL
# elapsed seconds, and processor seconds of glinda itself (QEMU is not its child)
run() {
  local TIMEFORMAT='%R %U %S'
  { time "$1" install -p -x "$work/vm.xml" --set paths.output_dir="$work" --set paths.data_dir="$work" \
    --set paths.screenshot_dir="$work" "$work/vm.tdl" > "$work/out" 2> "$work/err"; } 2> "$work/time" || {
    cat "$work/err" >&2
    return 1
  }
  cat "$work/time"
}
for round in 1 2 3 4 5; do
  echo "with     $round: $(run "$build/glinda") (elapsed, user, system)"
  [ -z "$before" ] || echo "without  $round: $(run "$before") (elapsed, user, system)"
done
