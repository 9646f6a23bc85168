# uplift policy: choice under cost and budget, value of the rule, profit curve, target list; what cannot be is named.
. "$REPO/tests/cli/lib.sh"

# 4,000 rows of two treated arms: treatment a works in the upper half of x, b in the lower, both by 0.4
awk 'BEGIN { s = 7; print "id,arm,w,x,y,tau_a,tau_b,e,mu0"
    for (i = 0; i < 4000; i++) {
        for (k = 0; k < 3; k++) { s = (s * 16807) % 2147483647; u[k] = s / 2147483647 }
        arm = int(3 * u[0]); x = u[1]
        p = 0.2 + (arm == 1 && x > .5 ? .4 : 0) + (arm == 2 && x <= .5 ? .4 : 0)
        printf "u%d,%s,%d,%.6f,%d,%.4f,%.4f,0.5,0.2\n", i, substr("noneA   B   ", 1 + 4 * arm, 4), arm == 1, x, u[2] < p,
            x - .3, .5 - x
    } }' | sed 's/  *,/,/' >rct.csv
awk -F, 'NR == 1 || $2 != "B"' rct.csv >two.csv
run() { "$TUNDISH" uplift policy --data rct.csv --treatment arm --arms none,A,B --outcome y --score tau_a,tau_b "$@"; }
two() { "$TUNDISH" uplift policy --data two.csv --treatment w --outcome y --score tau_a "$@"; }
value() { sed -n "s/^ *\"$2\": \(-\{0,1\}[0-9.e-]*\),\{0,1\}$/\1/p" "$1" | head -1; }
within() { awk -v a="$1" -v lo="$2" -v hi="$3" 'BEGIN { exit !(a > lo && a < hi) }' || fail "$1 is not within $2 .. $3 ($4)"; }

# several arms: each row gets the arm that pays; the truth is 0.2 + 0.4 where the rule is right
expect_status 0 run --value 10 --cost 1,1 --json -
expect_keys out rule spent chosen treated_share ipw self_normalised doubly_robust doubly_robust_se doubly_robust_ci against difference
within "$(value out doubly_robust)" 4.0 5.2 "doubly robust value of the rule"
within "$(value out treated_share)" 0.99 1.01 "share treated"
expect_status 0 run --value 10 --cost 1,2 --budget 100 --json budget.json --out targets.csv --id id
within "$(value budget.json spent)" 98 100.0001 "money spent"
head -1 targets.csv | grep -qx "row,id,tau_a,tau_b,action,expected_gain" || fail "header of the target list"
[ "$(wc -l <targets.csv)" -eq 4001 ] || fail "rows of the target list"
spent=$(awk -F, '$5 == "A" { s += 1 } $5 == "B" { s += 2 } END { print s }' targets.csv)
within "$spent" 98 100.0001 "money spent by the target list"

# two arms: profit curve, its files, the same bytes for any threads
expect_status 0 two --value 10 --cost 1 --replicates 50 --threads 1 --json one.json --curve curve.csv --figure profit.svg
expect_status 0 two --value 10 --cost 1 --replicates 50 --threads 3 --json two.json
same one.json two.json
expect_keys one.json best_share best_share_ci corrected_profit break_even_share break_even_share_ci effect_se
within "$(value one.json best_share)" 0.39 0.61 "best share"
[ "$(wc -l <curve.csv)" -eq 21 ] || fail "points of the curve"
expect_in profit.svg "Profit by the share treated"
expect_status 0 "$TUNDISH" roi --policy curve.csv --units-per-day 100
expect_status 0 two --value 10 --cost 1
expect_in out "The rule pays:"
expect_in out "break-even share"

# the top share, a budget that counts rows, propensity and expected outcomes of the rows, clusters
expect_status 0 two --top 0.25 --replicates 0 --json -
within "$(value out treated_share)" 0.249 0.2501 "top share"
expect_status 0 two --budget 100 --replicates 0 --json -
expect_in out '"treated": 100'
expect_status 0 two --value 10 --cost 1 --propensity e --mu mu0,mu0 --cluster id --replicates 0 --json -
expect_in out '"expected_outcomes": "given"'

# what cannot be
refuse 2 "--score: 1 columns for 2 treated arms" "$TUNDISH" uplift policy --data rct.csv --treatment arm --arms none,A,B --outcome y --score tau_a
refuse 2 "--cost: '1,2,3' has 3 entries" run --cost 1,2,3
refuse 2 "--cost: '-1'" run --cost=-1
refuse 2 "--budget: 'many'" two --budget many
refuse 2 "--top and --budget" two --top 0.5 --budget 3
refuse 2 "needs their --cost" run --budget 3
refuse 2 "--curve: a profit curve" run --curve c.csv
refuse 2 "--mu: 'mu0' has 1 columns for 2 arms" two --mu mu0
refuse 2 "no column" two --id nobody --out t.csv
refuse 1 "the outcome is 0.2 in every row" "$TUNDISH" uplift policy --data two.csv --treatment w --outcome mu0 --score tau_a
no_partials
