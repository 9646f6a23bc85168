# uplift inspect: learners and columns, refutations, a policy tree, the same bytes for any threads, bad input by name.
. "$REPO/tests/cli/lib.sh"

"$TUNDISH" uplift simulate --generator causalml2 --n 900 --n-test 100 --seed 3 --learners none --out rct.csv
inspect() { "$TUNDISH" uplift inspect --data rct.csv --treatment treatment --outcome outcome --propensity share "$@"; }

# learners out of fold, everything on
learn() { inspect --learner t,uplift_tree --folds 2 --ignore propensity,effect,part --refute 1 --policy-tree --replicates 20 "$@"; }
expect_status 0 learn --threads 1 --json one.json
expect_status 0 learn --threads 3 --json three.json
cmp one.json three.json || fail "threads changed the figures"
expect_keys one.json rows mean_effect value se ci p_value propensity is_estimated low high clipped best models model loading \
    calibration_intercept calibration_slope slope_is_one_p_value calibration_error calibration_r2 dr_loss r_loss dr_gain r_gain \
    qini_area qini_se qini_rows_needed groups predicted effect highest_minus_lowest one_effect_chi2 one_effect_p_value refutation \
    placebo random_cause correlation policy_tree depth questions feature threshold yes no share_fitted value_fitted held_out against all_rows_get difference share
expect_count one.json rows 1000
expect_status 0 learn
expect_in out "1,000 rows; mean effect"
expect_in out "policy tree"
expect_in out "random cause"

expect_status 0 inspect --help
expect_in out "name the visitor by --cluster"

# every row four times: by rows the errors halve, by cluster they are those of the rows once; weight 2 everywhere changes nothing
awk 'NR == 1 { print $0 ",visitor,two"; next } { for (i = 0; i < 4; i++) print $0 "," NR ",2" }' rct.csv >often.csv
awk 'NR == 1 { print $0 ",visitor,two"; next } { print $0 "," NR ",2" }' rct.csv >once.csv
judge() { "$TUNDISH" uplift inspect --data "$1" --treatment treatment --outcome outcome --propensity share --score effect --ignore propensity,part --json "$2" "${@:3}"; }
se() { awk '/"mean_effect"/ { s = 1 } s && /"se"/ { print $2 + 0; exit }' "$1"; }
expect_status 0 judge once.csv once.json --ignore propensity,part,visitor,two
expect_status 0 judge often.csv rows.json --ignore propensity,part,visitor,two
expect_status 0 judge often.csv clusters.json --cluster visitor --ignore propensity,part,two
expect_status 0 judge once.csv weighted.json --weight two --ignore propensity,part,visitor
expect_count clusters.json clusters 1000
expect_in weighted.json '"is_weighted": true'
expect_in weighted.json '"qini_area": null'
awk -v a="$(se rows.json)" -v b="$(se once.json)" -v c="$(se clusters.json)" -v d="$(se weighted.json)" \
    'BEGIN { exit !(a < 0.6 * b && c > 0.9 * b && c < 1.1 * b && d > 0.99 * b && d < 1.01 * b) }' ||
    fail "errors by row $(se rows.json), of the rows once $(se once.json), by cluster $(se clusters.json), weighted $(se weighted.json)"
expect_status 0 "$TUNDISH" uplift inspect --data often.csv --treatment treatment --outcome outcome --propensity share --learner t --folds 2 \
    --ignore propensity,effect,part,two --cluster visitor --refute 1 --policy-tree --replicates 20
expect_in out "4,000 rows in 1,000 clusters"
expect_status 2 inspect --score effect --cluster visiter
expect_in err "no column 'visiter'"
awk 'NR == 1 { print $0 ",shop"; next } { print $0 "," NR % 2 }' rct.csv >shops.csv
expect_status 1 "$TUNDISH" uplift inspect --data shops.csv --treatment treatment --outcome outcome --propensity share --learner t \
    --ignore propensity,effect,part --cluster shop
expect_in err "2 clusters for 5 folds"

# a column: the true effect has loading 1 and slope 1 within its errors
expect_status 0 inspect --score effect --ignore propensity,part --json truth.json
awk '/"calibration_slope"/ { s = 1 } s && /"value"/ { v = $2 + 0 } s && /"se"/ { exit !((v - 1) ^ 2 < 9 * $2 ^ 2) }' truth.json ||
    fail "slope of the true effect"
expect_in truth.json '"best": "effect"'

# evaluate says of the same rows and draws how many rows its Qini needs
expect_status 0 "$TUNDISH" uplift evaluate --data rct.csv --treatment treatment --outcome outcome --score effect --replicates 200 --json told.json
needed() { sed -n 's/.*"qini_rows_needed": \([0-9.e+-]*\),*$/\1/p' "$1" | head -1; }
awk -v a="$(needed told.json)" -v b="$(needed truth.json)" 'BEGIN { exit !(a >= b && a < b + 1 && a > 1) }' ||
    fail "rows needed: $(needed told.json) by evaluate, $(needed truth.json) by inspect"

# confounded rows have no Qini
"$TUNDISH" uplift simulate --generator causalml1 --n 900 --n-test 100 --seed 3 --learners none --out study.csv
expect_status 0 "$TUNDISH" uplift inspect --data study.csv --treatment treatment --outcome outcome --propensity propensity \
    --score effect --ignore part --json study.json
expect_in study.json '"qini_area": null'

# wrong usage and wrong data are named
expect_status 2 inspect --learner t,tt
expect_in err "unknown learner 'tt'"
expect_status 2 inspect --score efect --ignore propensity,part
expect_in err "no column 'efect'; the nearest is 'effect'"
expect_status 2 inspect --groups 1
expect_in err "groups"
sed '5s/,[^,]*,\([01]\)$/,,\1/' rct.csv >hole.csv
expect_status 1 "$TUNDISH" uplift inspect --data hole.csv --treatment treatment --outcome outcome --score effect --ignore propensity,part
expect_in err "hole.csv"
expect_in err "column 'effect', data row 4"
