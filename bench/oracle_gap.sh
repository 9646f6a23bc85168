#!/usr/bin/env bash
# bench/oracle_gap.sh [SCALE]: how near does a model come to the best possible ranking?
#
# The synthetic shop's truth holds the probability of a purchase of every session: ranking by it is the oracle, nothing
# can beat it but by luck. A run's trees are compared with it on the same test rows, paired.
set -eu
scale=${1:-1}
tundish=${TUNDISH:-build/tundish}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$tundish" generate --preset retailrocket --seed 1 --scale "$scale" --out "$work/shop" --quiet >"$work/generate.txt"
"$tundish" run "$work/shop" --out "$work/run" --audit none --leak-audit none --quiet >"$work/run.txt"
# truth: visitorid,start,decision,end,in_population,arm,p0; scores: session_id,visitorid,decision,split,label,primary
awk -F, 'NR == FNR { p[$1 "," $3] = $7; next }
         FNR == 1 { print "label,oracle,trees" }
         $4 == "test" { print $5 "," p[$2 "," $3] "," $6 }' \
    "$work/shop/truth/sessions.csv" "$work/run/results/predictions/scores.csv" >"$work/test.csv"
"$tundish" evaluate --data "$work/test.csv" --label label --score oracle --score2 trees --json "$work/gap.json"
