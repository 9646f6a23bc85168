#!/usr/bin/env bash
# bench/engine.sh [kpi|growth|snapshot|properties|features] [BUILD]: the data engine at full size, beside DuckDB. Shops are
# made once below BUILD/bench. Needs node and npm (make deps-dev). Figures count on an idle machine only.
#
#   kpi         read, clean, sort, sessions, funnel, key figures: tundish and DuckDB in turns, same file, same figures
#   growth      the same work on the log, 4 and 16 times of it (1.6 GB): nanoseconds a row
#   snapshot    load --save, then kpi from the snapshot
#   properties  item_properties of full size (20 M rows, 0.9 GB): seconds, greatest own memory
#   features    all features of all sessions
set -eu
what=${1:-kpi} b=${2:-build}
tundish=$PWD/$b/tundish data=$b/bench/engine
mkdir -p "$data"
shop() { # NAME OPTIONS...: make a shop once
    local name=$1
    shift
    [ -e "$data/$name" ] || "$tundish" generate --preset retailrocket --seed 1 --out "$data/$name" --quiet "$@" >/dev/null
    cat "$data/$name"/*.csv >/dev/null # into the cache
}
seconds() { sed -n "s/.*\"$2\": \([0-9.e-]*\).*/\1/p" "$1"; }

case $what in
kpi)
    shop whole
    readers=$(bash tests/interop/install.sh "$b")
    cp bench/engine.mjs "$readers/"
    node "$readers/engine.mjs" "$tundish" "$data/whole" "${ROUNDS:-5}" "${THREADS:-2}"
    ;;
growth)
    for scale in 1 4 16; do
        shop "x$scale" --scale $scale --properties none
        for _ in 1 2 3; do
            start=$(date +%s.%N)
            "$tundish" kpi "$data/x$scale" --quiet --json "$data/kpi.json" >/dev/null
            end=$(date +%s.%N)
            awk -v s="$start" -v e="$end" -v n="$(seconds "$data/kpi.json" rows_read)" -v x=$scale \
                'BEGIN { printf "x %-5s %10d rows  %.3f s  %.0f ns a row\n", x, n, e - s, 1e9 * (e - s) / n }'
        done
    done
    ;;
snapshot)
    shop whole
    "$tundish" load "$data/whole" --save "$data/whole.snap" >/dev/null
    for _ in 1 2 3 4 5; do
        "$tundish" kpi "$data/whole.snap" --quiet --json "$data/kpi.json" >/dev/null
        echo "opened and verified in $(seconds "$data/kpi.json" read) s"
    done
    ;;
properties)
    shop full --properties full
    for _ in 1 2 3; do
        "$tundish" load "$data/full" --json "$data/load.json" --quiet >/dev/null &
        pid=$! most=0
        while [ -r "/proc/$pid/status" ]; do
            now=$(sed -n 's/^RssAnon:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$pid/status" 2>/dev/null || true)
            [ "${now:-0}" -gt "$most" ] && most=$now
            sleep 0.02
        done
        wait $pid
        echo "events $(seconds "$data/load.json" events) s, catalog $(seconds "$data/load.json" catalog | tail -n 1) s, own memory $((most / 1024)) MB"
    done
    grep -h rows_read "$data/load.json"
    ;;
features)
    shop whole
    "$b/bench/bench_features" "$data/whole" "${THREADS:-2}" 3
    ;;
*) echo "usage: bench/engine.sh [kpi|growth|snapshot|properties|features] [BUILD]" >&2; exit 2 ;;
esac
