#!/usr/bin/env bash
# bench/hillstrom.sh FILE [BUILD]: which learner tells whom the women's e-mail moves to visit the shop?
#
# FILE is MineThatData's hillstrom.csv (datasets/hillstrom). The women's e-mail stands against no e-mail; rows of the men's
# e-mail are left out and not mixed in.
#
# 1. Odd rows to learn from, even rows to judge on (the file is in no order).
# 2. Every learner: fit with the known share of the treated, 1/2; predict the even rows.
# 3. All scores together: Qini with interval and the band of random scores, uplift by tenth, every two scores compared on the
#    same 200 draws.
set -euo pipefail
file=$(realpath "$1") tundish=$(realpath "${2:-build}")/tundish
learners=(t s transformed class x r dr dependent uplift_tree uplift_forest)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
awk 'NR == 1 { print > "learn.csv"; print > "judge.csv"; next } { print > (NR % 2 ? "judge.csv" : "learn.csv") }' "$file"
start=$(date +%s.%N)
for learner in "${learners[@]}"; do
    "$tundish" uplift fit --learner "$learner" --data learn.csv --treatment segment --arms 'No E-Mail,Womens E-Mail' --outcome visit \
        --ignore conversion,spend --propensity 0.5 --model "$learner.uplift" --quiet >/dev/null
    "$tundish" uplift predict --model "$learner.uplift" --data judge.csv --out - | sed "1s/.*/$learner/" >"$learner.csv"
done
paste -d, judge.csv "${learners[@]/%/.csv}" >scores.csv
"$tundish" uplift evaluate --data scores.csv --treatment segment --arms 'No E-Mail,Womens E-Mail' --outcome visit \
    --score "$(IFS=,; echo "${learners[*]}")" --replicates 200 ${JSON:+--json "$OLDPWD/$JSON"}
echo "$(echo "$(date +%s.%N) - $start" | bc) s for ten learners and their comparison"
