#!/usr/bin/env bash
# tests/gates/fuzz.sh SECONDS: build every tests/fuzz/fuzz_*.c with libFuzzer and run each for so many seconds.
set -u
seconds=${1:-60}
bad=0
mkdir -p build/fuzz
for target in tests/fuzz/fuzz_*.c; do
    name=$(basename "$target" .c)
    make --no-print-directory -j"$(nproc)" B=build/fuzzlib CC=clang OPT=-O1 \
        CFLAGS='-fsanitize=fuzzer-no-link,address,undefined' build/fuzzlib/libtundish.a >/dev/null || exit 1
    clang -std=gnu17 -O1 -g -fopenmp -fsanitize=fuzzer,address,undefined -I. "$target" build/fuzzlib/libtundish.a -o "build/fuzz/$name" \
        -lopenblas -lsqlite3 -lcjson -lcrypto -lzstd -lz -linih -lm || exit 1
    mkdir -p "build/fuzz/corpus_$name"
    [ -d "tests/fuzz/seeds/$name" ] && cp -n tests/fuzz/seeds/"$name"/* "build/fuzz/corpus_$name/"
    "build/fuzz/$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -malloc_limit_mb=4096 "build/fuzz/corpus_$name" \
        -artifact_prefix="build/fuzz/$name-" >"build/fuzz/$name.log" 2>&1 ||
        { echo "fuzz: $name found something" >&2; tail -n 30 "build/fuzz/$name.log" >&2; bad=1; }
    echo "fuzz: $name $(grep -oE 'stat::number_of_executed_units: *[0-9]+|Done [0-9]+ runs' "build/fuzz/$name.log" | tail -n 1)"
done
exit $bad
