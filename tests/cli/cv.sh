# cv: splits by time on a table and on a shop; what is left out; the same bytes for any number of threads.
. "$REPO/tests/cli/lib.sh"

# 1200 rows of 300 visitors over 120 days; the label can be learned from a
awk 'BEGIN { s = 5; print "bought,a,day,visitor"
    for (i = 0; i < 1200; i++) { s = (s * 16807) % 2147483647; a = s / 2147483647
        s = (s * 16807) % 2147483647; u = s / 2147483647
        printf "%d,%.5f,%d,%d\n", (u < a * a), a, int(i / 10), i % 300 } }' >rows.csv
cv() { "$TUNDISH" cv --data rows.csv --label bought --time day --num-iterations 10 --min-data-in-leaf 5 "$@"; }

# rolling: four splits of 240 test rows; a label that is known 7 days later purges 7 days before each test fold
expect_status 0 cv --folds 5 --horizon 7 --json rolling.json
expect_in out "ROC AUC"
[ "$(grep -c '"split":' rolling.json)" = 4 ] || fail "four splits"
[ "$(grep -c '"test": 240' rolling.json)" = 4 ] || fail "test folds of equal size"
[ "$(grep -c '"purged_label": 70' rolling.json)" = 4 ] || fail "seven days of ten rows purged"
expect_keys rolling.json scheme folds rows splits mean sd roc_auc average_precision ks log_loss brier lift_10_percent later
expect_status 0 cv --folds 5 --horizon 7 --json one.json --threads 1
same rolling.json one.json
auc=$(grep -A1 '"mean": {' rolling.json | grep -o '0\.[0-9]*')
awk -v auc="$auc" 'BEGIN { exit !(auc > 0.7 && auc < 0.95) }' || fail "AUC $auc"

# purged: 3 of 2 folds chosen; embargo counts from the labels' end; visitors of the test are left out
expect_status 0 cv --scheme purged --folds 3 --test-folds 2 --embargo 2 --json purged.json
[ "$(grep -c '"split":' purged.json)" = 3 ] || fail "three choices"
grep -q '"embargoed": 20' purged.json || fail "two days of ten rows"
expect_status 0 cv --scheme purged --folds 3 --group visitor --json group.json
grep -q '"purged_visitor": 0' group.json || fail "visitors purged without being asked"
refuse 1 "nothing can be learned" cv --scheme purged --folds 3 --group visitor --purge-visitors

# bins of all rows: the same where every split's train rows have all 20 values, others where values are many
awk -F, -v OFS=, 'NR > 1 { $2 = int($2 * 20) } 1' rows.csv >coarse.csv
coarse() { "$TUNDISH" cv --data coarse.csv --label bought --time day --ignore visitor --num-iterations 10 --scheme purged --folds 3 "$@"; }
expect_status 0 coarse --json own.json
expect_status 0 coarse --bins all --json all.json
expect_keys all.json bins
grep -v '"bins"' own.json >own.txt
grep -v '"bins"' all.json >all.txt
same own.txt all.txt
expect_status 0 cv --scheme purged --folds 3 --json own.json
expect_status 0 cv --scheme purged --folds 3 --bins all --json all.json
if cmp -s <(grep -v '"bins"' own.json) <(grep -v '"bins"' all.json); then fail "--bins all changes nothing"; fi
refuse 2 "bins" cv --bins some

# a shop: sessions, their purge, their visitors
small_shop shop
expect_status 0 "$TUNDISH" cv shop --folds 3 --num-leaves 4 --num-iterations 10 --purge-visitors --json shop.json
[ "$(grep -c '"split":' shop.json)" = 2 ] || fail "two splits of a shop"
grep -q '"purged_visitor": [1-9]' shop.json || fail "no visitor purged"

# what cannot be
refuse 2 "give either a shop's folder or --data" "$TUNDISH" cv
refuse 2 "--time COL is missing" "$TUNDISH" cv --data rows.csv --label bought
refuse 2 "dya" cv --time dya
refuse 1 "a time must be a whole number" cv --time a
refuse 2 "early_stopping_round" cv --early-stopping-round 5
refuse 1 "at least one, and not all" cv --scheme purged --folds 3 --test-folds 3
