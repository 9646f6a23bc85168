# generate, load, kpi, funnel, features on a small synthetic shop.
. "$REPO/tests/cli/lib.sh"

# generate: all files, counts that kpi finds again, the same shop from the same seed
expect_status 0 "$TUNDISH" generate --preset demo --seed 7 --scale 0.2 --out shop --json made.json
for file in events.csv item_properties_part1.csv item_properties_part2.csv category_tree.csv truth/sessions.csv; do
    [ -s "shop/$file" ] || fail "no $file"
done
expect_in out "sessions"
expect_keys made.json counts truth auc average_precision timings
expect_status 0 "$TUNDISH" kpi shop --json kpi.json
for key in rows_read rows_kept rows_excluded visitors items sessions events_view events_addtocart \
    events_transaction orders; do
    [ "$(grep -m 1 "\"$key\":" made.json | tr -d ,)" = "$(grep -m 1 "\"$key\":" kpi.json | tr -d ,)" ] ||
        fail "generate and kpi differ in $key"
done
expect_status 0 "$TUNDISH" generate --preset demo --seed 8 --scale 0.2 --properties none --out other
! cmp -s shop/events.csv other/events.csv || fail "two seeds, one shop"
[ ! -e other/item_properties_part1.csv ] || fail "properties that nobody asked for"
refuse 2 "--preset: 'shop' is none of demo|retailrocket" "$TUNDISH" generate --preset shop --out x
refuse 2 "--scale: 0 lies outside 0.001 to 100" "$TUNDISH" generate --preset demo --scale 0 --out x
refuse 2 "--out DIR is missing" "$TUNDISH" generate --preset demo
: >file
refuse 1 "file: cannot make folder" "$TUNDISH" generate --preset demo --out file

# load
expect_status 0 "$TUNDISH" load shop --json load.json
expect_in out "events.csv"
expect_in out "category_tree.csv"
expect_keys load.json counts rows_read rows_kept rows_excluded excluded exact_duplicate span catalog timings

# kpi: text and JSON
expect_status 0 "$TUNDISH" kpi shop --json - --revenue
expect_keys out counts excluded kpis session_conversion cart_rate view_to_cart cart_to_purchase \
    cart_abandonment bounce_rate visitor_conversion revenue durations time_to_cart time_to_purchase
! grep -A 2 '"revenue": {' out | grep -q '"denominator": 0' || fail "no revenue in spite of prices"
expect_status 0 "$TUNDISH" kpi shop --json -
grep -A 2 '"revenue": {' out | grep -q '"denominator": 0' || fail "revenue without prices"
for by in day hour weekday category; do
    expect_status 0 "$TUNDISH" kpi shop --by "$by" --json -
    expect_in out "\"grouping\": \"$by\""
    expect_status 0 "$TUNDISH" kpi shop --by "$by"
    grep -q "^$by " out || fail "no table by $by"
done
expect_in out "unknown"
[ "$("$TUNDISH" kpi shop --by weekday | grep -c 'day  ')" -ge 7 ] || fail "seven weekdays"
! "$TUNDISH" kpi shop | grep -q ' $' || fail "blanks at the end of lines"

# categories: a file that is missing is named, a tree that contradicts itself as well
mkdir -p odd
cp shop/events.csv odd
expect_status 0 "$TUNDISH" kpi odd --by category
expect_in err "there is no item_properties file, so categories are unknown"
cp shop/item_properties* odd
expect_status 0 "$TUNDISH" kpi odd --by category
expect_in err "there is no category_tree file"
printf 'categoryid,parentid\n1,2\n1,3\n' >odd/category_tree.csv
refuse 1 "odd/category_tree.csv: category 1 has two parents, 2 and 3" "$TUNDISH" kpi odd --by category

# funnel: its table of sessions agrees with its counts
expect_status 0 "$TUNDISH" funnel shop --out funnel.csv --json funnel.json
expect_in out "furthest stage"
expect_keys funnel.json stages flags valid_cart item_valid_path kpis durations
head -n 1 funnel.csv >header
expect_in header "session_id,visitorid,start,end,is_censored,is_left_truncated,n_view,n_addtocart,n_transaction,stage,has_view"
sessions=$(sed -n 's/.*"sessions": \([0-9]*\),*/\1/p' funnel.json | head -n 1)
[ "$(tail -n +2 funnel.csv | wc -l)" -eq "$sessions" ] || fail "one row per session"
for stage in view addtocart transaction; do
    n=$(awk -F, -v s=$stage 'NR > 1 && $10 == s' funnel.csv | wc -l)
    grep -A 4 '"stages": {' funnel.json | grep -q "\"$stage\": $n" || fail "sessions with stage $stage: $n in the table"
done
for flag in has_cart valid_purchase item_valid_path cart_without_view; do
    n=$(awk -F, -v f=$flag 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == f) c = i; next } { n += $c } END { print n + 0 }' funnel.csv)
    grep -A 13 '"flags": {' funnel.json | grep -q "\"$flag\": $n" || fail "sessions with $flag: $n in the table"
done
expect_status 0 "$TUNDISH" funnel shop --out -
same funnel.csv out
refuse 2 "cannot share standard output" "$TUNDISH" funnel shop --out - --json -

# features: list, table, JSON, missing catalog files by name
expect_status 0 "$TUNDISH" features --list --markdown
sed -n '/^| name | scope | needs/,$p' "$REPO/docs/data_dictionary.md" | cmp - out || fail "run make dictionary"
refuse 2 "--markdown is a form of --list" "$TUNDISH" features --markdown
expect_status 0 "$TUNDISH" features --list
[ "$(wc -l <out)" -ge 40 ] || fail "at least 40 features"
for scope in prefix visitor market catalog clock; do expect_in out " $scope "; done
expect_status 0 "$TUNDISH" features shop --out features.csv --json features.json
[ ! -s err ] || fail "notes without need"
head -n 1 features.csv >header
grep -q '^session_id,visitorid,start,decision,split,label,' header || fail "columns of the feature table"
rows=$(sed -n 's/.*"rows": \([0-9]*\),*/\1/p' features.json | head -n 1)
[ "$(tail -n +2 features.csv | wc -l)" -eq "$rows" ] || fail "one row per scored session"
positives=$(awk -F, 'NR > 1 { n += $6 } END { print n }' features.csv)
expect_count features.json positives "$positives"
expect_keys features.json features name scope definition removed split
refuse 2 "--out FILE is missing" "$TUNDISH" features shop

# run: parameters that it cannot follow are refused before the work, those that it follows are in its id
refuse 2 "only 'binary' is possible" "$TUNDISH" run shop --out run objective=regression
refuse 2 "num_leaves: 1 lies outside" "$TUNDISH" run shop --out run num_leaves=1
refuse 2 "without bagging_freq" "$TUNDISH" run shop --out run bagging_fraction=0.5
mkdir mine
refuse 1 "mine exists; --force replaces a run" "$TUNDISH" run nowhere --out mine
refuse 1 "mine exists and is not a run" "$TUNDISH" run nowhere --out mine --force
refuse 1 "no such folder" "$TUNDISH" run nowhere --out made/run
[ ! -e made ] || fail "a folder made for nothing"
expect_status 0 "$TUNDISH" run shop --out seven random_state=7 --json -
expect_in out '"target": "purchase_after"'
id=$(grep '"run_id"' out)
expect_status 0 "$TUNDISH" run shop --out also --seed 7 --json -
[ "$(grep '"run_id"' out)" = "$id" ] || fail "random_state=7 and --seed 7 are two runs"
same seven/manifest.json also/manifest.json
expect_keys seven/results/metrics/evaluation.json roc_auc_ci average_precision_ci comparison difference_ci p_value
expect_in seven/results/metrics/evaluation.json '"resampled": "visitors"'
# "also/" is "also", and the old run goes only when the new one stands in its place
refuse 1 "also exists; --force replaces a run" "$TUNDISH" run shop --out also/
touch also/of_the_old_run
expect_status 0 "$TUNDISH" run shop --out also/ --seed 7 --force
[ ! -e also/of_the_old_run ] || fail "the old run is still there"
same seven/manifest.json also/manifest.json
expect_keys seven/results/metrics/evaluation.json roc_auc_ci average_precision_ci comparison difference_ci p_value
expect_in seven/results/metrics/evaluation.json '"resampled": "visitors"'
no_partials
for given in cat_smooth=11 random_state=8; do
    rm -rf also
    expect_status 0 "$TUNDISH" run shop --out also --seed 7 $given --json -
    [ "$(grep '"run_id"' out)" != "$id" ] || fail "$given is not in the run's id"
done
expect_in also/manifest.json '"learning_rate": "0.05"'
expect_in also/manifest.json '"grow_policy": "leafwise"'
expect_status 0 "$TUNDISH" run shop --out any --target any_purchase --hide-cart
expect_in out "with a purchase at any time (any_purchase), cart events hidden"
expect_in any/report.html "this target is for comparison with published work"
expect_status 0 "$TUNDISH" features other --out poor.csv --json poor.json
expect_in err "there is no item_properties file"
expect_in err "catalog_mean_price"
! head -n 1 poor.csv | grep -q catalog_mean_price || fail "a feature without its file"
expect_in poor.json '"catalog_mean_price"'
expect_status 0 "$TUNDISH" features shop --out any.csv --target any_purchase --hide-cart --json -
expect_in out '"target": "any_purchase"'
expect_in out '"hide_cart": true'
expect_count out rows "$sessions"
no_partials

# parameters of the trainer are words joined by '-' or '_', and the seed of the id is the same
"$TUNDISH" run shop --out dashes --num-iterations 3 --audit none --leak-audit none --quiet >/dev/null
"$TUNDISH" run shop --out scores num_iterations=3 --audit none --leak-audit none --quiet >/dev/null
diff -r -x timings.json dashes scores || fail "--num-iterations and num_iterations make different runs"
