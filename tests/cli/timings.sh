# `timings` against a clock outside the process: the parts add up to `wall`, and `wall` is what a user waits for, within 2 %. (alone)
. "$REPO/tests/cli/lib.sh"

awk 'BEGIN { srand(7); printf "y"; for (j = 0; j < 20; j++) printf ",f%d", j; print ""
    for (i = 0; i < 150000; i++) { printf "%d", rand() < 0.3; for (j = 0; j < 20; j++) printf ",%.4f", 9 * rand(); print "" } }' >t.csv
head -n 3001 t.csv >small.csv

# sum_parts JSON: `wall` and the sum of the other parts of timings
sum_parts() {
    awk '/"(load|bin|train|predict|write|other)": [0-9]/ { sub(/,/, ""); sum += $2 } /"wall":/ { sub(/,/, ""); wall = $2 } END { print wall, sum }' "$1"
}

# clock COMMAND...: seconds that it takes, in $spent
clock() {
    local before=$EPOCHREALTIME
    "$@" >/dev/null
    spent=$(awk -v a="$EPOCHREALTIME" -v b="$before" 'BEGIN { printf "%.6f", a - b }')
}

# add_up JSON COMMAND...: the kernel may take the processor away at any time, so one honest try in fifteen is enough; a part that is left
# out is left out in all of them. Beside 2 % a process may take what `version` takes, which does nothing: starting and ending are seen
# whole only from outside.
add_up() {
    local json=$1 try slack seen=""
    shift
    for ((try = 0; try < 15; try++)); do
        clock "$TUNDISH" version
        slack=$spent
        clock "$@"
        seen="$seen$(sum_parts "$json" | awk -v o="$spent" -v slack="$slack" '
            { d = o - $1; e = $1 - $2; ok = d <= 0.02 * o + slack && d >= -0.02 * o && e <= 0.02 * $1 && e >= -0.02 * $1
              printf "%s outside %s wall %s sum %s slack %s; ", ok ? "OK" : "no", o, $1, $2, slack }')"
        case "$seen" in *OK*) return ;; esac
    done
    fail "timings are not the time that passes: $seen"
}

model="num_leaves=63 num_iterations=30"
# shellcheck disable=SC2086
add_up t.json "$TUNDISH" train --data t.csv --label y --model m --json t.json --quiet $model
add_up p.json "$TUNDISH" predict --data t.csv --model m --out p.csv --json p.json --quiet
# shellcheck disable=SC2086
add_up t.json "$TUNDISH" train --data small.csv --label y --model s --json t.json --quiet $model
add_up p.json "$TUNDISH" predict --data small.csv --model m --out p.csv --json p.json --quiet
