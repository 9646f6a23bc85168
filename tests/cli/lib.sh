# tests/cli/lib.sh: helpers for the command-line tests; source it first: . "$REPO/tests/cli/lib.sh"

# Tests share the machine with other work: waiting threads should sleep, not spin.
export OMP_WAIT_POLICY=passive

# Tests leave files behind: not in the sources.
[ "$PWD" != "$REPO" ] || { echo "run by tests/run_cli.sh, or in a folder of its own" >&2; exit 2; }

fail() { echo "FAIL: $*" >&2; exit 1; }
skip() { echo "SKIPPED: $*"; exit 77; }

# expect_status N COMMAND...: run, keep stdout in ./out and stderr in ./err, demand exit status N
expect_status() {
    local want=$1 got=0
    shift
    "$@" >out 2>err || got=$?
    [ "$got" -eq "$want" ] || { cat err >&2; fail "exit $got, expected $want: $*"; }
}

# expect_in FILE TEXT: the file holds the text
expect_in() { grep -qF -- "$2" "$1" || { cat "$1" >&2; fail "'$2' not in $1"; }; }

# need_data PATH: real data file or folder below TUNDISH_DATA, or skip
need_data() { [ -n "${TUNDISH_DATA:-}" ] && [ -e "$TUNDISH_DATA/$1" ] || skip "real data $1 not found"; }

# refuse N TEXT COMMAND...: exit status N, TEXT on stderr, nothing on stdout, nothing half-written in this folder
refuse() {
    local status=$1 text=$2
    shift 2
    expect_status "$status" "$@"
    expect_in err "$text"
    [ ! -s out ] || { cat out >&2; fail "stdout of a failed command: $*"; }
    no_partials
}

no_partials() {
    local left
    left=$(find . -name '*.partial*')
    [ -z "$left" ] || fail "half-written: $left"
}

# expect_ratio FILE NAME NUMERATOR DENOMINATOR: a key figure in JSON
expect_ratio() {
    local found
    found=$(grep -A 2 "\"$2\": {" "$1" | tr -d ' \n')
    [ "$found" = "\"$2\":{\"numerator\":$3,\"denominator\":$4," ] || fail "$2: found $found, expected $3/$4"
}

# expect_count FILE NAME VALUE: an integer in JSON
expect_count() { expect_in "$1" "\"$2\": $3"; }

# expect_keys FILE KEY...: the JSON object has these keys
expect_keys() {
    local file=$1 key
    shift
    for key in "$@"; do grep -q "\"$key\":" "$file" || fail "key $key not in $file"; done
}

# same FILE FILE...: all have the bytes of the first
same() {
    local first=$1 other
    shift
    for other in "$@"; do cmp -s "$first" "$other" || fail "$first and $other differ"; done
}

# without_timings FILE: a JSON file without what may differ between equal runs
without_timings() { sed '/"timings": {/,/}/d; /"threads":/d; /"peak_memory_bytes":/d' "$1"; }

# same_but_timings FILE FILE: two JSON files that differ in nothing but what may differ
same_but_timings() { diff <(without_timings "$1") <(without_timings "$2") >&2 || fail "$1 and $2 differ"; }

# small_shop DIR: a synthetic shop of about 12,000 events
small_shop() { "$TUNDISH" generate --preset demo --seed 7 --scale 0.2 --out "$1" >/dev/null; }

# labelled FILE ROWS: a table y,a,b,text that can be learned: y = 1 mostly when a is large
labelled() {
    awk -v n="$2" 'BEGIN { s = 12345; print "y,a,b,text"
        for (i = 0; i < n; i++) { s = (s * 1103515245 + 12345) % 2147483648; a = s / 2147483648
            s = (s * 1103515245 + 12345) % 2147483648; u = s / 2147483648
            s = (s * 1103515245 + 12345) % 2147483648; b = s / 2147483648
            printf "%d,%.6f,%s,%s\n", (u < a * a), a, (i % 11 == 0 ? "" : sprintf("%.6f", b)), substr("redgreenblue", 1 + 3 * int(3 * b), 3) } }' >"$1"
}
