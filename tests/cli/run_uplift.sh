# run over a shop with its truth: learners of effects, their figures, models and page; without a truth nothing of it.
. "$REPO/tests/cli/lib.sh"

"$TUNDISH" generate --preset demo --scale 0.3 --seed 5 --properties none --out shop --quiet >/dev/null
fast=(--audit none --leak-audit none num_iterations=20)
for threads in 1 3; do
    expect_status 0 "$TUNDISH" run shop --out run$threads "${fast[@]}" --uplift x,t --threads $threads
done
for file in results/models/uplift.x.tundish results/models/uplift.t.tundish results/metrics/uplift.json results/figures/qini.svg \
    results/figures/uplift_by_tenth.svg results/figures/uplift_profit.svg results/figures/data.json report.html; do
    same run1/$file run3/$file
done
expect_keys run1/results/metrics/uplift.json run_id train_rows qini auuc uplift_at deciles curve scores comparisons truth oracle_share \
    pehe profit best_share break_even_share points
# the charts' numbers are those of the metrics: the first score's tenths, the profit curve behind its (0, 0); a curve of every score
numbers() { awk -v key="\"$2\":" -v chart="\"$1\":" '$1 == chart && $2 == "{" { on = 1 } on && $1 == key && $2 == "[" { list = 1; next } list && /\]/ { exit } list { print $1 + 0 }' "$3"; }
sed -n '/^  "uplift": {/,$p' run1/results/figures/data.json >charts.json
expect_keys charts.json qini qini_random by_tenth overall_uplift profit share gain tenth low high
for score in x t purchase truth; do [ "$(grep -c "^      \"$score\": {" charts.json)" = 2 ] || fail "curve and tenths of $score"; done
numbers by_tenth uplift charts.json >drawn
awk '/"deciles"/ { on = 1 } on && $1 == "\"uplift\":" && n < 10 { print $2 + 0; n++ }' run1/results/metrics/uplift.json >measured
[ "$(wc -l <drawn)" = 10 ] || fail "tenths drawn"
cmp drawn measured || fail "tenths drawn are not those measured"
numbers profit profit charts.json | tail -n +2 >drawn
awk '/"points"/ { on = 1 } on && $1 == "\"profit\":" { print $2 + 0 }' run1/results/metrics/uplift.json >measured
[ "$(wc -l <drawn)" = 20 ] || fail "points of the profit curve"
cmp drawn measured || fail "the profit curve drawn is not the one measured"
expect_in run1/report.html "Profit by the share treated"
expect_in run1/report.html "Whom a treatment would move"
expect_in run1/report.html "learner x"

# the saved model predicts from the run's own features, and says what the run said
expect_status 0 "$TUNDISH" uplift predict --model run1/results/models/uplift.x.tundish --data run1/data/extracts/ml_features.parquet --out effects.csv
[ "$(head -n 1 effects.csv)" = uplift ] || fail "header of effects.csv"

# not asked for, no truth, another target: no such stage; which learners are asked for is part of the run's id
expect_status 0 "$TUNDISH" run shop --out none "${fast[@]}" --uplift none --json none.json
[ ! -e none/results/metrics/uplift.json ] || fail "--uplift none wrote figures"
[ "$(sed -n 's/.*"run_id": //p' none.json)" != "$(sed -n 's/ *"run_id": //p' run1/results/metrics/uplift.json)" ] || fail "--uplift is not in the run's id"
cp -r shop bare
rm -r bare/truth
expect_status 0 "$TUNDISH" run bare --out bare_run "${fast[@]}"
[ ! -e bare_run/results/metrics/uplift.json ] || fail "effects without a truth"
expect_status 0 "$TUNDISH" run shop --out any "${fast[@]}" --target any_purchase
[ ! -e any/results/metrics/uplift.json ] || fail "effects for another target"

# a truth that does not fit the log is said and left out; an unknown learner is refused before the work
cp -r shop torn
head -n 40 shop/truth/sessions.csv >torn/truth/sessions.csv
expect_status 0 "$TUNDISH" run torn --out torn_run "${fast[@]}"
expect_in err "note: no effects are learned: no truth of the session of visitor"
[ ! -e torn_run/results/metrics/uplift.json ] || fail "effects of a torn truth"
refuse 2 "unknown learner 'q'" "$TUNDISH" run shop --out never --uplift x,q
