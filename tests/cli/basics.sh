# Help, version, options, configuration files, exit codes, stdout.
. "$REPO/tests/cli/lib.sh"

mapfile -t commands < <("$TUNDISH" --help | sed -n 's/^  \([a-z]*\( [a-z]*\)\{0,1\}\)  .*/\1/p')
for command in generate load kpi funnel features train predict "uplift fit" evaluate run version; do
    [[ " ${commands[*]} " == *" $command "* ]] || fail "$command is not in the overview"
done
for command in "${commands[@]}"; do
    read -ra words <<<"$command"
    expect_status 0 "$TUNDISH" "${words[@]}" --help
    expect_in out "usage: tundish $command"
    expect_in out "examples"
    expect_in out "exit status: 0 done, 1 failed, 2 wrong usage, 130 interrupted"
    expect_in out "--threads N"
    [ ! -s err ] || fail "help of $command talks on stderr"
    [ "$(awk 'length > 100' out)" = "" ] || fail "help of $command is too wide"
    cp out long
    expect_status 0 "$TUNDISH" help "${words[@]}"
    same long out
    expect_status 0 "$TUNDISH" "${words[@]}" -h
    same long out
done

# the first word of several commands: what they are, each with its line of the overview
for group in $(printf '%s\n' "${commands[@]}" | sed -n 's/ [a-z].*//p' | sort -u); do
    expect_status 0 "$TUNDISH" "$group" --help
    expect_in out "usage: tundish $group COMMAND"
    [ ! -s err ] || fail "help of $group talks on stderr"
    cp out long
    "$TUNDISH" --help | grep -F "  $group " >overview
    [ -s overview ] || fail "the overview has no commands of $group"
    while read -r line; do expect_in long "$line"; done <overview
    expect_status 0 "$TUNDISH" help "$group"
    same long out
    expect_status 0 "$TUNDISH" "$group" -h
    same long out
    refuse 2 "tundish $group: a command is missing" "$TUNDISH" "$group"
done

refuse 2 "a command is missing" "$TUNDISH"
refuse 2 "unknown command 'funnle', the nearest is 'funnel'" "$TUNDISH" funnle
refuse 2 "unknown option '--thraeds', the nearest is '--threads'" "$TUNDISH" kpi --thraeds 2 shop
refuse 2 "option --json needs a value (FILE)" "$TUNDISH" version --json
refuse 2 "option --json needs a value (FILE)" "$TUNDISH" version --json --quiet
refuse 2 "--json: '' is not a value" "$TUNDISH" version --json ''
refuse 2 "unknown option '-x'" "$TUNDISH" version -x
refuse 2 "unexpected argument 'more'" "$TUNDISH" version more
refuse 2 "DIR is missing" "$TUNDISH" kpi
for threads in 0 -1 two 1.5 5000; do
    refuse 2 "--threads: '$threads' is not a whole number from 1 to 4096" "$TUNDISH" version --threads "$threads"
done
refuse 2 "--seed: -1 is below the least value 0" "$TUNDISH" version --seed -1
refuse 2 "--seed: '9223372036854775808' is not a whole number" "$TUNDISH" version --seed 9223372036854775808

# '-' and '_' between words are one; names are never abbreviated; `--` ends the options
small_shop shop
expect_status 0 "$TUNDISH" kpi shop --max_excluded=0.5
expect_status 0 "$TUNDISH" kpi --max-excluded 0.5 -- shop
refuse 2 "unknown option '--max'" "$TUNDISH" kpi shop --max 0.5
refuse 2 "--max-excluded: 2 lies outside 0 to 1" "$TUNDISH" kpi shop --max-excluded 2
refuse 2 "--by: 'year' is none of day|hour|weekday|category" "$TUNDISH" kpi shop --by year
refuse 2 "--gap: '1e3' is not a whole number" "$TUNDISH" kpi shop --gap 1e3

# a configuration file: same keys, the command line wins, errors name file and line
printf '# comment\n\n gap = 60  # seconds\nmax_excluded=0.5\n; another\nquiet = true\n' >ok.conf
expect_status 0 "$TUNDISH" kpi shop --config ok.conf --json short.json
expect_status 0 "$TUNDISH" kpi shop --gap 60 --json same.json
same_but_timings short.json same.json
expect_status 0 "$TUNDISH" kpi shop --gap 1800 --config ok.conf --json long.json
expect_status 0 "$TUNDISH" kpi shop --json same.json
same_but_timings long.json same.json
printf 'gap = 60\ngapp = 60\n' >bad.conf
refuse 2 "bad.conf:2: unknown key 'gapp', the nearest is 'gap'" "$TUNDISH" kpi shop --config bad.conf
printf 'gap\n' >bad.conf
refuse 2 "bad.conf:1: expected \`key = value\`, found 'gap'" "$TUNDISH" kpi shop --config bad.conf
printf 'gap = ten\n' >bad.conf
refuse 2 "bad.conf:1: gap: 'ten' is not a whole number" "$TUNDISH" kpi shop --config bad.conf
printf 'gap =\n' >bad.conf
refuse 2 "bad.conf:1: key 'gap' has no value" "$TUNDISH" kpi shop --config bad.conf
refuse 1 "none.conf: cannot open" "$TUNDISH" kpi shop --config none.conf

# stdout: data only, and its failure is a failure; talk goes to stderr
expect_status 0 "$TUNDISH" version --json -
expect_keys out version simd blas zstd zlib sqlite openssl
[ "$(head -c 1 out)" = "{" ] && [ "$(tail -n 1 out)" = "}" ] || fail "more than one JSON object on stdout"
expect_status 0 "$TUNDISH" --version
expect_in out "tundish"
for call in "version" "version --json -" "--help" "kpi shop" "kpi shop --json -"; do
    [ -e /dev/full ] || continue
    status=0
    "$TUNDISH" $call >/dev/full 2>err || status=$?
    [ "$status" -eq 1 ] || fail "exit $status with a full stdout: $call"
    expect_in err "No space left on device"
done
"$TUNDISH" kpi shop --by day 2>err | head -n 1 >/dev/null || true
[ ! -s err ] || { cat err; fail "a closed pipe is worth no words"; }

# SIMD levels and their name
for level in scalar avx2 avx512; do
    TD_SIMD=$level expect_status 0 "$TUNDISH" version --json -
    grep -qE '"simd": "(scalar|avx2|avx512)"' out || fail "simd level"
done
TD_SIMD=scalar expect_status 0 "$TUNDISH" version --json -
expect_in out '"simd": "scalar"'

# the bar: on a terminal only, and not with --quiet
labelled table.csv 2000
endless="train --data table.csv --label y --model m.tundish num_iterations=1000000 --threads 1"
if command -v script >/dev/null; then
    script -qec "timeout -s INT 3 '$TUNDISH' $endless" bar.log >/dev/null 2>&1 </dev/null || true
    expect_in bar.log "left"
    expect_in bar.log "/s"
    script -qec "timeout -s INT 1 '$TUNDISH' $endless --quiet" bar.log >/dev/null 2>&1 </dev/null || true
    ! grep -q "left" bar.log || fail "a bar in spite of --quiet"
fi
no_partials
