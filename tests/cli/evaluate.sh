# evaluate: intervals, two scores compared, clusters, slices, costs; what cannot be is named.
. "$REPO/tests/cli/lib.sh"

# 400 rows of 100 visitors, two scores, a text and a number to slice by; made by a small congruence
awk 'BEGIN { x = 7; print "visitor,y,new,old,device,week"
    for (i = 0; i < 400; i++) {
        for (k = 0; k < 4; k++) { x = (x * 16807) % 2147483647; u[k] = x / 2147483647 }
        y = u[0] < 0.3
        printf "%d,%d,%.3f,%.3f,%s,%d\n", i / 4, y, 0.2 + 0.3 * y + 0.4 * u[1], 0.2 + 0.1 * y + 0.5 * u[2],
            u[3] < 0.9 ? "desktop" : "phone", i % 3
    } }' >rows.csv
run() { "$TUNDISH" evaluate --data rows.csv --label y --score new "$@"; }

# every metric with its interval, the metric inside
expect_status 0 run --json - --replicates 200
expect_keys out roc_auc_ci roc_auc_logit_ci average_precision_ci ks_ci log_loss_ci brier_ci precision_ci recall_ci \
    lift_ci uncertainty level replicates scores_by_class
expect_in out '"roc_auc_ci_method": "delong"'
[ "$(sed -n '/"by_folds"/,/]/p' out | tr -d ' \n')" = '"by_folds":["ks","ece","ece_equal_mass","worst_gap",'\
'"corp_miscalibration","corp_discrimination","cheapest_cut.cost"]' ] || fail "which numbers are by folds"
awk '/"(roc_auc|average_precision|ks|log_loss|brier)": / { gsub(/[",:]/, ""); name = $1; value = $2 }
     $1 == "\"" name "_ci\":" { getline low; getline high; gsub(/,/, "", low); if (!(low < value && value < high)) bad = 1; n++ }
     END { exit bad || n != 5 }' out || fail "a metric outside its interval"

# nothing of the set goes without an interval, and each holds its number or says why there is none
expect_status 0 run --json - --replicates 200 --pauc 0.2 --cost-fp 1 --cost-fn 4
expect_keys out pr_auc_ci base_rate_ci ece_ci ece_equal_mass_ci worst_gap_ci mean_score_ci uncertainty_ci \
    corp_miscalibration_ci corp_discrimination_ci murphy_miscalibration_ci murphy_discrimination_ci area_ci \
    corrected_ci threshold_ci rows_ci hits_ci cost_ci cumulative_recall_ci cumulative_lift_ci rate_ci
awk '/"[a-z_]+": -?[0-9]/ { name = $1; gsub(/[":]/, "", name); value = $2; sub(/,/, "", value) }
     $1 == "\"" name "_ci\":" && $2 == "[" { getline low; getline high; gsub(/,/, "", low); n++
         if (!(low <= value + 1e-12 && value <= high + 1e-12)) { print name, low, value, high; bad = 1 } }
     END { exit bad || n < 70 }' out || fail "a number outside its interval"
expect_status 0 run --pauc 0.2 --cost-fp 1 --cost-fn 4 --replicates 50
expect_in out "PR area"
expect_in out "found so far"
expect_in out "share positive"
expect_in out "interval of the cost"

# the same bytes for any number of threads; another seed moves the bootstrap and not the metrics
expect_status 0 run --json one.json --replicates 100 --threads 1 --score2 old --cluster visitor --by device
expect_status 0 run --json four.json --replicates 100 --threads 4 --score2 old --cluster visitor --by device
same one.json four.json
expect_status 0 run --json other.json --replicates 100 --seed 2 --score2 old --cluster visitor --by device
cmp -s one.json other.json && fail "the seed changes nothing"
[ "$(grep '"average_precision":' one.json)" = "$(grep '"average_precision":' other.json)" ] || fail "the seed moves a metric"

# comparison: by DeLong where rows are independent, by the bootstrap where they come in clusters
expect_in one.json '"cluster": "visitor"'
expect_in one.json '"clusters": 100'
expect_in one.json '"resampled": "clusters"'
grep -q '"method": "delong"' one.json && fail "DeLong's test on clustered rows"
expect_status 0 run --score2 old --json - --replicates 0
expect_in out '"method": "delong"'
expect_in out '"replicates": 0'
# differences of the best of many choices are judged by folds; where no row tells two scores apart it is said
for key in ks cheapest_cost; do
    expect_status 0 run --score2 old --cost-fp 1 --cost-fn 4 --json - --replicates 50
    sed -n '/"comparison"/,$p' out | sed -n "/\"$key\": {/,/}/p" >gap
    expect_keys gap first second difference difference_ci p_value
    expect_in gap '"method": "folds"'
    awk '/"difference":/ { gsub(/,/, ""); value = $2 } /"difference_ci": \[/ { getline low; getline high; n++ }
         END { exit n != 1 || !(low + 0 < value && value < high + 0) }' gap || fail "difference of $key outside its interval"
    expect_status 0 run --score2 new --cost-fp 1 --cost-fn 4 --json - --replicates 50
    sed -n '/"comparison"/,$p' out | sed -n "/\"$key\": {/,/}/p" >gap
    expect_in gap '"difference_ci_reason": "no row tells the two scores apart"'
done
expect_status 0 run --score2 old --json - --replicates 0
expect_in out '"average_precision_ci_reason": "no bootstrap was made"'
expect_status 0 run --score2 old --stratified --cost-fp 1 --cost-fn 4 --pauc 0.2 --by week --replicates 50
expect_in out "ROC AUC"
expect_in out "p-value"
expect_in out "each class by itself"
expect_in out "partial AUC"
expect_in out "Cheapest: act on scores of"

# slices: text and number columns, small ones are marked
expect_in one.json '"value": "phone"'
expect_in one.json '"is_small": true'
expect_status 0 run --by week --replicates 0
grep -q '^  2 ' out || fail "slice of a number column"
expect_status 0 run --by device --k 20%,30
expect_in out "too few rows to trust"
expect_in out "lift of the top 20 %"
expect_in out "calibration error"

# a slice is what its rows are by themselves: every number, every interval
awk -F, 'NR == 1 || $5 == "desktop"' rows.csv >desktop.csv
expect_status 0 run --by device --k 10%,30 --cost-fp 1 --cost-fn 4 --pauc 0.2 --cluster visitor --replicates 60 --json -
sed 's/^ *//; s/,$//' out >slices
expect_status 0 "$TUNDISH" evaluate --data desktop.csv --label y --score new --k 10%,30 --cost-fp 1 --cost-fn 4 --pauc 0.2 --cluster visitor \
    --replicates 60 --json -
sed 's/^ *//; s/,$//' out | sed -n '/^"rows"/,/^"uncertainty": {/p' | sed '$d' >alone
[ "$(wc -l <alone)" -gt 500 ] || fail "little is said of a slice"
sed -n '/^"value": "desktop"/,$p' slices | sed -n "3,$(($(wc -l <alone) + 2))p" >of_slice
same alone of_slice

# what cannot be
refuse 2 "--replicates: 5 draws say nothing" run --replicates 5
refuse 2 "--stratified: whole clusters are drawn" run --stratified --cluster visitor
refuse 2 "visitr" run --cluster visitr
refuse 2 "--by: column new has" run --by new
printf 'y,s,c\n1,0.5,a\n0,0.4,\n' >gap.csv
refuse 1 "gap.csv:3:" "$TUNDISH" evaluate --data gap.csv --label y --score s --cluster c
printf 'y,s\n1,0.5\n0,0.5\n1,0.5\n0,0.5\n' >tied.csv
expect_status 0 "$TUNDISH" evaluate --data tied.csv --label y --score s --json -
expect_in out '"roc_auc": 0.5'
expect_in out '"roc_auc_ci_reason": "the variance estimate is 0"'
no_partials

# degenerate tables are answered by name
printf 'bought,s\n1,.5\n1,.6\n' >one.csv
printf 'bought,s\n0,.5\n0,.6\n' >none.csv
printf 'bought,s\n1,.5\n0,.5\n1,.5\n' >equal.csv
printf 'bought,s\n1,.5\n0,nan\n' >nan.csv
printf 'bought,s\n' >empty.csv
printf 'bought,s,g\n1,.5,a\n0,.4,a\n0,.5,\n' >slice.csv
degenerate() { "$TUNDISH" evaluate --label bought --score s --data "$@"; }
for case in "one:every row is positive" "none:no row is positive" "equal:all scores are equal"; do
    expect_status 0 degenerate "${case%%:*}.csv"
    expect_in out "note: ${case#*:}"
    expect_status 0 degenerate "${case%%:*}.csv" --json -
    expect_in out "\"warning\": \"${case#*:}"
done
refuse 1 "nan.csv:3:3: the score is missing (column s: 'nan')" degenerate nan.csv
refuse 1 "empty.csv: holds a header and no rows" degenerate empty.csv
refuse 1 "slice.csv:4:6: the group of a row is missing (column g: '')" degenerate slice.csv --by g
