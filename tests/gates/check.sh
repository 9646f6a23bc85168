#!/usr/bin/env bash
# tests/gates/check.sh: every gate in turn; all run even when one fails; one line each at the end.
set -u
bash tests/deps.sh dev || exit 1
log=build/check
mkdir -p "$log"
results=""
bad=0
gate() { # NAME COMMAND...
    local name=$1 start end
    shift
    start=$(date +%s)
    if "$@" >"$log/$name.log" 2>&1; then state=ok; else state=FAILED bad=1; fi
    end=$(date +%s)
    printf '%-12s %-7s %4d s\n' "$name" "$state" $((end - start))
    if [ "$state" != ok ]; then tail -n 40 "$log/$name.log"; fi
    results="$results $name:$state"
}
gate build    make -s -j"$(nproc)" B=build/werror WERROR=1 all build/werror/tests/units
gate layers   make -s layers
gate headers  make -s headers
gate sizes    make -s sizes
gate lint     make -s lint
gate same     make -s clang-same
gate asan     make -s asan
gate tsan     make -s tsan
gate page     bash tests/gates/page.sh build
gate fuzz     make -s fuzz FUZZ_SECONDS="${FUZZ_SECONDS:-20}"
exit $bad
