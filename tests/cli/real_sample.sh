# The RetailRocket sample: every published fact about it that the program can state.
. "$REPO/tests/cli/lib.sh"
need_data retailrocket/events.csv
shop=$TUNDISH_DATA/retailrocket

expect_status 0 "$TUNDISH" kpi "$shop" --json kpi.json
for pair in "rows_read 9385" "rows_kept 9382" "rows_excluded 3" "visitors 5000" "items 6610" "sessions 6229" \
    "events_view 9075" "events_addtocart 261" "events_transaction 46" "orders 40" "exact_duplicate 3"; do
    expect_count kpi.json ${pair% *} "${pair#* }"
done
expect_ratio kpi.json session_conversion 40 6229
expect_ratio kpi.json cart_rate 156 6229
expect_ratio kpi.json view_to_cart 129 6217
expect_ratio kpi.json cart_to_purchase 33 156
expect_ratio kpi.json cart_abandonment 123 156

# 3 exact extra copies: 2 addtocart, 1 view
expect_status 0 "$TUNDISH" load "$shop" --exclusions excluded.csv --json load.json
[ "$(grep -c ',exact_duplicate,' excluded.csv)" -eq 3 ] || fail "copies"
[ "$(grep -c ',addtocart,' excluded.csv)" -eq 2 ] || fail "copies of addtocart"
[ "$(grep -c ',view,' excluded.csv)" -eq 1 ] || fail "copies of view"
expect_in load.json '"first": "2015-05-03 03:02:00"'
expect_in load.json '"last": "2015-09-18 01:16:53"'
expect_in out "2015-09-18 01:16:53 UTC"

# sessions: length, first purchase before and after the decision
expect_status 0 "$TUNDISH" funnel "$shop" --out funnel.csv
awk -F, 'NR > 1 && $4 - $3 > 300000' funnel.csv | wc -l | grep -qx 499 || fail "sessions longer than 300 s"
awk -F, 'NR > 1 && $25 != "" && $25 - $3 <= 300000' funnel.csv | wc -l | grep -qx 9 || fail "bought by 300 s"
awk -F, 'NR > 1 && $25 != "" && $25 - $3 > 300000' funnel.csv | wc -l | grep -qx 31 || fail "bought later"

# the population and its label
expect_status 0 "$TUNDISH" features "$shop" --out features.csv --json features.json
expect_count features.json positives 31
expect_count features.json bought_before 9

# real data end to end, row order without meaning
# (the sample itself is unsorted: 4,614 rows stand directly below a row with a later time)
tail -n +2 "$shop/events.csv" | awk -F, '$1 < before {n++} {before = $1} END {print n}' |
    grep -qx 4614 || fail "the sample is sorted"
mkdir shuffled
{ head -n 1 "$shop/events.csv"; tail -n +2 "$shop/events.csv" | sort -t, -k 4,4n -k 1,1nr; } >shuffled/events.csv
cp "$shop/category_tree.csv" shuffled/
expect_status 0 "$TUNDISH" kpi shuffled --json shuffled.json
same_but_timings kpi.json shuffled.json
expect_status 0 "$TUNDISH" features shuffled --out shuffled.csv
same features.csv shuffled.csv

# 9 of the 46 transaction rows have no cart of the same item at or before them in their session; the
# sessions are cut here by awk, from the sorted rows and the pause of 30 minutes
tail -n +2 "$shop/events.csv" | tr -d '\r' | sort -u | sort -t, -k 2,2n -k 1,1n | awk -F, '
    $2 != visitor || $1 - time > 1800000 {split("", carted)}
    {visitor = $2; time = $1}
    $3 == "addtocart" {carted[$4] = 1}
    $3 == "transaction" && !($4 in carted) {n++}
    END {print n}' | grep -qx 9 || fail "transactions without an earlier cart of the item"
