#!/usr/bin/env bash
# tests/gates/clang_same.sh BUILD: the same shop, run and trained by a gcc build and a clang build, with 1 and 4 threads and
# at every SIMD level, leaves the same bytes; so do models of tables with weights over 20 decades and heavy tails.
set -u
. tests/support/wild.sh

# digest of every file below a folder but timings.json, which DESIGN leaves out of the promise
digest() { (cd "$1" && find . -type f ! -name timings.json -print0 | sort -z | xargs -0 sha256sum); }

produce() { # WORK NAME BUILD THREADS SIMD
    local out=$1/$2
    mkdir -p "$out"
    TD_SIMD=$5 "$3/tundish" generate --preset demo --seed 7 --out "$out/shop" --threads "$4" --quiet >/dev/null &&
        TD_SIMD=$5 "$3/tundish" run "$out/shop" --out "$out/run" --threads "$4" --quiet >/dev/null ||
        { echo "same: $2 failed" >&2; return 1; }
    (cd "$out" && TUNDISH=$root/$3/tundish && TD_SIMD=$5 && export TD_SIMD && wild_models ../wild.csv ../wild_valid.csv "$4") ||
        { echo "same: $2, wild tables failed" >&2; return 1; }
    digest "$out" >"$1/$2.sum"
}
root=$PWD
if [ "${1:-}" = --one ]; then
    produce "${@:2}"
    exit
fi

gcc_build=${1:-build} clang_build=build/clang
make -s -j"$(nproc)" B="$gcc_build" all >/dev/null && make -s -j"$(nproc)" B=$clang_build CC=clang all >/dev/null || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
wild "$work/wild.csv" 20000 1
wild "$work/wild_valid.csv" 6000 2
# as many at a time as there are cores: most of a run of this small shop has one thread
xargs -P "$(nproc)" -L 1 bash "$0" --one "$work" <<END || exit 1
reference $gcc_build 1 scalar
gcc-4 $gcc_build 4 avx512
gcc-avx2 $gcc_build 3 avx2
clang-1 $clang_build 1 scalar
clang-2 $clang_build 2 avx512
END
bad=0
for name in gcc-4 gcc-avx2 clang-1 clang-2; do
    diff "$work/reference.sum" "$work/$name.sum" >"$work/diff" && continue
    echo "same: $name differs from the reference:" >&2
    head -n 10 "$work/diff" >&2
    bad=1
done
[ "$bad" -eq 0 ] && echo "same: ok ($(wc -l <"$work/reference.sum") files, 5 builds)"
exit $bad
