#!/usr/bin/env bash
# recording.sh BUILD [PAIRS [TDL]]: what it costs to follow the screen. The same installation with and without, side by side, each
# on a core, so that what disturbs one disturbs the other; in every second pair the other one starts first. BUILD is a build
# folder of this tree, PAIRS 5 by default, TDL by default a stand-in's: a real one, such as templates/debian-13-iso.tdl, takes
# twenty minutes a pair. Prints a line for each pair: seconds from the guest's start to its verdict, and glinda's own seconds of
# processor; then the medians. Below 1 % more time and 2 % of a core is the aim. A quiet machine is needed.
set -euo pipefail
build=$(realpath "$1")
pairs=${2:-5}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
ninja -C "$build" glinda glinda-engine stand_in_media >/dev/null
tdl=${3:-$work/vm.tdl}
cat >"$work/vm.tdl" <<END
<template><name>bench-recording</name><os><name>Debian</name><version>13</version><arch>x86_64</arch>
<install type='iso'><iso>$build/tests/stand-in-media/debian-installer.iso</iso></install><rootpw>bench</rootpw></os>
<disk><size>1</size></disk></template>
END

# run NAME yes|no: its figures in NAME.figures. The program's own time is what /proc told last; QEMU is no part of it.
run() {
  local folder=$work/$1 program
  rm -rf "$folder"
  mkdir "$folder"
  setsid "$build/glinda" install -x "$folder/vm.xml" --set "paths.output_dir=$folder" --set "paths.data_dir=$folder" \
    --set "paths.screenshot_dir=$folder" --set "glinda.screens=$2" "$(realpath "$tdl")" >"$folder/out" 2>"$folder/err" &
  program=$!
  while awk '{print ($14 + $15) / 100}' "/proc/$program/stat" >"$folder/cpu.new" 2>/dev/null && [ -s "$folder/cpu.new" ]; do
    mv "$folder/cpu.new" "$folder/cpu"
    sleep 0.05
  done
  wait "$program" || { cat "$folder/err" >&2; return 1; }
  python3 - "$folder"/builds/*/events.jsonl "$(cat "$folder/cpu")" >"$work/$1.figures" <<'END'
import json, sys
at = {event["kind"]: event["at_ms"] for event in map(json.loads, open(sys.argv[1]))}
print((at["verdict"] - at["start"]) / 1000, sys.argv[2])
END
}
for ((pair = 1; pair <= pairs; pair++)); do
  order=(with without)
  ((pair % 2)) || order=(without with)
  jobs=()
  for name in "${order[@]}"; do
    case $name in with) run with yes & ;; without) run without no & ;; esac
    jobs+=("$!")
  done
  for job in "${jobs[@]}"; do wait "$job"; done
  printf '%s %s\n' "$(cat "$work/with.figures")" "$(cat "$work/without.figures")" | tee -a "$work/all" |
    awk '{printf "with %.2f s, glinda %.2f s of processor; without %.2f s, %.2f s; ratio %.3f\n", $1, $2, $3, $4, $1 / $3}'
done
python3 - "$work/all" <<'END'
import statistics, sys
rows = [list(map(float, line.split())) for line in open(sys.argv[1])]
ratio = statistics.median(with_ / without for with_, _, without, _ in rows)
core = statistics.median((more - less) / with_ for with_, more, _, less in rows)
print(f"median of {len(rows)} pairs: recording takes {100 * (ratio - 1):+.2f} % of the time, {100 * core:.2f} % of a core")
END
