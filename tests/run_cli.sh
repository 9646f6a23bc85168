#!/usr/bin/env bash
# tests/run_cli.sh BUILD [NAME...]: run tests/cli/*.sh, each in a scratch folder of its own, one a core at a time
# (JOBS=N: N at a time). Scripts whose first line ends in "(alone)" watch the clock and run by themselves afterwards.
#
# A test script gets TUNDISH (the program), TUNDISH_DATA (real data, may be empty) and the repository as $REPO; it passes
# by exiting 0, and says `SKIPPED: why` and exits 77 when it cannot run here.
set -u

# run_one SCRIPT: its verdict as one write, so that scripts side by side do not mix their lines
run_one() {
    local name scratch start seconds status=0 verdict
    name=$(basename "$1" .sh)
    scratch=$(mktemp -d)
    start=$(date +%s%N)
    (cd "$scratch" && bash -eu -o pipefail "$REPO/$1") >"$scratch/log" 2>&1 || status=$?
    seconds=$((($(date +%s%N) - start) / 100000000))
    case $status in
        0) verdict="ok      $name ($((seconds / 10)).$((seconds % 10)) s)" ;;
        77) verdict=$(grep 'SKIPPED:' "$scratch/log" || echo "SKIPPED: $name") ;;
        *) verdict="FAILED  $name"$'\n'$(tail -n 30 "$scratch/log" | sed 's/^/        /') ;;
    esac
    printf '%s\n' "$verdict"
    rm -rf "$scratch"
}
if [ "${1:-}" = --one ]; then
    run_one "$2"
    exit 0
fi

# tests run side by side: threads that wait must not burn the cores of others
export OMP_WAIT_POLICY=passive
b=$(cd "${1:-build}" && pwd)
shift || true
export TUNDISH="$b/tundish" REPO="$PWD" TUNDISH_BUILD="$b"
scripts=() alone=()
for script in tests/cli/*.sh; do
    name=$(basename "$script" .sh)
    [ "$name" = lib ] && continue
    [ $# -eq 0 ] || [[ " $* " == *" $name "* ]] || continue
    if head -n 1 "$script" | grep -q '(alone)$'; then alone+=("$script"); else scripts+=("$script"); fi
done
results=$(mktemp)
trap 'rm -f "$results"' EXIT
one_by_one() { xargs -r -P "$1" -n 1 bash "$0" --one; }
{
    printf '%s\n' "${scripts[@]}" | one_by_one "${JOBS:-$(nproc)}"
    printf '%s\n' "${alone[@]}" | one_by_one 1
} | tee "$results"
passed=$(grep -c '^ok ' "$results")
skipped=$(grep -c '^SKIPPED:' "$results")
failed=$((${#scripts[@]} + ${#alone[@]} - passed - skipped))
echo "cli: $passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
