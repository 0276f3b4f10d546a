#!/usr/bin/env bash
# install.sh [PAIRS]: the real installation through glinda beside the same installer, medium, answer file and virtual hardware
# under a bare QEMU. The two of a pair run at the same time, each on a core, so that what disturbs one disturbs the other.
# Prints a line for each pair (seconds from QEMU's start to power-off), the median ratio, and what glinda itself cost.
# shellcheck source=templates/setup.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../templates/setup.sh"

pairs=${1:-3}
need_packages build run medium bench
build "$source_folder/build/release"
bash "$source_folder/templates/debian-medium.sh" "$source_folder/build/medium"
work=$source_folder/build/bench
rm -rf "$work"
mkdir -p "$work"
cd "$source_folder"

# The tree once more, for the bare QEMU: the port is another one, so its preseed is changed in place, byte for byte as long.
serve() {
  python3 -m http.server --bind 127.0.0.1 --directory "$source_folder/build/medium/tree" "$1" >/dev/null 2>&1 &
  server=$!
}

ratios=()
for ((pair = 1; pair <= pairs; pair++)); do
  say "pair $pair of $pairs"
  folder=$work/$pair
  mkdir "$folder"
  "$source_folder/build/release/glinda" install templates/debian-13.tdl -d 2 \
    --set "paths.output_dir=$folder" --set "paths.data_dir=$folder" >"$folder/out" 2>"$folder/err" &
  glinda=$!
  until domain=$(find "$folder/builds" -name domain-installer.xml 2>/dev/null | grep .); do
    kill -0 "$glinda" || die "glinda failed: $(cat "$folder/err")"
    sleep 0.1
  done
  field() { xmllint --xpath "string(/domain/os/$1)" "$domain"; }
  cp "$(field kernel)" "$folder/kernel"
  cp "$(field initrd)" "$folder/initrd"
  port=$(grep -aoE '10\.0\.2\.2:[0-9]+' "$folder/initrd" | head -n 1 | cut -d: -f2)
  other=$((port == 60000 ? 60001 : 60000))
  [ ${#port} = 5 ] || other=9999
  LC_ALL=C sed -i "s/10\.0\.2\.2:$port/10.0.2.2:$other/" "$folder/initrd"
  serve "$other"
  # In a session of its own, as glinda's is: the kernel shares the processors out by session.
  setsid --wait bash tests/bench/bare-qemu.sh "$folder/kernel" "$folder/initrd" "$(field cmdline)" "$folder/bare.img" >"$folder/bare" &
  bare=$!
  while kill -0 "$glinda" 2>/dev/null; do
    grep -s VmHWM "/proc/$glinda/status" >"$folder/memory.new" && mv "$folder/memory.new" "$folder/memory"
    awk '{print ($14 + $15) / 100}' "/proc/$glinda/stat" >"$folder/cpu.new" 2>/dev/null && mv "$folder/cpu.new" "$folder/cpu"
    sleep 1
  done
  wait "$glinda" || die "glinda failed: $(cat "$folder/err")"
  wait "$bare"
  kill "$server"
  peak=$(awk '{print $2 / 1024}' "$folder/memory")
  # From the start of the guest to its end, as the build's events tell.
  through=$(python3 - "$(dirname "$domain")/events.jsonl" <<'END'
import json, sys
at = {event["kind"]: event["at_ms"] for event in map(json.loads, open(sys.argv[1]))}
print((at["verdict"] - at["start"]) / 1000)
END
  )
  ratio=$(awk -v a="$through" -v b="$(cat "$folder/bare")" 'BEGIN {printf "%.3f", a / b}')
  ratios+=("$ratio")
  printf 'glinda %s s, bare QEMU %s s, ratio %s; glinda itself: %s s of CPU, %.0f MiB at most\n' \
    "$through" "$(cat "$folder/bare")" "$ratio" "$(cat "$folder/cpu")" "$peak"
  rm -f "$folder"/*.dsk "$folder/bare.img"
done
printf 'median ratio %s\n' "$(printf '%s\n' "${ratios[@]}" | sort -n | sed -n "$(((pairs + 1) / 2))p")"
