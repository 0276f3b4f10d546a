#!/usr/bin/env bash
# manifest.sh IMAGE [GLINDA]: lists what is installed in an image (raw or qcow2, not changed), and generalises copies of it,
# beside libguestfs' virt-inspector and virt-sysprep on the same image in one run of hyperfine each. Prints a line for each;
# fails above 0.2 s for the list of a raw image and above 2 s for generalising it.
# shellcheck source=templates/setup.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../templates/setup.sh"

(($# > 0)) || die "which image?"
need_packages build run bench
image=$(realpath "$1")
glinda=${2:-$source_folder/build/release/glinda}
[ -x "$glinda" ] || build "$source_folder/build/release"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
# libguestfs crashes where /dev/kvm opens but no guest runs on it.
export LIBGUESTFS_BACKEND=direct LIBGUESTFS_BACKEND_SETTINGS=force_tcg

format=$(qemu-img info --output=json "$image" | python3 -c 'import json, sys; print(json.load(sys.stdin)["format"])')
cat >vm.xml <<END
<domain><devices><disk type="file" device="disk"><driver type="$format"/><source file="$image"/></disk></devices></domain>
END
cat >vm.tdl <<'END'
<template><name>vm</name><os><name>any</name><version>1</version><arch>x86_64</arch>
<install type="url"><url>tree</url></install></os></template>
END

# measure LIMIT RUNS [options of hyperfine] COMMAND…: a line for each with the median in seconds; false if that of the first
# is above LIMIT.
measure() {
  local limit=$1 runs=$2
  shift 2
  hyperfine -N --runs "$runs" --export-json result.json "$@" >hyperfine.log 2>&1 || die "$(tail -n 5 hyperfine.log)"
  python3 - "$limit" <<'END'
import json, sys
results = json.load(open("result.json"))["results"]
for result in results:
    low, middle, high = (result[key] for key in ("min", "median", "max"))
    busy = result["user"] + result["system"]
    print(f"{middle:8.3f} s ({low:.3f} to {high:.3f}), busy {busy:.3f} s: {result['command'][:60]}", flush=True)
sys.exit(results[0]["median"] > float(sys.argv[1]))
END
}

slow=0
"$glinda" manifest vm.tdl vm.xml >icicle.xml
virt-inspector -a "$image" --format="$format" >inspector.xml
printf '%8d packages in the list, %d in virt-inspector'\''s\n' "$(grep -o '<package ' icicle.xml | wc -l)" \
  "$(grep -c '<application>' inspector.xml)"
measure 0.2 3 --warmup 1 "$glinda manifest vm.tdl vm.xml" "virt-inspector -a $image --format=$format" || slow=1
measure 2 2 --prepare "cp --sparse=always $image copy" "$glinda generalize copy" \
  "virt-sysprep -q --format $format -a copy" || slow=1
exit "$slow"
