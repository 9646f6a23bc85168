# Ctrl-C and SIGTERM: exit 130 within a moment, nothing half-written. (alone)
. "$REPO/tests/cli/lib.sh"
labelled table.csv 2000
small_shop shop

# interrupt SIGNAL SECONDS COMMAND...: start, signal, wait; the status is left in $got
interrupt() {
    local signal=$1 seconds=$2 pid
    shift 2
    "$@" >out 2>err &
    pid=$!
    sleep "$seconds"
    kill -"$signal" $pid 2>/dev/null || true
    got=0
    wait $pid || got=$?
}

for signal in INT TERM; do
    interrupt $signal 0.7 "$TUNDISH" train --data table.csv --label y --model m.tundish num_iterations=1000000 --threads 1
    [ "$got" -eq 130 ] || { cat err; fail "exit $got after SIG$signal"; }
    expect_in err "tundish train: interrupted during"
    [ ! -e m.tundish ] || fail "a model in spite of SIG$signal"
    no_partials
done

# at any moment: 130 and no file, or 0 and a whole file (143: killed before the program had begun)
"$TUNDISH" features shop --out whole.csv >/dev/null
for delay in 0.01 0.03 0.06 0.1 0.2; do
    rm -f f.csv
    interrupt INT $delay "$TUNDISH" features shop --out f.csv --threads 1
    case $got in
        0) same whole.csv f.csv ;;
        130 | 143) [ ! -e f.csv ] || fail "a file after an interrupt" ;;
        *) cat err; fail "exit $got after an interrupt" ;;
    esac
    no_partials
    rm -rf made
    interrupt TERM $delay "$TUNDISH" generate --preset demo --out made
    [ "$got" -eq 0 ] || [ "$got" -eq 130 ] || [ "$got" -eq 143 ] || { cat err; fail "exit $got after an interrupt"; }
    [ "$got" -eq 0 ] || [ ! -e made ] || fail "half a shop after an interrupt"
    no_partials
done
