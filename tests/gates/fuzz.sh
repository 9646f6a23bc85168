#!/usr/bin/env bash
# tests/gates/fuzz.sh SECONDS: build every tests/fuzz/fuzz_*.c with libFuzzer and run each for so many seconds, one a core
# at a time.
set -u

# run_one TARGET SECONDS: says how many inputs were tried; fails, with the end of the log, when one broke something
run_one() {
    local name corpus
    name=$(basename "$1" .c)
    corpus=build/fuzz/corpus_$name
    clang -std=gnu17 -O1 -g -fopenmp -fsanitize=fuzzer,address,undefined -I. "$1" build/fuzzlib/libtundish.a -o "build/fuzz/$name" \
        -lopenblas -lsqlite3 -lcjson -lcrypto -lzstd -lz -linih -lm || return 1
    mkdir -p "$corpus"
    [ -d "tests/fuzz/seeds/$name" ] && cp -n tests/fuzz/seeds/"$name"/* "$corpus/"
    "build/fuzz/$name" -max_total_time="$2" -timeout=10 -rss_limit_mb=2048 -malloc_limit_mb=4096 "$corpus" \
        -artifact_prefix="build/fuzz/$name-" >"build/fuzz/$name.log" 2>&1 ||
        { echo "fuzz: $name found something" >&2; tail -n 30 "build/fuzz/$name.log" >&2; return 1; }
    echo "fuzz: $name $(grep -oE 'stat::number_of_executed_units: *[0-9]+|Done [0-9]+ runs' "build/fuzz/$name.log" | tail -n 1)"
}
if [ "${1:-}" = --one ]; then
    run_one "$2" "$3"
    exit
fi

seconds=${1:-60}
mkdir -p build/fuzz
make --no-print-directory -j"$(nproc)" B=build/fuzzlib CC=clang OPT=-O1 \
    CFLAGS='-fsanitize=fuzzer-no-link,address,undefined' build/fuzzlib/libtundish.a >/dev/null || exit 1
printf '%s\n' tests/fuzz/fuzz_*.c | xargs -P "$(nproc)" -I TARGET bash "$0" --one TARGET "$seconds"
