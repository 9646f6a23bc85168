#!/usr/bin/env bash
# tests/run_cli.sh BUILD [NAME...]: run tests/cli/*.sh, each in a scratch folder of its own.
#
# A test script gets TUNDISH (the program), TUNDISH_DATA (real data, may be empty) and the repository as $REPO; it passes
# by exiting 0, and says `SKIPPED: why` and exits 77 when it cannot run here.
set -u
# tests run side by side: threads that wait must not burn the cores of others
export OMP_WAIT_POLICY=passive
b=$(cd "${1:-build}" && pwd)
shift || true
export TUNDISH="$b/tundish" REPO="$PWD" TUNDISH_BUILD="$b"
passed=0 failed=0 skipped=0
for script in tests/cli/*.sh; do
    name=$(basename "$script" .sh)
    [ "$name" = lib ] && continue
    [ $# -eq 0 ] || [[ " $* " == *" $name "* ]] || continue
    scratch=$(mktemp -d)
    start=$(date +%s.%N)
    if (cd "$scratch" && bash -eu -o pipefail "$REPO/$script") >"$scratch/log" 2>&1; then
        passed=$((passed + 1))
        printf 'ok      %s (%.1f s)\n' "$name" "$(echo "$(date +%s.%N) - $start" | bc -l 2>/dev/null || echo 0)"
    elif [ $? -eq 77 ]; then
        skipped=$((skipped + 1))
        grep 'SKIPPED:' "$scratch/log" || echo "SKIPPED: $name"
    else
        failed=$((failed + 1))
        echo "FAILED  $name"
        tail -n 30 "$scratch/log" | sed 's/^/        /'
    fi
    rm -rf "$scratch"
done
echo "cli: $passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
