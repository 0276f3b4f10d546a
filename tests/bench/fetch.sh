#!/usr/bin/env bash
# fetch.sh [PROGRAM [MEBIBYTES]]: what it takes to fetch a file from nginx on loopback and to add up its SHA-256 on the way,
# beside curl(1), which only writes it. Prints both medians and their ratio; fails if glinda has less than 0.9 of curl's rate.
# PROGRAM is store_program of a release build.
# shellcheck source=templates/setup.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../templates/setup.sh"

need_packages build bench
program=${1:-$source_folder/build/release/tests/store_program}
mebibytes=${2:-1024}
if [ $# = 0 ]; then
  cmake -S "$source_folder" -B "$source_folder/build/release" -G Ninja >/dev/null
  ninja -C "$source_folder/build/release" store_program >/dev/null
fi
work=$(mktemp -d)
nginx=
trap '[ -z "$nginx" ] || { kill "$nginx"; wait "$nginx"; } 2>/dev/null; rm -rf "$work"' EXIT

mkdir "$work/tree" "$work/temp"
# Of a gigabyte of zeros a file system or a network might make less.
head -c "${mebibytes}M" /dev/urandom >"$work/tree/file"
digest=$(sha256sum <"$work/tree/file" | cut -d ' ' -f 1)

port=$(/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat >"$work/nginx.conf" <<END
daemon off;
master_process off;
pid $work/pid;
error_log $work/error.log;
events {}
http {
  access_log off;
  sendfile on;
  client_body_temp_path $work/temp;
  proxy_temp_path $work/temp;
  fastcgi_temp_path $work/temp;
  uwsgi_temp_path $work/temp;
  scgi_temp_path $work/temp;
  server { listen 127.0.0.1:$port; root $work/tree; }
}
END
/usr/sbin/nginx -c "$work/nginx.conf" -e "$work/error.log" &
nginx=$!
readonly url=http://127.0.0.1:$port/file
curl -sf --retry 20 --retry-connrefused --retry-delay 1 -r 0-0 -o /dev/null "$url" || die "$(cat "$work/error.log")"

# In pairs, so that what else the machine does meets both.
for run in {1..9}; do
  rm -f "$work/out"
  hyperfine -N --runs 1 --export-json "$work/curl-$run.json" "curl -sf -o $work/out $url" >"$work/log" 2>&1 ||
    die "$(tail -n 5 "$work/log")"
  rm -f "$work/out"
  hyperfine -N --runs 1 --export-json "$work/glinda-$run.json" "$program $work/out $url $digest" >"$work/log" 2>&1 ||
    die "$(tail -n 5 "$work/log")"
done
/usr/bin/python3 - "$work" "$mebibytes" <<'END'
import json, statistics, sys
work, size = sys.argv[1], int(sys.argv[2])
def times(name):
    return [json.load(open(f"{work}/{name}-{run}.json"))["results"][0]["mean"] for run in range(1, 10)]
curl, glinda = times("curl"), times("glinda")
ratio = statistics.median(c / g for c, g in zip(curl, glinda))
for name, each in (("curl", curl), ("glinda with sha256", glinda)):
    print(f"{name:20} {size / statistics.median(each):7.0f} MiB/s ({min(each):.2f} to {max(each):.2f} s)")
print(f"glinda has {ratio:.2f} of curl's rate (median of the pairs)")
sys.exit(ratio < 0.9)
END
