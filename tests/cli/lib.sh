# tests/cli/lib.sh: helpers for the command-line tests; source it first: . "$REPO/tests/cli/lib.sh"

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
