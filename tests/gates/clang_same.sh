#!/usr/bin/env bash
# tests/gates/clang_same.sh: the same shop, run and trained by a gcc build and a clang build, with 1 and 4 threads and at
# every SIMD level, leaves the same bytes.
set -u
gcc_build=build clang_build=build/clang
make -s -j"$(nproc)" B=$gcc_build all >/dev/null && make -s -j"$(nproc)" B=$clang_build CC=clang all >/dev/null || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# digest of every file below a folder but timings.json, which DESIGN leaves out of the promise
digest() { (cd "$1" && find . -type f ! -name timings.json -print0 | sort -z | xargs -0 sha256sum); }

produce() { # NAME BUILD THREADS SIMD
    local out=$work/$1
    mkdir -p "$out"
    TD_SIMD=$4 "$2/tundish" generate --preset demo --seed 7 --out "$out/shop" --threads "$3" --quiet >/dev/null &&
        TD_SIMD=$4 "$2/tundish" run "$out/shop" --out "$out/run" --threads "$3" --quiet >/dev/null ||
        { echo "same: $1 failed" >&2; return 1; }
    digest "$out" >"$work/$1.sum"
}
bad=0
produce reference $gcc_build 1 scalar || exit 1
for case in "gcc-4 $gcc_build 4 avx512" "gcc-avx2 $gcc_build 3 avx2" "clang-1 $clang_build 1 scalar" "clang-2 $clang_build 2 avx512"; do
    # shellcheck disable=SC2086
    produce $case || exit 1
    name=${case%% *}
    if ! diff "$work/reference.sum" "$work/$name.sum" >"$work/diff"; then
        echo "same: $name differs from the reference:" >&2
        head -n 10 "$work/diff" >&2
        bad=1
    fi
done
[ "$bad" -eq 0 ] && echo "same: ok ($(wc -l <"$work/reference.sum") files, 5 builds)"
exit $bad
