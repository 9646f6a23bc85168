#!/usr/bin/env bash
# tests/gates/check.sh BUILD: every gate in turn; all run even when one fails; one line each.
#
# BUILD is made with warnings as errors by the first gate, and the gates that need a plain build use it as well.
# Each gate uses all cores by itself, so they run one after the other.
set -u
b=${1:-build/werror}
bash tests/deps.sh dev || exit 1
log=build/check
mkdir -p "$log"
bad=0
gate() { # NAME COMMAND...
    local name=$1 start end
    shift
    start=$(date +%s)
    if "$@" >"$log/$name.log" 2>&1; then state=ok; else state=FAILED bad=1; fi
    end=$(date +%s)
    printf '%-12s %-7s %4d s\n' "$name" "$state" $((end - start))
    if [ "$state" != ok ]; then tail -n 40 "$log/$name.log"; fi
}
gate build    make -s -j"$(nproc)" B="$b" WERROR=1 all "$b/tests/units" bench-programs
gate layers   make -s layers B="$b"
gate headers  make -s headers
gate sizes    make -s sizes
gate lint     make -s lint
gate same     make -s clang-same B="$b"
gate asan     make -s asan
gate tsan     make -s tsan
gate page     bash tests/gates/page.sh "$b"
gate fuzz     make -s fuzz FUZZ_SECONDS="${FUZZ_SECONDS:-20}"
exit $bad
